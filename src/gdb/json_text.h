// A recorded program's text as a JSON string.
#pragma once

#include <string>
#include <string_view>

namespace rr::gdb {

inline std::string quoted_for_json(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c >= ' ' && c <= '~' ? c : '?';
  }
  return quoted + "\"";
}

}  // namespace rr::gdb
