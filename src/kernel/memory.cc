#include "kernel/memory.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/proc.h"
#include "util/error.h"

namespace rr::kernel {
namespace {

// 6.1's /proc/PID/mem does not strip the tag that a program may keep in an address's top byte.
off_t file_position(Address address) {
  return static_cast<off_t>(address.value & ((uint64_t{1} << 56) - 1));
}

}  // namespace

ProcessMemory::ProcessMemory(Tid tid) : tid_(tid) {
  const std::string path = "/proc/" + std::to_string(tid.value) + "/mem";
  fd_ = OwnedFd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd_.is_open()) {
    fail_errno("open", path, "is kernel.yama.ptrace_scope 3, or /proc not mounted?",
               ExitCode::kUnavailable);
  }
}

size_t ProcessMemory::read(Address address, std::span<std::byte> out) const {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n =
        ::pread(fd_.get(), out.data() + done, out.size() - done, file_position(address + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

size_t ProcessMemory::write(Address address, std::span<const std::byte> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done,
                               file_position(address + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EIO && move_to_living_thread()) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

size_t write_where_allowed(Tid tid, Address address, std::span<const std::byte> bytes) {
  const iovec ours = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  const iovec theirs = {reinterpret_cast<void*>(address.value), bytes.size()};
  const ssize_t n = ::process_vm_writev(tid.value, &ours, 1, &theirs, 1, 0);
  return n < 0 ? 0 : static_cast<size_t>(n);
}

// Newer kernels can let a tracer write through protections only while the thread whose file it is
// has the memory still (fs/proc/base.c, proc_mem_foll_force; seen with Debian's 7.2): the first
// thread may have ended before the others.
bool ProcessMemory::move_to_living_thread() {
  if (!is_gone(tid_)) return false;
  const std::string folder = "/proc/" + std::to_string(tid_.value) + "/task";
  std::error_code error;
  // A folder that vanishes meanwhile is an end, not an exception.
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const Tid tid{std::atoi(entry->path().filename().c_str())};
    if (is_gone(tid)) continue;
    OwnedFd fd(::open((entry->path() / "mem").c_str(), O_RDWR | O_CLOEXEC));
    if (!fd.is_open()) continue;
    fd_ = std::move(fd);
    tid_ = tid;
    return true;
  }
  return false;
}

}  // namespace rr::kernel
