// The files that replayed mappings show. A file that never changed while it was mapped is the
// trace's copy. Any other, and a segment of System V shared memory, is a living copy in memory, one
// for each inode of the recording: what a process writes through a mapping is seen through every
// other, and what the recording has as changed by a call changes there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "trace/file_store.h"
#include "trace/frame.h"
#include "util/fd.h"

namespace rr::replay {

class MappedFiles {
 public:
  explicit MappedFiles(trace::StoredFiles stored);

  // How /proc/PID/maps calls the memory of a segment.
  static constexpr std::string_view kSegmentName = "/memfd:rr-segment";

  // What a replayed thread opens to map `mapping`, which has a file or a segment.
  struct Source {
    enum class Kind { kFixed, kLiving };
    std::string path;
    Kind kind;
  };
  Source source_for(const trace::Mapping& mapping);

  // Whether `write`, which the recording has of the call that made `mapping`, was put where it
  // belongs: into living memory that the mapping shows. The recorder has read it there, and no
  // write has come through the mapping, whose first one therefore still faults.
  bool put_shown(const trace::Mapping& mapping, const trace::MemoryWrite& write);

  // Makes a recorded change come true for all that map the file.
  void change(const trace::FileChangeEvent& event, const std::vector<trace::MemoryWrite>& writes);

  // The memory that stands in a copied replay for some of the original's: found by its inode.
  using Copies = std::map<std::pair<uint64_t, uint64_t>, int>;  // descriptor, by device and inode
  // Living copies of its own. Adds them to `copies`, which stay the result's.
  MappedFiles copied(Copies& copies) const;
  // Keeps other shared memory as long as this lives.
  void adopt(OwnedFd memory) { adopted_.push_back(std::move(memory)); }

  const trace::StoredFiles& stored() const { return stored_; }

 private:
  using Inode = std::pair<uint64_t, uint64_t>;  // device and number
  struct Segment {
    int32_t id;
    auto operator<=>(const Segment&) const = default;
  };
  using Key = std::variant<Inode, Segment>;
  struct Living {
    OwnedFd memory;
    trace::FileId version;  // whose contents it was last given
  };

  Inode inode_of(trace::FileId id) const;
  // What `mapping` shows, if that is living.
  Living* shown_by(const trace::Mapping& mapping);
  Living& living(trace::FileId id);
  Living& segment(int32_t id, uint64_t size);
  void give_contents(Living& living, trace::FileId id) const;

  trace::StoredFiles stored_;
  std::set<Inode> changing_;
  std::map<Key, Living> living_;
  std::vector<OwnedFd> adopted_;
};

}  // namespace rr::replay
