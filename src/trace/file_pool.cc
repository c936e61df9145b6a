#include "trace/file_pool.h"

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace rr::trace {

namespace {

namespace fs = std::filesystem;

std::string name_of(uint32_t checksum) {
  char text[16];
  std::snprintf(text, sizeof text, "%08" PRIx32, checksum);
  return text;
}

std::optional<uint32_t> checksum_of_name(const std::string& name) {
  uint32_t checksum = 0;
  const char* const end = name.data() + name.size();
  if (name.size() != 8 || std::from_chars(name.data(), end, checksum, 16).ptr != end) {
    return std::nullopt;
  }
  return checksum;
}

}  // namespace

// A folder for each file that was seen, named by what makes it the same as one seen before. The
// only file in it is named by the checksum of its contents.
std::string FilePool::folder_of(const FileIdentity& file) const {
  char text[120];
  std::snprintf(text, sizeof text, "/%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64,
                file.device, file.inode, file.size, static_cast<uint64_t>(file.modified_ns),
                static_cast<uint64_t>(file.changed_ns));
  return directory_ + text;
}

std::optional<uint32_t> FilePool::link_to(const FileIdentity& file, const std::string& path) const {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(file), error)) {
    const auto checksum = checksum_of_name(entry.path().filename().string());
    struct stat status {};
    const bool is_whole = checksum && ::lstat(entry.path().c_str(), &status) == 0 &&
                          S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
                          static_cast<uint64_t>(status.st_size) == file.size;
    if (is_whole && ::link(entry.path().c_str(), path.c_str()) == 0) return checksum;
  }
  return std::nullopt;
}

void FilePool::keep(const FileIdentity& file, uint32_t checksum, const std::string& path) {
  remove_unused();
  ::mkdir(directory_.c_str(), 0700);
  const std::string folder = folder_of(file);
  ::mkdir(folder.c_str(), 0700);
  // Refused between file systems, or where somebody else has just kept it.
  [[maybe_unused]] const int ignored =
      ::link(path.c_str(), (folder + "/" + name_of(checksum)).c_str());
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
