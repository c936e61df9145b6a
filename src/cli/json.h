// JSON as text, put together front to back. Strings need not be UTF-8: a byte that is not part of
// it becomes \udcXX, which Python's "surrogateescape" turns back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace rr::cli {

std::string json_string(std::string_view bytes);

template <typename T>
std::string json_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    return json_string(value);
  }
}

class JsonObject final {
 public:
  template <typename T>
  JsonObject& add(std::string_view name, const T& value) {
    return add_raw(name, json_value(value));
  }
  // `json` is JSON already.
  JsonObject& add_raw(std::string_view name, std::string_view json);
  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

class JsonArray final {
 public:
  template <typename T>
  JsonArray& add(const T& value) {
    return add_raw(json_value(value));
  }
  JsonArray& add_raw(std::string_view json);
  std::string text() const { return "[" + elements_ + "]"; }

 private:
  std::string elements_;
};

template <typename Strings>
std::string json_strings(const Strings& strings) {
  JsonArray array;
  for (const auto& string : strings) array.add(string);
  return array.text();
}

// 0x… in a string: JSON's numbers lose the upper bits in many readers.
std::string json_hex(uint64_t value);

}  // namespace rr::cli
