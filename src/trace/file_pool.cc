#include "trace/file_pool.h"

#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace rr::trace {

namespace {

namespace fs = std::filesystem;

constexpr char kCopyName[] = "/copy";

}  // namespace

// A folder for each file that was seen, named by what makes it the same as one seen before.
std::string FilePool::folder_of(const FileIdentity& file) const {
  char text[120];
  std::snprintf(text, sizeof text, "/%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64,
                file.device, file.inode, file.size, static_cast<uint64_t>(file.modified_ns),
                static_cast<uint64_t>(file.changed_ns));
  return directory_ + text;
}

bool FilePool::link_to(const FileIdentity& file, const std::string& path) const {
  const std::string copy = folder_of(file) + kCopyName;
  struct stat status {};
  const bool is_whole = ::lstat(copy.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                        status.st_uid == ::geteuid() &&
                        static_cast<uint64_t>(status.st_size) == file.size;
  return is_whole && ::link(copy.c_str(), path.c_str()) == 0;
}

void FilePool::keep(const FileIdentity& file, const std::string& path) {
  remove_unused();
  ::mkdir(directory_.c_str(), 0700);
  const std::string folder = folder_of(file);
  ::mkdir(folder.c_str(), 0700);
  // Refused between file systems, or where somebody else has just kept it.
  [[maybe_unused]] const int ignored = ::link(path.c_str(), (folder + kCopyName).c_str());
}

void FilePool::remove_unused() {
  if (has_cleaned_) return;
  has_cleaned_ = true;
  std::error_code error;
  for (const fs::directory_entry& folder : fs::directory_iterator(directory_, error)) {
    for (const fs::directory_entry& copy : fs::directory_iterator(folder.path(), error)) {
      struct stat status {};
      if (::lstat(copy.path().c_str(), &status) == 0 && status.st_nlink == 1) {
        ::unlink(copy.path().c_str());
      }
    }
    ::rmdir(folder.path().c_str());  // not while a copy is in it
  }
}

}  // namespace rr::trace
