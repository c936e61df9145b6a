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

std::string name_of(const ContentHash& hash) {
  char text[40];
  std::snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
  return text;
}

std::optional<ContentHash> hash_of_name(const std::string& name) {
  ContentHash hash;
  if (name.size() != 32) return std::nullopt;
  const char* const middle = name.data() + 16;
  const char* const end = name.data() + 32;
  if (std::from_chars(name.data(), middle, hash.high, 16).ptr != middle) return std::nullopt;
  if (std::from_chars(middle, end, hash.low, 16).ptr != end) return std::nullopt;
  return hash;
}

}  // namespace

// A folder for each file that was seen, named by what makes it the same as one seen before. The
// only file in it is named by the hash of its contents.
std::string FilePool::folder_of(const FileIdentity& file) const {
  char text[120];
  std::snprintf(text, sizeof text, "/%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64,
                file.device, file.inode, file.size, static_cast<uint64_t>(file.modified_ns),
                static_cast<uint64_t>(file.changed_ns));
  return directory_ + text;
}

std::optional<ContentHash> FilePool::link_to(const FileIdentity& file,
                                             const std::string& path) const {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(file), error)) {
    const auto hash = hash_of_name(entry.path().filename().string());
    struct stat status {};
    const bool is_whole = hash && ::lstat(entry.path().c_str(), &status) == 0 &&
                          S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
                          static_cast<uint64_t>(status.st_size) == file.size;
    if (is_whole && ::link(entry.path().c_str(), path.c_str()) == 0) return hash;
  }
  return std::nullopt;
}

void FilePool::keep(const FileIdentity& file, const ContentHash& hash, const std::string& path) {
  remove_unused();
  ::mkdir(directory_.c_str(), 0700);
  const std::string folder = folder_of(file);
  ::mkdir(folder.c_str(), 0700);
  // Refused between file systems, or where somebody else has just kept it.
  [[maybe_unused]] const int ignored = ::link(path.c_str(), (folder + "/" + name_of(hash)).c_str());
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
