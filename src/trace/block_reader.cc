#include "trace/block_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "trace/index_format.h"
#include "util/check.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::trace {

namespace {

// False at the end of the file.
bool read_exactly(int fd, const std::string& path, uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t count = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_errno("read", path, "", ExitCode::kBadData);
    if (count == 0) return false;
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

OwnedFd open_trace_file(const std::string& path) {
  OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.is_open())
    fail_errno("open", path, "is this a recording made by rr record?", ExitCode::kBadData);
  return file;
}

uint64_t size_of_file(const OwnedFd& file, const std::string& path) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0) fail_errno("inspect", path, "", ExitCode::kBadData);
  if (!S_ISREG(status.st_mode)) fail_damaged({path}, "not a regular file");
  return static_cast<uint64_t>(status.st_size);
}

std::vector<std::byte> read_trace_file(const std::string& path, size_t limit) {
  const OwnedFd file = open_trace_file(path);
  const uint64_t size = size_of_file(file, path);
  if (size > limit)
    fail_damaged({path}, "the file is " + std::to_string(size) + " bytes long, more than " +
                             std::to_string(limit));
  std::vector<std::byte> bytes(size);
  if (!read_exactly(file.get(), path, 0, bytes)) fail_damaged({path}, "the file shrank");
  return bytes;
}

BlockReader::BlockReader(std::string path, const std::string& index_path, BlockKind kind, Tail tail)
    : path_(std::move(path)), kind_(kind), file_(open_trace_file(path_)) {
  size_ = size_of_file(file_, path_);
  if (tail == Tail::kTornBlock || index_path.empty() || !load_index(index_path)) scan(tail);
}

// False if there is no index or it does not fit the file; then the blocks themselves tell.
bool BlockReader::load_index(const std::string& index_path) {
  if (::access(index_path.c_str(), F_OK) != 0) return false;
  const size_t largest = kIndexHeaderSize + size_ / kBlockHeaderSize * kIndexEntrySize;
  const auto unusable = [&] {
    LOG(kWarn, "trace") << index_path << " is damaged; reading the block headers instead";
    return false;
  };
  const OwnedFd file = open_trace_file(index_path);
  if (size_of_file(file, index_path) > largest) return unusable();
  const std::vector<std::byte> bytes = read_trace_file(index_path, largest);
  if (bytes.size() < kIndexHeaderSize || load_u32(&bytes[kIndexMagicAt]) != kIndexMagic ||
      load_u32(&bytes[kIndexCrcAt]) != crc_of(std::span(bytes).subspan(kIndexCrcFrom)))
    return unusable();
  const uint64_t count = load_u64(&bytes[kIndexCountAt]);
  if (count != (bytes.size() - kIndexHeaderSize) / kIndexEntrySize ||
      load_u64(&bytes[kIndexFileSizeAt]) != size_)
    return unusable();

  const uint64_t end = load_u64(&bytes[kIndexEndAt]);
  std::vector<BlockPlace> blocks;
  blocks.reserve(count);
  for (size_t at = kIndexHeaderSize; at + kIndexEntrySize <= bytes.size(); at += kIndexEntrySize) {
    const BlockPlace place = {load_u64(&bytes[at]), load_u64(&bytes[at + 8])};
    const bool follows =
        blocks.empty() ? place.first == 0 && place.offset == 0
                       : place.first > blocks.back().first && place.offset > blocks.back().offset;
    if (!follows || place.first >= end || place.offset >= size_) return unusable();
    blocks.push_back(place);
  }
  if (blocks.empty() && (end != 0 || size_ != 0)) return unusable();
  blocks_ = std::move(blocks);
  end_ = end;
  return true;
}

void BlockReader::scan(Tail tail) {
  uint64_t offset = 0;
  while (offset < size_) {
    const uint64_t left = size_ - offset;
    const bool header_is_whole = left >= kBlockHeaderSize;
    const BlockHeader header = header_is_whole ? header_at(offset) : BlockHeader{};
    if (!header_is_whole || header.stored_size > left - kBlockHeaderSize) {
      if (tail == Tail::kTornBlock) return;
      fail_damaged({path_, offset}, "the file ends within a block");
    }
    if (header.first != end_)
      fail_damaged({path_, offset}, "the block begins with number " + std::to_string(header.first) +
                                        ", but the one before ended at " + std::to_string(end_));
    blocks_.push_back({header.first, offset});
    end_ = header.end();
    offset += kBlockHeaderSize + header.stored_size;
  }
}

size_t BlockReader::block_holding(uint64_t unit) const {
  CHECK(unit < end_) << unit << " of " << end_ << " in " << path_;
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), unit,
      [](uint64_t wanted, const BlockPlace& block) { return wanted < block.first; });
  return static_cast<size_t>(after - blocks_.begin()) - 1;
}

void BlockReader::read_at(uint64_t offset, std::span<std::byte> out) const {
  if (!read_exactly(file_.get(), path_, offset, out))
    fail_damaged({path_, offset}, "the file ends within a block");
}

BlockHeader BlockReader::header_at(uint64_t offset) const {
  std::array<std::byte, kBlockHeaderSize> bytes;
  read_at(offset, bytes);
  return parse_block_header(bytes, kind_, {path_, offset});
}

BlockHeader BlockReader::header_of(size_t block) const {
  const BlockHeader header = header_at(blocks_[block].offset);
  const bool is_last = block + 1 == blocks_.size();
  const uint64_t next = is_last ? end_ : blocks_[block + 1].first;
  if (header.first != blocks_[block].first || header.end() != next)
    fail_damaged(place_of(block), "the block does not hold what the index says");
  return header;
}

BlockHeader BlockReader::load(size_t block, std::vector<std::byte>& plain) {
  const BlockHeader header = header_of(block);
  const uint64_t payload_at = blocks_[block].offset + kBlockHeaderSize;
  // Before anything is allocated for it.
  if (payload_at > size_ || header.stored_size > size_ - payload_at)
    fail_damaged(place_of(block), "the file ends within a block");

  const bool is_packed = header.method == BlockMethod::kDeflate;
  std::vector<std::byte>& payload = is_packed ? payload_ : plain;
  payload.resize(header.stored_size);
  read_at(payload_at, payload);
  if (crc_of(payload) != header.payload_crc)
    fail_damaged(place_of(block), "the block's checksum is wrong");
  if (!is_packed) return header;

  plain.resize(header.plain_size);
  if (!decompressor_.decompress(payload, plain))
    fail_damaged(place_of(block), "the block does not unpack to the size it claims");
  return header;
}

void BlockReader::drop_from(size_t block) {
  end_ = blocks_[block].first;
  blocks_.resize(block);
}

std::vector<std::byte> read_single_block(const std::string& path, BlockKind kind) {
  BlockReader reader(path, "", kind, Tail::kNone);
  if (reader.block_count() != 1 || reader.end() != 1)
    fail_damaged({path}, "the file does not hold exactly one message");
  std::vector<std::byte> plain;
  reader.load(0, plain);
  return plain;
}

}  // namespace rr::trace
