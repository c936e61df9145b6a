#include "trace/file_store.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "trace/content_hash.h"
#include "trace/file_copy.h"
#include "trace/layout.h"
#include "trace/message.h"
#include "trace/trace.capnp.h"
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

void throw_if(const Failure& failure) {
  if (failure) fail(*failure + " (the recording ends here)", ExitCode::kIoError);
}

}  // namespace

bool may_hard_link(uid_t user, uid_t owner, bool is_writable) {
  return user != 0 && user != owner && !is_writable;
}

FileStore::FileStore(const std::string& directory)
    : directory_(directory), table_(directory + "/" + kFilesName, 0) {
  const std::string folder = directory_ + "/" + kFilesFolder;
  if (::mkdir(folder.c_str(), 0700) != 0) fail_errno("create", folder, "", ExitCode::kIoError);
}

std::string FileStore::stored_path(FileId id) const {
  return directory_ + "/" + kFilesFolder + "/" + std::to_string(id.value);
}

void FileStore::append_entry(std::span<const std::byte> message) {
  throw_if(table_.append({.kind = BlockKind::kFiles, .first = entries_, .count = 1}, message));
  ++entries_;
}

FileId FileStore::add(int file, const std::string& path) {
  struct stat status = status_of(file, path);
  const auto known = known_.find(identity_of(status));
  if (known != known_.end()) return known->second;

  const FileId id = {next_id_};
  const Storage storage = store(file, status, path, stored_path(id));
  // A new link changes the time of the inode's last change.
  if (storage == Storage::kHardLink) status = status_of(file, path);
  const FileIdentity identity = identity_of(status);

  capnp::MallocMessageBuilder message;
  auto entry = message.initRoot<schema::StoredFile>();
  entry.setId(id.value);
  auto added = entry.initAdded();
  added.setPath(data_of(path));
  added.setDevice(identity.device);
  added.setInode(identity.inode);
  added.setSize(identity.size);
  added.setModifiedNs(identity.modified_ns);
  added.setChangedNs(identity.changed_ns);
  added.setHow(static_cast<schema::StoredFile::Storage>(storage));
  Buffer bytes;
  append_message(message, bytes);
  append_entry(bytes.bytes());
  known_.emplace(identity, id);
  ++next_id_;
  return id;
}

void FileStore::record_hashes() {
  for (; hashed_ < next_id_; ++hashed_) {
    const std::string path = stored_path({hashed_});
    const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) fail_errno("open", path, "", ExitCode::kIoError);
    const auto hash = content_hash(file, path);
    if (!hash) continue;
    capnp::MallocMessageBuilder message;
    auto entry = message.initRoot<schema::StoredFile>();
    entry.setId(hashed_);
    entry.initHashed().setLow(hash->low);
    entry.getHashed().setHigh(hash->high);
    Buffer bytes;
    append_message(message, bytes);
    append_entry(bytes.bytes());
  }
}

}  // namespace rr::trace
