// Names of flags and of enumerated values in system-call arguments, by the word that a row's
// argument list uses for them ("open", "prot", "whence", ...).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rr::syscalls {

struct Flag {
  uint64_t value;
  const char* name;
};

// A number made of one value (under value_mask) and of bits.
struct FlagSet {
  const char* word;
  uint64_t value_mask;
  std::span<const Flag> values;
  std::span<const Flag> bits;  // what is made of several bits stands before its parts
  bool is_octal = false;
};

// Nothing if there is no such set.
const FlagSet* find_flag_set(std::string_view word);

// "O_WRONLY|O_CREAT|0x800000"; a value without a name is shown as a number.
std::string describe_flags(const FlagSet& set, uint64_t number);

}  // namespace rr::syscalls
