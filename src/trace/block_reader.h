// Reads one file of blocks: finds the block that holds a unit, checks it and unpacks it. Takes its
// bearings from the index, or from the block headers if there is no usable index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trace/block_format.h"
#include "trace/compressor.h"
#include "util/fd.h"

namespace rr::trace {

// What may follow the last whole block: nothing, if the recording was closed cleanly; the beginning
// of a block, if the recorder was killed.
enum class Tail { kNone, kTornBlock };

// A regular file of the recording, not reached through a symbolic link (a stranger's recording
// could point anywhere).
OwnedFd open_trace_file(const std::string& path);
uint64_t size_of_file(const OwnedFd& file, const std::string& path);
// The whole file. Fails if it is longer than `limit`.
std::vector<std::byte> read_trace_file(const std::string& path, size_t limit);

class BlockReader final {
 public:
  // `index_path` may be empty: there is none.
  BlockReader(std::string path, const std::string& index_path, BlockKind kind, Tail tail);

  // The unit after the last one that is there.
  uint64_t end() const { return end_; }
  size_t block_count() const { return blocks_.size(); }
  uint64_t offset_of(size_t block) const { return blocks_[block].offset; }
  // `unit` lies before end().
  size_t block_holding(uint64_t unit) const;
  BlockHeader header_of(size_t block) const;
  // Unpacks the block into `plain`, whose storage is reused.
  BlockHeader load(size_t block, std::vector<std::byte>& plain);
  // From here on the file ends before this block.
  void drop_from(size_t block);

  const std::string& path() const { return path_; }
  Place place_of(size_t block) const { return {path_, blocks_[block].offset}; }

 private:
  struct BlockPlace {
    uint64_t first;
    uint64_t offset;
  };

  bool load_index(const std::string& index_path);
  void scan(Tail tail);
  BlockHeader header_at(uint64_t offset) const;
  void read_at(uint64_t offset, std::span<std::byte> out) const;

  std::string path_;
  BlockKind kind_;
  OwnedFd file_;
  uint64_t size_ = 0;
  uint64_t end_ = 0;
  std::vector<BlockPlace> blocks_;
  std::vector<std::byte> payload_;
  Decompressor decompressor_;
};

// A file that is a single block.
std::vector<std::byte> read_single_block(const std::string& path, BlockKind kind);

}  // namespace rr::trace
