// The files that a client has opened through vFile packets: descriptors of the host's files, or
// texts made up for it. Errors are errno values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <sys/stat.h>
#include <variant>

#include "util/bytes.h"
#include "util/fd.h"

namespace rr::gdb {

struct FileError {
  int number = 0;  // errno
};

using FileContent = std::variant<OwnedFd, std::string>;

class OpenFiles final {
 public:
  std::variant<int, FileError> add(FileContent content);
  std::variant<std::string, FileError> read(int handle, size_t count, uint64_t offset) const;
  std::variant<struct stat, FileError> status(int handle) const;
  bool close(int handle) { return files_.erase(handle) != 0; }
  void clear() { files_.clear(); }

 private:
  std::map<int, FileContent> files_;
};

}  // namespace rr::gdb
