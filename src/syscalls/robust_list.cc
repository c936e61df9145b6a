#include "syscalls/robust_list.h"

#include <optional>

namespace rr::syscalls {
namespace {

constexpr uint32_t kWaiters = 0x80000000;    // FUTEX_WAITERS
constexpr uint32_t kOwnerDied = 0x40000000;  // FUTEX_OWNER_DIED
constexpr uint32_t kTidMask = 0x3fffffff;    // FUTEX_TID_MASK
constexpr int kLongestList = 2048;           // ROBUST_LIST_LIMIT

// struct robust_list_head: the first entry, the futex's distance from its entry, and the entry of a
// lock that is just being taken or released. The lowest bit of an entry's address marks a PI futex.
struct Head {
  uint64_t first;
  int64_t futex_offset;
  uint64_t pending;
};

constexpr uint64_t kAddressBits = ~uint64_t{1};

}  // namespace

std::vector<RobustWord> robust_words(Address head, Tid owner, const MemoryReader& memory) {
  std::vector<RobustWord> words;
  const auto list = memory.read_object<Head>(head);
  if (!list) return words;
  // False where the kernel gives up.
  const auto visit = [&](uint64_t entry) {
    const Address word{entry + static_cast<uint64_t>(list->futex_offset)};
    const auto value = memory.read_object<uint32_t>(word);
    if (!value || word.value % sizeof *value != 0) return false;
    if ((*value & kTidMask) == static_cast<uint32_t>(owner.value)) {
      words.push_back({word, (*value & kWaiters) | kOwnerDied});
    }
    return true;
  };
  const uint64_t pending = list->pending & kAddressBits;
  uint64_t entry = list->first & kAddressBits;
  for (int left = kLongestList; entry != head.value && left > 0; --left) {
    const auto next = memory.read_object<uint64_t>({entry});
    if (entry != pending && !visit(entry)) return words;
    if (!next) return words;
    entry = *next & kAddressBits;
  }
  if (pending != 0) visit(pending);
  return words;
}

}  // namespace rr::syscalls
