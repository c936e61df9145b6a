// "Did you mean": the word nearest to one that was mistyped.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rr::cli {

// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
size_t edit_distance(std::string_view a, std::string_view b);

// Empty if none is near: a third of the word may be wrong.
std::string nearest_word(std::string_view word, std::span<const std::string> known);

// " (did you mean WORD?)", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace rr::cli
