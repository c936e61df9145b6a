// The files that the program has mapped, followed from then on: what a mapping shows must come out
// of the recording, whoever changes the file by whatever call. A file is stored when it is first
// mapped; what recorded calls change in it afterwards becomes frames; a change that none of them
// made is found when the file is mapped again, and it is stored anew.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <variant>

#include "arch/arch.h"
#include "kernel/proc.h"
#include "trace/file_store.h"
#include "util/fd.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::record {

// Who can change the file while it is mapped, beside calls.
enum class MappedFor { kReading, kSharedWriting };

// What a call has changed in a followed file: open for reading, and where. No contents: only the
// size.
struct FileChange {
  trace::FileId file;
  OwnedFd contents;
  uint64_t offset = 0;  // bytes
  uint64_t length = 0;
  uint64_t size = 0;  // of the whole file, afterwards
};

// A call has written through /proc/PID/mem, of whatever namespace of processes.
struct ProcessMemoryChange {
  kernel::OwnName process;
  AddressRange range;
};

using ChangeByCall = std::variant<std::monostate, FileChange, ProcessMemoryChange>;

// The contents of an open file, addressed by offset.
class FileReader final : public MemoryReader {
 public:
  explicit FileReader(const OwnedFd& file) : file_(file) {}
  size_t read(Address offset, std::span<std::byte> out) const override;

 private:
  const OwnedFd& file_;
};

class FollowedFiles {
 public:
  explicit FollowedFiles(trace::FileStore& store) : store_(store) {}

  // `path` opens here what the program maps and calls `name`. Nothing for what is not a regular
  // file or cannot be opened.
  std::optional<trace::FileId> map(const std::string& path, const std::string& name,
                                   MappedFor purpose);

  // After a call of a thread, in /proc as `tid`, that returned `result`: the change, if the call is
  // of those that change files and the file is followed, or is a process's memory.
  ChangeByCall changed_by(Tid tid, const SyscallArguments& call, int64_t result,
                          const MemoryReader& memory);

 private:
  // The time of birth tells a file from an older one whose number it has.
  struct Key {
    uint64_t device;
    uint64_t inode;
    int64_t born_ns;
    auto operator<=>(const Key&) const = default;
  };
  struct Followed {
    trace::FileId id;
    trace::FileIdentity identity;  // as it was when all that is known of it was recorded
    bool is_marked = false;        // in the trace, as one that changes
    bool is_warned_of = false;     // it changes behind our back
  };

  static std::optional<std::pair<Key, trace::FileIdentity>> look_at(int folder, const char* path);
  void warn_if_changed_below(Tid tid, const std::string& path);
  void mark(Followed& file);

  trace::FileStore& store_;
  std::map<Key, Followed> files_;
};

}  // namespace rr::record
