#include "trace/file_store.h"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "trace/content_hash.h"
#include "trace/file_copy.h"
#include "trace/file_pool.h"
#include "trace/layout.h"
#include "util/error.h"

namespace rr::trace {

namespace {

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

struct stat status_of(int file, const std::string& path) {
  struct stat status;
  if (::fstat(file, &status) != 0) fail_errno("inspect", path, "", ExitCode::kIoError);
  if (!S_ISREG(status.st_mode))
    fail("cannot store " + path + ": it is no regular file", ExitCode::kIoError);
  return status;
}

FileIdentity identity_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<uint64_t>(status.st_size),
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

std::string name_of_open(int file) { return "/proc/self/fd/" + std::to_string(file); }

bool try_hard_link(int file, const struct stat& status, const std::string& stored) {
  const std::string name = name_of_open(file);
  const bool is_writable = ::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) == 0;
  // Refused between file systems, and by fs.protected_hardlinks: then it is copied.
  return may_hard_link(::geteuid(), status.st_uid, is_writable) &&
         ::linkat(AT_FDCWD, name.c_str(), AT_FDCWD, stored.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

Storage store(int file, const struct stat& status, const std::string& path,
              const std::string& stored) {
  if (try_hard_link(file, status, stored)) return Storage::kHardLink;
  constexpr mode_t kReadOnly = 0400;
  const OwnedFd copy(::open(stored.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kReadOnly));
  if (!copy.is_open()) fail_errno("create", stored, "", ExitCode::kIoError);
  const CopyResult result = copy_contents(file, path, copy, stored);
  return result == CopyResult::kReflinked ? Storage::kReflink : Storage::kCopy;
}

// File systems stamp changes by a clock that stands still for up to 10 ms (HZ 100), some for two
// seconds: two changes of a file that was changed later than this may have the same times.
bool is_settled(const FileIdentity& identity) {
  constexpr int64_t kCoarsest = 2'500'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now) - identity.changed_ns > kCoarsest;
}

// Reading them would take longer than a checksum is worth.
bool has_vast_holes(const std::string& path) {
  constexpr int64_t kVast = int64_t{1} << 30;
  constexpr int64_t kBlock = 512;  // st_blocks
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_size - status.st_blocks * kBlock > kVast;
}

}  // namespace

bool may_hard_link(uid_t user, uid_t owner, bool is_writable) {
  return user != 0 && user != owner && !is_writable;
}

FileStore::FileStore(const std::string& directory, FilePool* pool)
    : directory_(directory),
      pool_(pool),
      table_(directory + "/" + kFilesName, 0),
      entries_(table_) {
  const std::string folder = directory_ + "/" + kFilesFolder;
  if (::mkdir(folder.c_str(), 0700) != 0) fail_errno("create", folder, "", ExitCode::kIoError);
}

std::string FileStore::stored_path(FileId id) const {
  return directory_ + "/" + kFilesFolder + "/" + std::to_string(id.value);
}

// What has the same identity is the same file, unless its times are too young to tell.
std::optional<FileId> FileStore::known(int file, const FileIdentity& identity) const {
  const auto found = known_.find(identity);
  if (found == known_.end()) return std::nullopt;
  const FileId id = found->second;
  if (kept_[id.value].is_settled) return id;
  const std::string stored = stored_path(id);
  const OwnedFd copy(::open(stored.c_str(), O_RDONLY | O_CLOEXEC));
  if (!copy.is_open()) fail_errno("open", stored, "", ExitCode::kIoError);
  return has_same_contents(file, copy.get()) ? std::optional(id) : std::nullopt;
}

FileStore::Kept FileStore::keep(int file, const struct stat& status, const std::string& path) {
  const std::string stored = stored_path({static_cast<uint32_t>(kept_.size())});
  const FileIdentity identity = identity_of(status);
  const bool settled = is_settled(identity);
  if (pool_ != nullptr && settled) {
    if (pool_->link_to(identity, stored)) return {identity, Storage::kCopy, settled};
  }
  const Storage storage = store(file, status, path, stored);
  // A new link changes the time of the inode's last change.
  if (storage == Storage::kHardLink) return {identity_of(status_of(file, path)), storage, settled};
  if (pool_ != nullptr && settled && storage == Storage::kCopy) pool_->keep(identity, stored);
  return {identity, storage, settled};
}

FileId FileStore::add(int file, const std::string& path) {
  const struct stat status = status_of(file, path);
  if (const auto id = known(file, identity_of(status))) return *id;
  const FileId id = {static_cast<uint32_t>(kept_.size())};
  const Kept kept = keep(file, status, path);
  entries_.add(id, {.original_path = path,
                    .identity = kept.identity,
                    .storage = kept.storage,
                    .checksum = std::nullopt,
                    .hash = std::nullopt});
  known_.insert_or_assign(kept.identity, id);
  kept_.push_back(kept);
  return id;
}

void FileStore::note_changes(FileId id) { entries_.add_changes(id); }

// Copies have none: nobody else writes to them, and reading them all again takes as long as copying
// them did.
void FileStore::record_checksums() {
  for (; checked_ < kept_.size(); ++checked_) {
    if (kept_[checked_].storage != Storage::kHardLink) continue;
    const std::string path = stored_path({checked_});
    if (has_vast_holes(path)) continue;
    const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) fail_errno("open", path, "", ExitCode::kIoError);
    entries_.add_checksum({checked_}, checksum_of(file, path));
  }
}

}  // namespace rr::trace
