// What is known of a file that a recording keeps.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace rr::trace {

// XXH3 of the contents, 128 bits. It finds damage and change, not a forger's work.
struct ContentHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const ContentHash&) const = default;
};

enum class Storage { kCopy, kReflink, kHardLink };

// What makes a file the same as one seen before.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;  // bytes
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

struct StoredFile {
  std::string original_path;
  FileIdentity identity;
  Storage storage = Storage::kCopy;
  std::optional<uint32_t> checksum;  // CRC-32 of a hard link's contents, once recording has ended
  std::optional<ContentHash> hash;   // once it has been packed
  // This inode's contents change while it may be mapped: mappings follow them.
  bool changes = false;
};

}  // namespace rr::trace
