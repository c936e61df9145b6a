#include "replay/shared_memory_copy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "util/error.h"

namespace rr::replay {
namespace {

using Buffer = std::array<std::byte, 65536>;

[[noreturn]] void refuse(const std::string& act) {
  fail_errno(act, "memory for a shared mapping", "", ExitCode::kUnavailable);
}

OwnedFd new_memory(const char* name, uint64_t size) {
  OwnedFd memory(::memfd_create(name, MFD_CLOEXEC));
  if (!memory.is_open()) refuse("create");
  if (::ftruncate(memory.get(), static_cast<off_t>(size)) < 0) refuse("size");
  return memory;
}

void put(int memory, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(memory, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) refuse("fill");
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

uint64_t size_of(int memory) {
  struct stat status {};
  if (::fstat(memory, &status) < 0) refuse("inspect");
  return static_cast<uint64_t>(status.st_size);
}

bool is_all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{}; });
}

void copy_mapped(const Task& task, const kernel::MapsEntry& entry, int memory) {
  if (size_of(memory) < entry.file_offset + entry.range.size &&
      ::ftruncate(memory, static_cast<off_t>(entry.file_offset + entry.range.size)) < 0) {
    refuse("size");
  }
  Buffer buffer;
  for (uint64_t done = 0; done < entry.range.size;) {
    const size_t want = std::min<uint64_t>(buffer.size(), entry.range.size - done);
    const size_t n =
        task.thread.space().read(entry.range.start + done, std::span(buffer).first(want));
    if (n == 0) return;  // behind the end of its file
    const auto bytes = std::span(buffer).first(n);
    if (!is_all_zero(bytes)) put(memory, bytes, entry.file_offset + done);
    done += n;
  }
}

// Of a private mapping: what the process has written there.
struct OwnPages {
  Address start;
  Bytes bytes;
};

std::vector<OwnPages> own_pages(const Task& task, AddressRange range) {
  std::vector<OwnPages> found;
  for (const AddressRange& pages : kernel::private_pages(task.thread.real(), range)) {
    OwnPages own{pages.start, Bytes(pages.size)};
    own.bytes.resize(task.thread.space().read(pages.start, own.bytes));
    found.push_back(std::move(own));
  }
  return found;
}

}  // namespace

OwnedFd copy_memory(int from, const char* name) {
  const uint64_t size = size_of(from);
  OwnedFd memory = new_memory(name, size);
  Buffer buffer;
  for (off_t at = ::lseek(from, 0, SEEK_DATA); at >= 0; at = ::lseek(from, at, SEEK_DATA)) {
    const off_t end = ::lseek(from, at, SEEK_HOLE);
    while (at < end) {
      const size_t want = std::min<uint64_t>(buffer.size(), static_cast<uint64_t>(end - at));
      const ssize_t n = ::pread(from, buffer.data(), want, at);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) refuse("read");
      put(memory.get(), std::span(buffer).first(static_cast<size_t>(n)), static_cast<uint64_t>(at));
      at += n;
    }
  }
  return memory;
}

void copy_shared_memory(const Task& task, MappedFiles& files, MappedFiles::Copies& copies) {
  MappedFiles::Copies of_this_process;
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    const std::pair key(entry.device, entry.inode);
    if (!entry.shared || entry.inode == 0 || copies.contains(key)) continue;
    const bool is_in_memory = entry.name.starts_with("/memfd:") ||
                              entry.name.starts_with("/dev/zero") ||
                              entry.name.starts_with("/SYSV");
    if (!is_in_memory) continue;  // a file of the trace, which nobody changes
    auto found = of_this_process.find(key);
    if (found == of_this_process.end()) {
      OwnedFd memory = new_memory("rr-shared", 0);
      found = of_this_process.emplace(key, memory.get()).first;
      files.adopt(std::move(memory));
    }
    copy_mapped(task, entry, found->second);
  }
  copies.merge(of_this_process);
}

void map_copies(Task& task, const MappedFiles::Copies& copies) {
  if (copies.empty()) return;
  const auto entries = kernel::read_maps(task.thread.real());
  tracee::RemoteCall remote(task.thread, tracee::RemoteCall::Via::kBreakpoint);
  for (const kernel::MapsEntry& entry : entries) {
    const auto copy = copies.find({entry.device, entry.inode});
    if (copy == copies.end()) continue;
    const auto own = entry.shared ? std::vector<OwnPages>() : own_pages(task, entry.range);
    const std::string path =
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(copy->second);
    const Address name = remote.push_string(path);
    const int64_t fd = remote.must("open shared memory", aarch64::kSysOpenat, AT_FDCWD, name.value,
                                   O_RDWR | O_CLOEXEC);
    remote.must("map shared memory", aarch64::kSysMmap, entry.range.start.value, entry.range.size,
                entry.protection, (entry.shared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED, fd,
                entry.file_offset);
    remote.must("close shared memory", aarch64::kSysClose, fd);
    for (const OwnPages& pages : own) task.thread.space().write_all(pages.start, pages.bytes);
  }
}

}  // namespace rr::replay
