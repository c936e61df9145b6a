// Text of a recorded program, as it may stand in XML. A recording may be a stranger's.
#pragma once

#include <string>
#include <string_view>

namespace rr::gdb {

// What is neither plain nor expressible becomes '?'.
inline std::string quoted_for_xml(std::string_view text) {
  std::string quoted;
  for (char c : text) {
    const bool is_markup = c == '<' || c == '>' || c == '&' || c == '"' || c == '\'';
    if (is_markup) {
      quoted += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      quoted += c >= ' ' && c <= '~' ? c : '?';
    }
  }
  return quoted;
}

}  // namespace rr::gdb
