// The sub-commands of the calls that are several calls in one: tables of the same rows, chosen by
// an argument. table.cc refers to them.
#pragma once

#include <cstdint>
#include <span>

#include "syscalls/row.h"

namespace rr::syscalls {

std::span<const Row> fcntl_rows();
std::span<const Row> prctl_rows();
std::span<const Row> futex_rows();
std::span<const Row> quota_rows();
std::span<const Row> seccomp_rows();
std::span<const Row> keyctl_rows();
std::span<const Row> msgctl_rows();
std::span<const Row> semctl_rows();
std::span<const Row> shmctl_rows();
std::span<const Row> setsockopt_levels();
std::span<const Row> getsockopt_levels();
std::span<const Row> ioctl_rows();
std::span<const Row> bpf_rows();

// The row for a sub-command that the table does not list. Where the kernel might know it, it is
// refused as an older kernel would.
const Row& unknown_fcntl(uint32_t command);
const Row& unknown_prctl(uint32_t command);
const Row& unknown_futex(uint32_t command);
const Row& unknown_quota(uint32_t command);
const Row& unknown_seccomp(uint32_t command);
const Row& unknown_keyctl(uint32_t command);
const Row& unknown_ipc(uint32_t command);
const Row& unknown_bpf(uint32_t command);
// Nearly all socket options are alike.
const Row& any_setsockopt(uint32_t level_or_option);
const Row& any_getsockopt(uint32_t level_or_option);
// By the direction and size bits of the command.
const Row& unlisted_ioctl(uint32_t command);

}  // namespace rr::syscalls
