// Executes an MRS of a register that the kernel lets EL0 read, for a tracee.
#pragma once

#include <cstdint>

namespace rr::kernel {

// `instruction` is one that machine_value_read_by() knows; its target register does not matter.
uint64_t read_machine_register(uint32_t instruction);

}  // namespace rr::kernel
