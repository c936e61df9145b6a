// Copies of mapped files that recordings in one save directory have in common: each recording's
// copy is a hard link to the pool's. So the second recording of a program costs neither the time
// nor the space of copying what it maps. A copy that no recording links to any more is removed when
// a new one comes.
#pragma once

#include <string>

#include "trace/file_store.h"

namespace rr::trace {

class FilePool final {
 public:
  // `directory` is made when the first copy comes. Everything here is best effort: without the pool
  // files are copied.
  explicit FilePool(std::string directory) : directory_(std::move(directory)) {}

  // Makes `path` a link to the pool's copy of that file. False: it is not there.
  bool link_to(const FileIdentity& file, const std::string& path) const;

  // Keeps a link to the copy at `path`, which nobody changes from now on.
  void keep(const FileIdentity& file, const std::string& path);

 private:
  std::string folder_of(const FileIdentity& file) const;
  void remove_unused();

  std::string directory_;
  bool has_cleaned_ = false;
};

}  // namespace rr::trace
