// What the commands ask of an ELF file: its machine, its build id, where its debugging information
// lies. Nothing in the file is trusted; what does not fit is absent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "util/bytes.h"
#include "util/fd.h"

namespace rr::cli {

struct ElfSection {
  uint32_t type = 0;
  uint64_t flags = 0;
  uint64_t offset = 0;  // in the file
  uint64_t size = 0;    // bytes
};

class ElfFile final {
 public:
  // Nothing if it cannot be read or is no ELF file. A 32-bit one has a machine and nothing else.
  static std::optional<ElfFile> open(const std::string& path);

  bool is_64_bit() const { return is_64_bit_; }
  bool is_little_endian() const { return is_little_endian_; }
  uint16_t machine() const { return machine_; }
  // "x86-64", "32-bit ARM", or "machine 123".
  std::string machine_name() const;
  // The dynamic linker that the program asks for; empty if none.
  std::string interpreter() const;
  // In hexadecimal; empty if none.
  std::string build_id() const;
  // .gnu_debuglink; empty if none.
  std::string debug_link() const;

  bool has_section(const std::string& name) const { return sections_.contains(name); }
  // Unpacked if it was compressed. Empty if absent, damaged, or above 1 GiB.
  Bytes section(const std::string& name) const;

 private:
  Bytes read(uint64_t offset, uint64_t size) const;
  void read_sections(uint64_t table, uint16_t entry_size, uint16_t count, uint16_t names);
  void read_segments(uint64_t table, uint16_t entry_size, uint16_t count);
  std::string find_build_id(const Bytes& notes) const;

  OwnedFd file_;
  uint64_t size_ = 0;
  bool is_64_bit_ = false;
  bool is_little_endian_ = false;
  uint16_t machine_ = 0;
  std::map<std::string, ElfSection> sections_;
  std::vector<ElfSection> notes_;
  std::optional<ElfSection> interpreter_;
};

}  // namespace rr::cli
