// Writes the table of stored files: the entries that stored_files.cc reads.
#pragma once

#include "trace/block_writer.h"
#include "trace/frame.h"
#include "trace/stored_file.h"

namespace capnp {
class MessageBuilder;
}

namespace rr::trace {

class StoredFileTable final {
 public:
  // `table` outlives it and is written by nobody else.
  explicit StoredFileTable(BlockWriter& table) : table_(table) {}

  // Throw Error(kIoError). Of `file` only what is known when it is stored.
  void add(FileId id, const StoredFile& file);
  void add_checksum(FileId id, uint32_t checksum);
  void add_hash(FileId id, const ContentHash& hash);
  void add_changes(FileId id);

 private:
  void append(capnp::MessageBuilder& message);

  BlockWriter& table_;
  uint64_t entries_ = 0;
};

}  // namespace rr::trace
