#include "gdb/open_files.h"

#include <cerrno>
#include <limits>
#include <unistd.h>

namespace rr::gdb {
namespace {

constexpr size_t kMaxOpenFiles = 64;

}  // namespace

std::variant<int, FileError> OpenFiles::add(FileContent content) {
  if (files_.size() >= kMaxOpenFiles) return FileError{EMFILE};
  int handle = 1;
  while (files_.contains(handle)) ++handle;
  files_.emplace(handle, std::move(content));
  return handle;
}

std::variant<std::string, FileError> OpenFiles::read(int handle, size_t count,
                                                     uint64_t offset) const {
  const auto found = files_.find(handle);
  if (found == files_.end()) return FileError{EBADF};
  if (const auto* text = std::get_if<std::string>(&found->second)) {
    if (offset >= text->size()) return "";
    return text->substr(static_cast<size_t>(offset), count);
  }
  if (offset > static_cast<uint64_t>(std::numeric_limits<off_t>::max())) return FileError{EINVAL};
  std::string bytes(count, '\0');
  const ssize_t got = ::pread(std::get<OwnedFd>(found->second).get(), bytes.data(), bytes.size(),
                              static_cast<off_t>(offset));
  if (got < 0) return FileError{errno};
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

std::variant<struct stat, FileError> OpenFiles::status(int handle) const {
  const auto found = files_.find(handle);
  if (found == files_.end()) return FileError{EBADF};
  struct stat status {};
  if (const auto* text = std::get_if<std::string>(&found->second)) {
    status.st_mode = S_IFREG | 0444;
    status.st_nlink = 1;
    status.st_size = static_cast<off_t>(text->size());
    return status;
  }
  if (::fstat(std::get<OwnedFd>(found->second).get(), &status) != 0) return FileError{errno};
  return status;
}

}  // namespace rr::gdb
