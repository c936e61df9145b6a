#include "syscall_audit/arena.h"

#include <algorithm>
#include <sys/mman.h>

#include "util/check.h"

namespace rr::test {
namespace {

constexpr size_t kGuard = 4096;

}  // namespace

std::byte* Arena::space(size_t size) {
  CHECK(size <= kLargest) << size << " bytes are more than an area has";
  const size_t usable = std::max<size_t>(round_up(size, kGuard), kGuard);
  void* mapped =
      ::mmap(nullptr, usable + 2 * kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mapped != MAP_FAILED) << "no memory for an area";
  auto* first = static_cast<std::byte*>(mapped) + kGuard;
  CHECK(::mprotect(first, usable, PROT_READ | PROT_WRITE) == 0) << "an area cannot be used";
  std::fill_n(first, usable, pattern_);
  pieces_.push_back({first, first + usable, first + usable - size, {}});
  return pieces_.back().start;
}

char* Arena::text(std::string_view words) {
  std::byte* at = space(words.size() + 1);
  std::memcpy(at, words.data(), words.size());
  at[words.size()] = std::byte{0};
  return reinterpret_cast<char*>(at);
}

uint64_t Arena::reach(uint64_t address) const {
  for (const Piece& piece : pieces_) {
    const auto end = reinterpret_cast<uint64_t>(piece.end);
    if (address >= reinterpret_cast<uint64_t>(piece.start) && address < end) return end - address;
  }
  return 0;
}

void Arena::remember() {
  for (Piece& piece : pieces_) piece.before.assign(piece.mapping, piece.end);
}

std::vector<uint64_t> Arena::changed() const {
  std::vector<uint64_t> found;
  for (const Piece& piece : pieces_) {
    for (size_t i = 0; i < piece.before.size(); ++i) {
      if (piece.mapping[i] != piece.before[i])
        found.push_back(reinterpret_cast<uint64_t>(piece.mapping + i));
    }
  }
  return found;
}

}  // namespace rr::test
