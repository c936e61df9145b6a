// Options and commands of rr on other machines that are not there, and why: for whoever types one
// out of habit.
#pragma once

#include <span>
#include <string_view>

namespace rr::cli {

struct AbsentOption {
  std::string_view command;  // empty: of all
  std::string_view names;    // "-u,--cpu-unbound"
  std::string_view reason;
};

std::span<const AbsentOption> absent_options();

// `word` as it was typed, its value with it or not. Empty where nothing is known of it.
std::string_view why_absent(std::string_view command, std::string_view word);
std::string_view why_command_is_absent(std::string_view word);

}  // namespace rr::cli
