#include "record/streamed_output.h"

#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "util/bytes.h"
#include "util/fd.h"

namespace rr::record {
namespace {

struct StreamCall {
  int32_t number;
  size_t from;    // the arguments: a descriptor,
  size_t offset;  // a pointer to where in the file, or null for its position,
  size_t count;   // and a number of bytes
};
constexpr size_t kNone = 5;  // no argument: always null
constexpr std::array<StreamCall, 4> kStreamCalls = {{
    {aarch64::kSysSendfile, 1, 2, 3},
    {aarch64::kSysSplice, 0, 1, 4},
    {aarch64::kSysCopyFileRange, 0, 1, 4},
    {aarch64::kSysTee, 0, kNone, 2},
}};

const StreamCall* find(int32_t number) {
  for (const StreamCall& call : kStreamCalls) {
    if (call.number == number) return &call;
  }
  return nullptr;
}

std::string path_of(Tid tid, int32_t fd) {
  return "/proc/" + std::to_string(tid.value) + "/fd/" + std::to_string(fd);
}

// The first line of fdinfo: "pos:\t<decimal>".
uint64_t position_of(Tid tid, int32_t fd) {
  std::istringstream text(kernel::read_proc_file(tid, "fdinfo/" + std::to_string(fd)));
  std::string name;
  uint64_t position = 0;
  text >> name >> position;
  return position;
}

// What is in the pipe, up to `limit` bytes, which stay there. Nothing for an empty one.
std::optional<Bytes> peek(const std::string& pipe, uint64_t limit) {
  const OwnedFd from(::open(pipe.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  int ends[2];
  if (!from.is_open() || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;
  const OwnedFd out(ends[0]), in(ends[1]);
  const ssize_t size = ::tee(from.get(), in.get(), limit, SPLICE_F_NONBLOCK);
  if (size <= 0) return std::nullopt;
  Bytes bytes(static_cast<size_t>(size));
  if (::read(out.get(), bytes.data(), bytes.size()) != size) return std::nullopt;
  return bytes;
}

}  // namespace

bool is_stream_call(int32_t number) { return find(number) != nullptr; }

bool moves_nothing(const tracee::Thread& thread, const SyscallArguments& call) {
  const StreamCall* known = find(call.number);
  if (known == nullptr || call.args[known->count] == 0) return true;
  struct stat status {};
  return ::stat(path_of(thread.real(), static_cast<int32_t>(call.args[known->from])).c_str(),
                &status) != 0;
}

std::optional<StreamSource> stream_source(const tracee::Thread& thread,
                                          const SyscallArguments& call) {
  const StreamCall* known = find(call.number);
  if (known == nullptr) return std::nullopt;
  const auto fd = static_cast<int32_t>(call.args[known->from]);
  struct stat status {};
  const std::string path = path_of(thread.real(), fd);
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  if (S_ISFIFO(status.st_mode)) {
    auto waiting = peek(path, call.args[known->count]);
    if (!waiting) return std::nullopt;
    return StreamSource{fd, 0, known->count, std::move(waiting)};
  }
  if (!S_ISREG(status.st_mode) || known->offset == kNone) return std::nullopt;
  const Address pointer{call.args[known->offset]};
  if (pointer == Address{}) return StreamSource{fd, position_of(thread.real(), fd), known->count};
  const auto offset = thread.space().read_object<uint64_t>(pointer);
  if (!offset) return std::nullopt;
  return StreamSource{fd, *offset, known->count};
}

uint64_t copy_streamed(tracee::Thread& thread, const StreamSource& source, AddressRange to) {
  if (source.waiting) {
    const size_t size = std::min<size_t>(to.size, source.waiting->size());
    return thread.space().write(to.start, std::span(*source.waiting).first(size));
  }
  const OwnedFd file(::open(path_of(thread.real(), source.fd).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return 0;
  Bytes bytes(to.size);
  const ssize_t n =
      ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(source.offset));
  if (n <= 0) return 0;
  return thread.space().write(to.start, std::span(bytes).first(static_cast<size_t>(n)));
}

}  // namespace rr::record
