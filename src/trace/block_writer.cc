#include "trace/block_writer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include "trace/index_format.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::trace {

namespace {

Failure failure(const std::string& act, const std::string& path) {
  return "cannot " + act + " " + path + ": " + std::strerror(errno);
}

OwnedFd create_file(const std::string& path) {
  return OwnedFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

// True if everything was written.
bool write_all(int fd, std::array<iovec, 2> parts) {
  size_t next = 0;
  while (next < parts.size()) {
    const ssize_t written = ::writev(fd, &parts[next], static_cast<int>(parts.size() - next));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    size_t left = static_cast<size_t>(written);
    while (next < parts.size() && left >= parts[next].iov_len) left -= parts[next++].iov_len;
    if (next < parts.size()) {
      parts[next].iov_base = static_cast<std::byte*>(parts[next].iov_base) + left;
      parts[next].iov_len -= left;
    }
  }
  return true;
}

iovec as_iovec(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

BlockWriter::BlockWriter(std::string path, int compression_level)
    : path_(std::move(path)), file_(create_file(path_)), compressor_(compression_level) {
  if (!file_.is_open()) fail_errno("create", path_, "", ExitCode::kIoError);
}

Failure BlockWriter::append(BlockHeader header, std::span<const std::byte> plain) {
  CHECK(!plain.empty() && plain.size() <= kMaxPlainSize) << plain.size();
  CHECK(header.first == end_ && header.count > 0) << header.first << " after " << end_;
  const auto compressed = compressor_.compress(plain);
  const auto payload = compressed.value_or(plain);
  header.method = compressed ? BlockMethod::kDeflate : BlockMethod::kStored;
  header.stored_size = static_cast<uint32_t>(payload.size());
  header.plain_size = static_cast<uint32_t>(plain.size());
  header.payload_crc = crc_of(payload);

  const BlockHeaderBytes header_bytes = to_bytes(header);
  if (!write_all(file_.get(), {as_iovec(header_bytes), as_iovec(payload)})) {
    const Failure result = failure("write", path_);
    // If even this fails, readers take the torn block for the end.
    [[maybe_unused]] const int ignored = ::ftruncate(file_.get(), static_cast<off_t>(size_));
    return result;
  }
  entries_.push_back({header.first, size_});
  size_ += kBlockHeaderSize + payload.size();
  end_ = header.end();
  return std::nullopt;
}

Failure BlockWriter::write_index(const std::string& path) const {
  std::vector<std::byte> bytes(kIndexHeaderSize + entries_.size() * kIndexEntrySize);
  std::byte* at = bytes.data() + kIndexHeaderSize;
  for (const Entry& entry : entries_) {
    store_u64(at, entry.first);
    store_u64(at + 8, entry.offset);
    at += kIndexEntrySize;
  }
  store_u32(&bytes[kIndexMagicAt], kIndexMagic);
  store_u64(&bytes[kIndexCountAt], entries_.size());
  store_u64(&bytes[kIndexEndAt], end_);
  store_u64(&bytes[kIndexFileSizeAt], size_);
  store_u32(&bytes[kIndexCrcAt], crc_of(std::span(bytes).subspan(kIndexCrcFrom)));
  return write_file(path, bytes);
}

Failure BlockWriter::sync() const {
  if (::fdatasync(file_.get()) != 0) return failure("sync", path_);
  return std::nullopt;
}

Failure write_single_block(const std::string& path, BlockKind kind,
                           std::span<const std::byte> plain) {
  BlockHeader header = {.kind = kind, .method = BlockMethod::kStored, .first = 0, .count = 1};
  header.stored_size = header.plain_size = static_cast<uint32_t>(plain.size());
  header.payload_crc = crc_of(plain);
  const BlockHeaderBytes header_bytes = to_bytes(header);
  std::vector<std::byte> bytes(header_bytes.begin(), header_bytes.end());
  bytes.insert(bytes.end(), plain.begin(), plain.end());
  return write_file(path, bytes);
}

Failure write_file(const std::string& path, std::span<const std::byte> contents) {
  const OwnedFd file = create_file(path);
  if (!file.is_open()) return failure("create", path);
  if (!write_all(file.get(), {as_iovec(contents), iovec{}})) return failure("write", path);
  return std::nullopt;
}

Failure sync_path(const std::string& path) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failure("open", path);
  if (::fsync(file.get()) != 0) return failure("sync", path);
  return std::nullopt;
}

}  // namespace rr::trace
