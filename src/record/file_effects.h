// What a system call may do to the contents of a file, as far as its arguments and result tell.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::record {

// Which file: a descriptor, or a path relative to the working directory.
struct FileTarget {
  std::optional<int32_t> fd;
  Address path;  // of a zero-terminated string, where there is no fd
};

struct FileEffect {
  // Where the bytes went that a write moved.
  enum class Where {
    kBehindPosition,  // the descriptor's position is behind them now
    kAt,              // at `offset`, or at the end if the descriptor appends
    kExactly,         // at `offset`
    kEnd,             // up to the end
    kToEnd,           // from `offset` to the end, all may have changed
    kNowhere,         // only the size may have changed
  };
  FileTarget target;
  Where where = Where::kNowhere;
  uint64_t offset = 0;
  uint64_t length = 0;
};

// Nothing for a call that changes no file.
std::optional<FileEffect> file_effect(const SyscallArguments& call, int64_t result,
                                      const MemoryReader& memory);

}  // namespace rr::record
