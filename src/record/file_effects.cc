#include "record/file_effects.h"

#include <array>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>

#include "arch/aarch64/syscall_numbers.h"

namespace rr::record {
namespace {

using Where = FileEffect::Where;
using namespace aarch64;

FileTarget descriptor(uint64_t argument) { return {static_cast<int32_t>(argument), {}}; }

FileEffect written(uint64_t fd, Where where, uint64_t offset, int64_t result) {
  return {descriptor(fd), where, offset, static_cast<uint64_t>(result)};
}

// The kernel has advanced the offset that an argument points to.
FileEffect moved_to(uint64_t fd, uint64_t offset_at, int64_t result, const MemoryReader& memory) {
  const auto after =
      offset_at == 0 ? std::nullopt : memory.read_object<uint64_t>(Address{offset_at});
  if (!after) return written(fd, Where::kBehindPosition, 0, result);
  return written(fd, Where::kExactly, *after - static_cast<uint64_t>(result), result);
}

FileEffect written_with_flags(const SyscallArguments& call, int64_t result) {
  constexpr uint64_t kAppend = 0x10;    // RWF_APPEND
  constexpr uint64_t kNoAppend = 0x20;  // RWF_NOAPPEND
  const auto offset = static_cast<int64_t>(call.args[3]);
  if ((call.args[5] & kAppend) != 0) return written(call.args[0], Where::kEnd, 0, result);
  if (offset == -1) return written(call.args[0], Where::kBehindPosition, 0, result);
  const bool is_exact = (call.args[5] & kNoAppend) != 0;
  return written(call.args[0], is_exact ? Where::kExactly : Where::kAt, call.args[3], result);
}

FileEffect allocated(const SyscallArguments& call) {
  const auto mode = static_cast<int>(call.args[1]);
  const FileTarget target = descriptor(call.args[0]);
  if ((mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) != 0) {
    return {target, Where::kToEnd, call.args[2], 0};
  }
  if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0) {
    return {target, Where::kExactly, call.args[2], call.args[3]};
  }
  return {target, Where::kNowhere, 0, 0};
}

std::optional<FileEffect> opened(uint64_t flags, int64_t result) {
  if ((flags & O_TRUNC) == 0) return std::nullopt;
  return FileEffect{descriptor(static_cast<uint64_t>(result)), Where::kNowhere, 0, 0};
}

}  // namespace

std::optional<FileEffect> file_effect(const SyscallArguments& call, int64_t result,
                                      const MemoryReader& memory) {
  if (result < 0) return std::nullopt;
  const auto& args = call.args;
  switch (call.number) {
    case kSysWrite:
    case kSysWritev:
    case kSysSendfile:
      if (result == 0) return std::nullopt;
      return written(args[0], Where::kBehindPosition, 0, result);
    case kSysPwrite64:
    case kSysPwritev:
      if (result == 0) return std::nullopt;
      return written(args[0], Where::kAt, args[3], result);
    case kSysPwritev2:
      if (result == 0) return std::nullopt;
      return written_with_flags(call, result);
    case kSysSplice:
    case kSysCopyFileRange:
      if (result == 0) return std::nullopt;
      return moved_to(args[2], args[3], result, memory);
    case kSysTruncate:
      return FileEffect{{std::nullopt, {args[0]}}, Where::kNowhere, 0, 0};
    case kSysFtruncate:
      return FileEffect{descriptor(args[0]), Where::kNowhere, 0, 0};
    case kSysFallocate:
      return allocated(call);
    case kSysOpenat:
    case kSysOpenByHandleAt:
      return opened(args[2], result);
    case kSysOpenat2:
      return opened(memory.read_object<uint64_t>(Address{args[2]}).value_or(0), result);
    case kSysIoctl:
      if (args[1] != FICLONE && args[1] != FICLONERANGE) return std::nullopt;
      return FileEffect{descriptor(args[0]), Where::kToEnd, 0, 0};
    default:
      return std::nullopt;
  }
}

}  // namespace rr::record
