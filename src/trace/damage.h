// How the reader says that a recording is damaged, of another version, or unreadable: always with
// the file, the offset, what is wrong and what to do.
#pragma once

#include <cstdint>
#include <string>

namespace rr::trace {

// What is being read. A frame or a file-table entry has no offset of its own: it is named by the
// block that holds it.
struct Place {
  const std::string& path;
  uint64_t offset = 0;  // bytes
};

[[noreturn]] void fail_damaged(const Place& place, const std::string& what);
[[noreturn]] void fail_newer(const Place& place, const std::string& what);

}  // namespace rr::trace
