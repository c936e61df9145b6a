// The replayer's side of file_store.h.
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "trace/content_hash.h"
#include "trace/file_store.h"
#include "trace/layout.h"
#include "trace/message.h"
#include "trace/trace.capnp.h"
#include "util/error.h"

namespace rr::trace {

namespace {

StoredFile read_added(schema::StoredFile::Added::Reader in, const Place& place) {
  if (in.getHow() > schema::StoredFile::Storage::HARD_LINK)
    fail_newer(place, "unknown way to store a file");
  return {.original_path = text_in(in.getPath()),
          .identity = {.device = in.getDevice(),
                       .inode = in.getInode(),
                       .size = in.getSize(),
                       .modified_ns = in.getModifiedNs(),
                       .changed_ns = in.getChangedNs()},
          .storage = static_cast<Storage>(in.getHow()),
          .checksum = std::nullopt,
          .hash = std::nullopt};
}

void read_entry(schema::StoredFile::Reader in, std::vector<StoredFile>& files, const Place& place) {
  switch (in.which()) {
    case schema::StoredFile::ADDED:
      if (in.getId() != files.size()) fail_damaged(place, "a stored file is out of order");
      files.push_back(read_added(in.getAdded(), place));
      return;
    case schema::StoredFile::HASHED:
      if (in.getId() >= files.size()) fail_damaged(place, "a hash is of a file that is not there");
      files[in.getId()].hash = {in.getHashed().getLow(), in.getHashed().getHigh()};
      return;
    case schema::StoredFile::CHECKED:
      if (in.getId() >= files.size())
        fail_damaged(place, "a checksum is of a file that is not there");
      files[in.getId()].checksum = in.getChecked();
      return;
    case schema::StoredFile::CHANGES:
      if (in.getId() >= files.size()) fail_damaged(place, "a change of a file that is not there");
      files[in.getId()].changes = true;
      return;
  }
  fail_newer(place, "unknown entry about a stored file");
}

int64_t modified_ns(const OwnedFd& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_errno("inspect", path, "", ExitCode::kIoError);
  return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

void compare_contents(const StoredFile& file, const OwnedFd& contents, const std::string& stored) {
  const bool is_as_stored = (!file.checksum || checksum_of(contents, stored) == *file.checksum) &&
                            (!file.hash || content_hash(contents, stored) == *file.hash);
  if (is_as_stored) return;
  fail_damaged({stored}, "the stored copy of " + file.original_path + " has changed");
}

}  // namespace

StoredFiles StoredFiles::open(const std::string& directory) {
  const std::string complete = directory + "/" + kVersionName;
  return StoredFiles(directory,
                     ::access(complete.c_str(), F_OK) == 0 ? Tail::kNone : Tail::kTornBlock);
}

StoredFiles::StoredFiles(std::string directory, Tail tail)
    : directory_(std::move(directory)), table_path_(directory_ + "/" + kFilesName) {
  BlockReader table(table_path_, "", BlockKind::kFiles, tail);
  std::vector<std::byte> plain;
  std::vector<capnp::word> room;
  for (size_t block = 0; block < table.block_count(); ++block) {
    table.load(block, plain);
    const Place place = table.place_of(block);
    std::span<const std::byte> rest = plain;
    while (!rest.empty())
      read_message<schema::StoredFile>(
          take_message(rest, place), room, place,
          [&](schema::StoredFile::Reader in) { read_entry(in, files_, place); });
  }
}

const StoredFile& StoredFiles::info(FileId id) const {
  if (id.value >= files_.size())
    fail_damaged({table_path_}, "there is no stored file " + std::to_string(id.value));
  return files_[id.value];
}

std::string StoredFiles::path(FileId id) const {
  const StoredFile& file = info(id);
  // Named by number: a name that the recording chooses could lead anywhere.
  std::string path = directory_ + "/" + kFilesFolder + "/" + std::to_string(id.value);
  const OwnedFd contents = open_trace_file(path);
  const uint64_t size = size_of_file(contents, path);
  if (size != file.identity.size)
    fail_damaged({path}, "the stored copy of " + file.original_path + " has " +
                             std::to_string(size) + " bytes, not " +
                             std::to_string(file.identity.size));
  // What is a copy by now, because the recording was copied, has another time and the same bytes.
  const bool may_be_changed = file.storage == Storage::kHardLink &&
                              modified_ns(contents, path) != file.identity.modified_ns;
  if (may_be_changed) compare_contents(file, contents, path);
  return path;
}

void StoredFiles::verify(FileId id) const {
  const std::string stored = path(id);
  compare_contents(info(id), open_trace_file(stored), stored);
}

}  // namespace rr::trace
