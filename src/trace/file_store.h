// The files that the recorded program mapped, as they were then. Each is stored once: shared with
// the original where the file system can share blocks, hard-linked where the recording user could
// not change it anyway, copied otherwise. A table beside the frames says what each was.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

#include "trace/block_reader.h"
#include "trace/block_writer.h"
#include "trace/frame.h"
#include "trace/stored_file.h"
#include "trace/stored_file_table.h"

namespace rr::trace {

// Whether a stored hard link could ever change: not if its user can neither write the file nor
// allow himself to. So never for root.
bool may_hard_link(uid_t user, uid_t owner, bool is_writable);

class FilePool;

// The recorder's side. Not thread-safe.
class FileStore final {
 public:
  // `directory` holds the recording that is being made. Copies are shared with other recordings
  // through `pool`, which outlives the store; null: they are this recording's alone.
  explicit FileStore(const std::string& directory, FilePool* pool = nullptr);

  // `file` is a regular file, open for reading; `path` is what the recorded program calls it. Comes
  // back after the contents and the table's entry are written: append the frame that names it then.
  FileId add(int file, const std::string& path);

  // What is mapped of this file will not stay as it was stored: StoredFile::changes.
  void note_changes(FileId id);

  // Reads what is a hard link, which others may still write to, and enters its checksum. Costs time
  // by the bytes: to be called when the recorded program does not wait for it.
  void record_checksums();

 private:
  struct Kept {
    FileIdentity identity;
    Storage storage = Storage::kCopy;
    bool is_settled = false;  // changed so long ago that another change would show in its times
  };

  std::string stored_path(FileId id) const;
  std::optional<FileId> known(int file, const FileIdentity& identity) const;
  Kept keep(int file, const struct stat& status, const std::string& path);

  std::string directory_;
  FilePool* pool_;
  BlockWriter table_;
  StoredFileTable entries_;
  std::map<FileIdentity, FileId> known_;
  std::vector<Kept> kept_;  // by id
  uint32_t checked_ = 0;    // hard links below this have a checksum
};

// The replayer's side.
class StoredFiles final {
 public:
  static StoredFiles open(const std::string& directory);

  size_t count() const { return files_.size(); }
  // Fails if there is no such file in the table.
  const StoredFile& info(FileId id) const;
  // Where the contents lie. Fails if they are absent, no regular file, of another size, or a hard
  // link that was written to since.
  std::string path(FileId id) const;
  // Reads the contents and compares the checksum and the hash, as far as there are any.
  void verify(FileId id) const;

 private:
  StoredFiles(std::string directory, Tail tail);

  std::string directory_;
  std::string table_path_;
  std::vector<StoredFile> files_;
};

}  // namespace rr::trace
