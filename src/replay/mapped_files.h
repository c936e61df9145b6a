// The files that replayed mappings show. A private mapping shows the trace's copy, which nobody can
// change. A shared one shows a living copy in memory, one for each file of the recording, so that
// what a process writes through it is seen through every other mapping of that file.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "trace/file_store.h"
#include "trace/frame.h"
#include "util/fd.h"

namespace rr::replay {

class MappedFiles {
 public:
  explicit MappedFiles(trace::StoredFiles stored) : stored_(std::move(stored)) {}

  // What a replayed thread opens to map `mapping`, which has a file.
  std::string path_for(const trace::Mapping& mapping);

  const trace::StoredFiles& stored() const { return stored_; }

 private:
  struct Living {
    OwnedFd memory;
    trace::FileId version;  // whose contents it was last given
  };

  void give_contents(Living& living, trace::FileId id) const;

  trace::StoredFiles stored_;
  std::map<std::pair<uint64_t, uint64_t>, Living> living_;  // by device and inode
};

}  // namespace rr::replay
