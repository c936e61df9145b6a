// A system call as text with what its pointers point to, as strace shows it:
//   openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3
//   read(3, "127.0.0.1\tlocalhost\n", 4096) = 20
// What cannot be read is shown as a bare pointer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/arch.h"
#include "syscalls/pointees.h"
#include "util/memory_reader.h"

namespace rr::syscalls {

// Of a buffer or an argument string this many bytes are shown, as strace does by default.
inline constexpr size_t kShownBytes = 32;
inline constexpr uint64_t kLongestAddress = 128;  // struct sockaddr_storage

struct CallMemory {
  const MemoryReader& at_entry;
  const MemoryReader& at_exit;
};

struct DescribedCall {
  std::string name;
  std::vector<std::string> arguments;
  std::string result;  // "3", "-1 ENOENT (No such file or directory)"

  std::string text() const;
};

DescribedCall describe_call(const SyscallArguments& call, int64_t result, const CallMemory& memory);
// At entry: there is no result yet.
DescribedCall describe_entry(const SyscallArguments& call, const MemoryReader& at_entry);

// Bytes of the object; 0 where that is not fixed.
uint64_t size_of(Pointee kind);

// `"quoted\n"`, cut to `limit` bytes with ... behind it.
std::string quoted(std::span<const std::byte> bytes, size_t limit);

}  // namespace rr::syscalls
