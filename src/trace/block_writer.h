// Compresses blocks and appends them to one file of a recording, and remembers where each lies for
// the file's index. Used from one thread at a time. A write that fails is a normal outcome here:
// the recording thread has to hear of it, and this one is not the recording thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trace/block_format.h"
#include "trace/compressor.h"
#include "util/fd.h"

namespace rr::trace {

// Text of what went wrong, or nothing.
using Failure = std::optional<std::string>;

class BlockWriter final {
 public:
  // Creates the file, which must not exist.
  BlockWriter(std::string path, int compression_level);

  // Fills in what `header` says of method, sizes and checksum. A block that could not be written
  // whole is taken back as far as the file system lets us; nothing must be appended after it.
  Failure append(BlockHeader header, std::span<const std::byte> plain);

  // Writes the index of what was appended.
  Failure write_index(const std::string& path) const;
  Failure sync() const;

  const std::string& path() const { return path_; }

 private:
  struct Entry {
    uint64_t first;
    uint64_t offset;
  };

  std::string path_;
  OwnedFd file_;
  Compressor compressor_;
  uint64_t size_ = 0;
  uint64_t end_ = 0;
  std::vector<Entry> entries_;
};

// A file that is a single block: the header and the summary.
Failure write_single_block(const std::string& path, BlockKind kind,
                           std::span<const std::byte> plain);

Failure write_file(const std::string& path, std::span<const std::byte> contents);
// Makes the names in a directory, or a file's contents, outlast a loss of power.
Failure sync_path(const std::string& path);

}  // namespace rr::trace
