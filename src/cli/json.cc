#include "cli/json.h"

#include <cstdio>

namespace rr::cli {
namespace {

unsigned char byte_at(std::string_view text, size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

struct Utf8Form {
  unsigned char lead_mask, lead;
  uint32_t smallest;
};

// The length of the well-formed UTF-8 sequence at `at`, or 0.
size_t utf8_length(std::string_view text, size_t at) {
  constexpr Utf8Form kForms[] = {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
  const unsigned char first = byte_at(text, at);
  for (size_t more = 1; more <= 3; ++more) {
    const Utf8Form& form = kForms[more - 1];
    if ((first & form.lead_mask) != form.lead) continue;
    uint32_t point = first & static_cast<unsigned char>(~form.lead_mask);
    for (size_t i = 1; i <= more; ++i) {
      const unsigned char next = byte_at(text, at + i);
      if ((next & 0xc0) != 0x80) return 0;
      point = point << 6 | (next & 0x3f);
    }
    const bool is_surrogate = point >= 0xd800 && point < 0xe000;
    return point >= form.smallest && point < 0x110000 && !is_surrogate ? more + 1 : 0;
  }
  return 0;
}

std::string escaped(unsigned value) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", value);
  return text;
}

std::string plain_or_escaped(unsigned char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return c < 0x20 || c == 0x7f ? escaped(c) : std::string(1, static_cast<char>(c));
  }
}

void append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

std::string json_string(std::string_view bytes) {
  std::string text = "\"";
  for (size_t i = 0; i < bytes.size();) {
    const unsigned char c = byte_at(bytes, i);
    if (c < 0x80) {
      text += plain_or_escaped(c);
      ++i;
    } else if (const size_t length = utf8_length(bytes, i); length != 0) {
      text += bytes.substr(i, length);
      i += length;
    } else {
      text += escaped(0xdc00u + c);
      ++i;
    }
  }
  return text + "\"";
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view json) {
  append(members_, json_string(name) + ": " + std::string(json));
  return *this;
}

JsonArray& JsonArray::add_raw(std::string_view json) {
  append(elements_, json);
  return *this;
}

std::string json_hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "\"0x%llx\"", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace rr::cli
