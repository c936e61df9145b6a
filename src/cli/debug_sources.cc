#include "cli/debug_sources.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace rr::cli {
namespace {

// DWARF 5, 7.5.6 and 7.22.
enum : uint64_t {
  kFormBlock2 = 0x03,
  kFormBlock4 = 0x04,
  kFormData2 = 0x05,
  kFormData4 = 0x06,
  kFormData8 = 0x07,
  kFormString = 0x08,
  kFormBlock = 0x09,
  kFormBlock1 = 0x0a,
  kFormData1 = 0x0b,
  kFormStrp = 0x0e,
  kFormUdata = 0x0f,
  kFormData16 = 0x1e,
  kFormLineStrp = 0x1f,
  kContentPath = 1,
  kContentDirectory = 2,
};

std::string string_at(std::span<const std::byte> bytes, uint64_t offset) {
  if (offset >= bytes.size()) return "";
  const char* begin = reinterpret_cast<const char*>(bytes.data()) + offset;
  return {begin, ::strnlen(begin, bytes.size() - offset)};
}

// Reads forward; once it has run out of bytes it gives zeros and says so.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : left_(bytes) {}

  bool has_failed() const { return has_failed_; }
  bool is_at_end() const { return left_.empty(); }
  std::span<const std::byte> take(uint64_t size) {
    if (size > left_.size()) {
      has_failed_ = true;
      left_ = {};
      return {};
    }
    const auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  uint64_t number(size_t size) {
    uint64_t value = 0;
    const auto bytes = take(size);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), size);
    return value;
  }
  uint64_t leb128() {
    uint64_t value = 0;
    for (unsigned shift = 0; !has_failed_; shift += 7) {
      const uint64_t byte = number(1);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }
  std::string string() {
    const std::string text = string_at(left_, 0);
    take(text.size() + 1);
    return text;
  }

 private:
  std::span<const std::byte> left_;
  bool has_failed_ = false;
};

std::string joined(const std::string& folder, const std::string& name) {
  if (name.empty() || name.front() == '/' || folder.empty()) return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

struct Strings {
  Bytes line;   // .debug_line_str
  Bytes other;  // .debug_str
};

struct Entry {
  std::string path;
  uint64_t directory = 0;
};

class LineTable {
 public:
  LineTable(std::span<const std::byte> unit, size_t offset_size, const Strings& strings)
      : unit_(unit), offset_size_(offset_size), strings_(strings) {}

  void add_files(std::set<std::string>& files) {
    const uint64_t version = unit_.number(2);
    if (version < 2 || version > 5) return;
    constexpr size_t kAddressAndSegmentSizes = 2;
    if (version == 5) unit_.take(kAddressAndSegmentSizes);
    unit_.take(offset_size_);  // header_length
    // minimum_instruction_length, default_is_stmt, line_base, line_range; maximum_operations
    unit_.take(version >= 4 ? 5 : 4);
    const uint64_t opcodes = unit_.number(1);
    unit_.take(opcodes == 0 ? 0 : opcodes - 1);
    version == 5 ? add_new(files) : add_old(files);
  }

 private:
  void add_old(std::set<std::string>& files) {
    std::vector<std::string> folders = {""};
    while (!unit_.has_failed()) {
      const std::string folder = unit_.string();
      if (folder.empty()) break;
      folders.push_back(folder);
    }
    while (!unit_.has_failed()) {
      const std::string name = unit_.string();
      if (name.empty()) break;
      const uint64_t folder = unit_.leb128();
      unit_.leb128();  // time
      unit_.leb128();  // length
      files.insert(folder < folders.size() ? joined(folders[folder], name) : name);
    }
  }

  void add_new(std::set<std::string>& files) {
    const std::vector<Entry> folders = entries();
    const std::string base = folders.empty() ? "" : folders.front().path;
    for (const Entry& file : entries()) {
      std::string folder = base;
      if (file.directory < folders.size()) folder = joined(base, folders[file.directory].path);
      if (!file.path.empty()) files.insert(joined(folder, file.path));
    }
  }

  std::vector<Entry> entries() {
    std::vector<std::pair<uint64_t, uint64_t>> formats(unit_.number(1));
    for (auto& [content, form] : formats) {
      content = unit_.leb128();
      form = unit_.leb128();
    }
    const uint64_t count = unit_.leb128();
    std::vector<Entry> list;
    if (formats.empty()) return list;
    for (uint64_t i = 0; i < count && !unit_.has_failed(); ++i) {
      Entry entry;
      for (const auto& [content, form] : formats) read(content, form, entry);
      if (!unit_.has_failed()) list.push_back(entry);
    }
    return list;
  }

  void read(uint64_t content, uint64_t form, Entry& entry) {
    if (form == kFormString || form == kFormLineStrp || form == kFormStrp) {
      const std::string text = form == kFormString
                                   ? unit_.string()
                                   : string_at(form == kFormStrp ? strings_.other : strings_.line,
                                               unit_.number(offset_size_));
      if (content == kContentPath) entry.path = text;
      return;
    }
    const uint64_t value = number(form);
    if (content == kContentDirectory) entry.directory = value;
  }

  uint64_t number(uint64_t form) {
    switch (form) {
      case kFormData1:
        return unit_.number(1);
      case kFormData2:
        return unit_.number(2);
      case kFormData4:
        return unit_.number(4);
      case kFormData8:
        return unit_.number(8);
      case kFormUdata:
        return unit_.leb128();
      case kFormData16:
        unit_.take(16);
        return 0;
      case kFormBlock:
        unit_.take(unit_.leb128());
        return 0;
      case kFormBlock1:
        unit_.take(unit_.number(1));
        return 0;
      case kFormBlock2:
        unit_.take(unit_.number(2));
        return 0;
      case kFormBlock4:
        unit_.take(unit_.number(4));
        return 0;
      default:
        unit_.take(UINT64_MAX);  // unknown length: nothing behind it can be read
        return 0;
    }
  }

  Cursor unit_;
  size_t offset_size_;
  const Strings& strings_;
};

}  // namespace

std::set<std::string> source_files_of(const ElfFile& elf) {
  std::set<std::string> files;
  const Bytes lines = elf.section(".debug_line");
  const Strings strings = {elf.section(".debug_line_str"), elf.section(".debug_str")};
  Cursor cursor{lines};
  constexpr uint64_t kLongFormat = 0xffffffff;
  while (!cursor.is_at_end() && !cursor.has_failed()) {
    const uint64_t start = cursor.number(4);
    const bool is_long = start == kLongFormat;
    const uint64_t length = is_long ? cursor.number(8) : start;
    LineTable(cursor.take(length), is_long ? 8 : 4, strings).add_files(files);
  }
  return files;
}

}  // namespace rr::cli
