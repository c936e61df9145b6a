#include "record/program_view.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "schedule/shown_cores.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"
#include "util/bytes.h"
#include "util/fd.h"
#include "util/log.h"

namespace rr::record {
namespace {

using tracee::RemoteCall;

// struct prctl_mm_map (include/uapi/linux/prctl.h), for PR_SET_MM_MAP: the one form of PR_SET_MM
// that an ordinary user may use. It sets everything at once.
struct MemoryMap {
  uint64_t start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
  uint64_t arg_start, arg_end, env_start, env_end;
  uint64_t auxv;
  uint32_t auxv_size;
  uint32_t exe_fd;
};

constexpr uint64_t kSetMm = 35;
constexpr uint64_t kSetMmMap = 14;

// The fields of /proc/PID/stat behind the command's name, which may hold anything but the last
// parenthesis; numbered from 3 as in proc(5).
std::vector<uint64_t> numbers_of_stat(Tid tid) {
  const std::string text = kernel::read_proc_file(tid, "stat");
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::vector<uint64_t> numbers(3);
  for (std::string field; fields >> field;) {
    numbers.push_back(std::strtoull(field.c_str(), nullptr, 10));
  }
  return numbers;
}

bool write_whole(const OwnedFd& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(file.get(), text.data(), text.size());
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// A descriptor in the tracee, opened for reading, of memory that holds `text`; or minus an errno.
int64_t open_text(RemoteCall& remote, Tid tid, const std::string& text) {
  const Address name = remote.push_string("shown");
  const int64_t memory = remote.call(aarch64::kSysMemfdCreate, name.value, MFD_CLOEXEC);
  if (memory < 0) return memory;
  const std::string number = std::to_string(memory);
  const std::string path = "/proc/" + std::to_string(tid.value) + "/fd/" + number;
  const OwnedFd ours(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  int64_t opened = -EIO;
  if (ours.is_open() && write_whole(ours, text)) {
    const Address own_path = remote.push_string("/proc/self/fd/" + number);
    opened = remote.call(aarch64::kSysOpenat, static_cast<uint64_t>(AT_FDCWD), own_path.value,
                         O_RDONLY | O_CLOEXEC);
  }
  remote.call(aarch64::kSysClose, static_cast<uint64_t>(memory));
  return opened;
}

// The recorder runs where its tracees do.
schedule::CoreMask own_mask() {
  constexpr size_t kMostWords = 128;  // NR_CPUS is 8192 at most
  schedule::CoreMask mask(kMostWords);
  const int64_t size =
      ::syscall(SYS_sched_getaffinity, 0, mask.size() * sizeof mask.front(), mask.data());
  mask.resize(size < 0 ? 0 : static_cast<size_t>(size) / sizeof mask.front());
  return mask;
}

// What a file has for the program; nothing if that is what it has for everybody.
std::optional<std::string> shown_text(const std::string& path, int core_count) {
  if (path == "/proc/cpuinfo") return aarch64::shown_cpu_info(kernel::read_file(path));
  if (path != "/sys/devices/system/cpu/online") return std::nullopt;
  return schedule::core_list(schedule::with_cores(own_mask(), core_count));
}

}  // namespace

void mask_kernels_auxiliary_vector(tracee::Thread& thread) {
  const Tid tid = thread.real();
  const std::vector<uint64_t> stat = numbers_of_stat(tid);
  constexpr size_t kLastField = 51;
  const std::string vector = kernel::read_proc_file(tid, "auxv");
  const AddressRange room = tracee::argument_page();
  if (stat.size() <= kLastField || sizeof(MemoryMap) + vector.size() > room.size) return;
  Bytes masked(vector.size());
  std::memcpy(masked.data(), vector.data(), vector.size());
  aarch64::mask_auxiliary_vector(masked);
  RemoteCall remote(thread, RemoteCall::Via::kSyscallStops);
  const MemoryMap map{.start_code = stat[26],
                      .end_code = stat[27],
                      .start_data = stat[45],
                      .end_data = stat[46],
                      .start_brk = stat[47],
                      .brk = static_cast<uint64_t>(remote.call(aarch64::kSysBrk, 0)),
                      .start_stack = stat[28],
                      .arg_start = stat[48],
                      .arg_end = stat[49],
                      .env_start = stat[50],
                      .env_end = stat[51],
                      .auxv = (room.start + sizeof(MemoryMap)).value,
                      .auxv_size = static_cast<uint32_t>(vector.size()),
                      .exe_fd = ~uint32_t{0}};
  thread.space().write_all(room.start, bytes_of(map));
  thread.space().write_all(room.start + sizeof map, masked);
  const int64_t result =
      remote.call(aarch64::kSysPrctl, kSetMm, kSetMmMap, room.start.value, sizeof map, 0);
  if (result < 0) {
    LOG(kInfo, "record")
        << "/proc/self/auxv shows features that are hidden elsewhere (PR_SET_MM_MAP: "
        << std::strerror(static_cast<int>(-result)) << ")";
  }
}

void mask_opened_file(tracee::Thread& thread, int32_t fd, int core_count) {
  const Tid tid = thread.real();
  const std::string path = kernel::read_proc_link(tid, "fd/" + std::to_string(fd));
  const std::optional<std::string> text = shown_text(path, core_count);
  if (!text) return;
  const std::string info = kernel::read_proc_file(tid, "fdinfo/" + std::to_string(fd));
  const size_t flags = info.find("flags:");
  const uint64_t opened =
      flags == std::string::npos ? 0 : std::strtoull(info.c_str() + flags + 6, nullptr, 8);
  RemoteCall remote(thread, RemoteCall::Via::kSyscallStops);
  const int64_t masked = open_text(remote, tid, *text);
  if (masked < 0) {
    LOG(kWarn, "record") << path << " shows the program what is hidden elsewhere: "
                         << std::strerror(static_cast<int>(-masked));
    return;
  }
  remote.call(aarch64::kSysDup3, static_cast<uint64_t>(masked), static_cast<uint64_t>(fd),
              opened & O_CLOEXEC);
  remote.call(aarch64::kSysClose, static_cast<uint64_t>(masked));
}

}  // namespace rr::record
