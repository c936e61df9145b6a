// Cases in a line each, for calls that write nothing into the caller's memory: whatever their
// arguments point to must be after the call as it was before.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "syscall_audit/audit.h"

namespace rr::test {

// Text is lent from the arena; a function is called, in the process that makes the call.
template <typename T>
uint64_t lend(Arena& a, const T& value) {
  if constexpr (std::is_invocable_v<T, Arena&>) {
    return lend(a, value(a));
  } else if constexpr (std::is_invocable_v<T>) {
    return lend(a, value());
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, const char*>) {
    return as_argument(a.text(value));
  } else {
    return as_argument(value);
  }
}

template <typename... Args>
Case silent(const char* name, Args... arguments) {
  return {name, [=](Arena& a) { return make_call(name, {lend(a, arguments)...}); }};
}

// This object, lent.
template <typename T>
auto lent(T value) {
  return [value](Arena& a) { return a.object(value); };
}

inline Case failing(int error, Case made) {
  made.error = error;
  return made;
}
inline Case lacking(std::vector<int> errors, Case made) {
  made.lacking = std::move(errors);
  return made;
}
template <typename Act>
Case after(Act act, Case made) {
  return {made.about,
          [act, prepare = made.prepare](Arena& a) {
            act();
            return prepare(a);
          },
          made.error, made.lacking};
}

}  // namespace rr::test
