// A system call as text, for people: `openat(AT_FDCWD, 0xaaaac000, O_RDONLY|O_CLOEXEC, 0) = 3`. How
// each argument is shown comes from its word in the row:
//   fd dirfd int uint long off size pid dev   numbers    mode   octal    sig   a signal's name
//   ptr path str hex                          hexadecimal
// the words of flags.h, and the sub-commands of the row's dispatch by their names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arch/arch.h"

namespace rr::syscalls {

std::string describe_call(const SyscallArguments& call, int64_t result);
// Without a result: at entry.
std::string describe_call(const SyscallArguments& call);

// One text for each argument.
std::vector<std::string> describe_arguments(const SyscallArguments& call);

// Only the result: `3`, `0xffff8000`, `-1 ENOENT`, `? ERESTARTSYS`.
std::string describe_result(const SyscallArguments& call, int64_t result);

// "openat", or "call 999" for a number without a row.
std::string call_name(int32_t number);

// Whether a row may use the word for an argument.
bool is_argument_word(std::string_view word);

}  // namespace rr::syscalls
