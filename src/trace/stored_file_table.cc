#include "trace/stored_file_table.h"

#include "trace/message.h"
#include "trace/trace.capnp.h"
#include "util/error.h"

namespace rr::trace {

void StoredFileTable::append(capnp::MessageBuilder& message) {
  Buffer bytes;
  append_message(message, bytes);
  const Failure failure =
      table_.append({.kind = BlockKind::kFiles, .first = entries_, .count = 1}, bytes.bytes());
  if (failure) fail(*failure + " (the recording ends here)", ExitCode::kIoError);
  ++entries_;
}

void StoredFileTable::add(FileId id, const StoredFile& file) {
  capnp::MallocMessageBuilder message;
  auto entry = message.initRoot<schema::StoredFile>();
  entry.setId(id.value);
  auto added = entry.initAdded();
  added.setPath(data_of(file.original_path));
  added.setDevice(file.identity.device);
  added.setInode(file.identity.inode);
  added.setSize(file.identity.size);
  added.setModifiedNs(file.identity.modified_ns);
  added.setChangedNs(file.identity.changed_ns);
  added.setHow(static_cast<schema::StoredFile::Storage>(file.storage));
  append(message);
}

void StoredFileTable::add_checksum(FileId id, uint32_t checksum) {
  capnp::MallocMessageBuilder message;
  auto entry = message.initRoot<schema::StoredFile>();
  entry.setId(id.value);
  entry.setChecked(checksum);
  append(message);
}

void StoredFileTable::add_hash(FileId id, const ContentHash& hash) {
  capnp::MallocMessageBuilder message;
  auto entry = message.initRoot<schema::StoredFile>();
  entry.setId(id.value);
  entry.initHashed().setLow(hash.low);
  entry.getHashed().setHigh(hash.high);
  append(message);
}

void StoredFileTable::add_changes(FileId id) {
  capnp::MallocMessageBuilder message;
  auto entry = message.initRoot<schema::StoredFile>();
  entry.setId(id.value);
  entry.setChanges();
  append(message);
}

}  // namespace rr::trace
