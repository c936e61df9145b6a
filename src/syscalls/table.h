// The table: one row for each system call, in the kernel's order. A number without a row is
// answered -ENOSYS without being run.
#pragma once

#include <cstdint>
#include <span>

#include "arch/arch.h"
#include "syscalls/row.h"

namespace rr::syscalls {

// Nothing when there is no row.
const Row* find(int32_t number);

// The row that describes this very call: for fcntl, ioctl, prctl and their like that of the
// sub-command, which may be refused where the call is not. Nothing when the number has no row.
const Row* resolve(const SyscallArguments& call);
const Row& resolve(const Row& row, const SyscallArguments& call);

// Of a row with sub-commands, that of the call's; it may have some of its own.
const Row& sub_row(const Row& row, const SyscallArguments& call);

std::span<const Row> all_rows();

}  // namespace rr::syscalls
