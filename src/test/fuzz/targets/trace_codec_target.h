// What both libFuzzer and the ordinary test run on bytes that pretend to be the inside of a block.
#pragma once

#include <cstddef>
#include <span>

namespace rr::trace {

// Decodes the bytes as frames, header, summary and the table of stored files, and describes the
// frames for people. Whatever is refused is refused by an Error; anything else that is thrown, a
// crash or a sanitizer's word is a bug. Returns how many frames came out.
size_t decode_hostile_bytes(std::span<const std::byte> bytes);

}  // namespace rr::trace
