#include "trace/zero_runs.h"

#include <cstring>
#include <limits>

#include "util/check.h"

namespace rr::trace {

namespace {

bool is_zero(std::span<const std::byte> grain) {
  // Most memory differs at once. The rest is compared with itself, one byte on.
  return grain[0] == std::byte{0} &&
         std::memcmp(grain.data(), grain.data() + 1, grain.size() - 1) == 0;
}

}  // namespace

std::vector<uint32_t> zero_runs(std::span<const std::byte> bytes) {
  CHECK(bytes.size() <= std::numeric_limits<uint32_t>::max()) << bytes.size();
  std::vector<uint32_t> runs;
  bool in_zeros = false;
  size_t run_begin = 0;
  size_t at = 0;
  for (; at + kZeroGrain <= bytes.size(); at += kZeroGrain) {
    if (is_zero(bytes.subspan(at, kZeroGrain)) == in_zeros) continue;
    runs.push_back(static_cast<uint32_t>(at - run_begin));
    run_begin = at;
    in_zeros = !in_zeros;
  }
  if (runs.empty()) return runs;
  if (in_zeros && at < bytes.size()) {
    runs.push_back(static_cast<uint32_t>(at - run_begin));
    run_begin = at;
  }
  runs.push_back(static_cast<uint32_t>(bytes.size() - run_begin));
  return runs;
}

size_t squeeze(std::span<std::byte> bytes, std::span<const uint32_t> runs) {
  if (runs.empty()) return bytes.size();
  size_t kept = 0;
  size_t at = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const bool is_stored = i % 2 == 0;
    if (is_stored && kept != at) std::memmove(&bytes[kept], &bytes[at], runs[i]);
    if (is_stored) kept += runs[i];
    at += runs[i];
  }
  return kept;
}

}  // namespace rr::trace
