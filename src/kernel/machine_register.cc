#include "kernel/machine_register.h"

#include <array>
#include <cstring>
#include <sys/mman.h>

#include "kernel/proc.h"
#include "util/error.h"

namespace rr::kernel {

// The register's name is part of the instruction, so the instruction is made: MRS X0, …; RET.
uint64_t read_machine_register(uint32_t instruction) {
  const std::array<uint32_t, 2> code = {instruction & ~uint32_t{31}, 0xd65f03c0};
  void* const page =
      ::mmap(nullptr, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) fail_errno("map", "a page for an instruction");
  std::memcpy(page, code.data(), sizeof code);
  if (::mprotect(page, page_size(), PROT_READ | PROT_EXEC) != 0) {
    fail_errno("make executable", "a page for an instruction");
  }
  auto* const begin = static_cast<char*>(page);
  __builtin___clear_cache(begin, begin + sizeof code);
  const auto value = reinterpret_cast<uint64_t (*)()>(page)();
  ::munmap(page, page_size());
  return value;
}

}  // namespace rr::kernel
