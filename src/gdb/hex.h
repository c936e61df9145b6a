// Numbers and bytes as the remote protocol writes them: hexadecimal, lower case, without a prefix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "util/bytes.h"

namespace rr::gdb {

// Nothing for a character that is no hexadecimal digit.
std::optional<uint8_t> hex_digit(char c);

std::string to_hex(uint64_t value);                        // shortest form, "0" for zero
std::string to_hex(std::span<const std::byte> bytes);      // two digits a byte, in memory order
std::string to_hex_text(std::string_view text);            // the same for text
std::optional<uint64_t> parse_hex(std::string_view text);  // 1 to 16 digits
std::optional<Bytes> parse_hex_bytes(std::string_view text);
std::optional<std::string> parse_hex_text(std::string_view text);

}  // namespace rr::gdb
