#include "syscalls/pointees.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <string_view>

#include "syscalls/describe_memory.h"
#include "syscalls/kernel_types.h"

namespace rr::syscalls {
namespace {

constexpr Direction kIn = Direction::kIn;
constexpr Direction kOut = Direction::kOut;
using enum Pointee;

// clang-format off
constexpr PointeeEntry kEntries[] = {
    {5, 3, kBuffer, kIn, 4}, {6, 3, kBuffer, kIn, 4}, {7, 3, kBuffer, kIn, 4},
    {8, 3, kFilled, kOut}, {9, 3, kFilled, kOut}, {10, 3, kFilled, kOut},
    {11, 2, kFilled, kOut}, {12, 2, kFilled, kOut}, {13, 2, kFilled, kOut},
    {17, 1, kPath, kOut},
    {21, 4, kEpollEvent, kIn}, {22, 2, kEpollEventsFilled, kOut}, {22, 5, kSigset, kIn},
    {43, 2, kStatfs, kOut}, {44, 2, kStatfs, kOut},
    {59, 1, kIntPair, kOut},
    {61, 2, kDirectory, kOut},
    {63, 2, kFilled, kOut}, {64, 2, kBuffer, kIn, 3},
    {65, 2, kIovecFilled, kOut, 3}, {66, 2, kIovec, kIn, 3},
    {67, 2, kFilled, kOut}, {68, 2, kBuffer, kIn, 3},
    {69, 2, kIovecFilled, kOut, 3}, {70, 2, kIovec, kIn, 3},
    {71, 3, kLong, kIn},
    {72, 5, kTimespec, kIn},
    {73, 1, kPollfds, kIn, 2}, {73, 3, kTimespec, kIn}, {73, 4, kSigset, kIn},
    {74, 2, kSigset, kIn},
    {78, 3, kFilled, kOut},
    {79, 3, kStat, kOut}, {80, 2, kStat, kOut},
    {86, 3, kTimespecPair, kIn}, {86, 4, kTimespecPair, kOut}, {87, 2, kTimespecPair, kOut},
    {88, 3, kTimespecPair, kIn},
    {95, 3, kSiginfo, kOut},
    {101, 1, kTimespec, kIn}, {101, 2, kTimespec, kOut},
    {102, 2, kTimevalPair, kOut}, {103, 2, kTimevalPair, kIn}, {103, 3, kTimevalPair, kOut},
    {107, 3, kInt, kOut}, {108, 2, kTimespecPair, kOut},
    {110, 3, kTimespecPair, kIn}, {110, 4, kTimespecPair, kOut},
    {112, 2, kTimespec, kIn}, {113, 2, kTimespec, kOut}, {114, 2, kTimespec, kOut},
    {115, 3, kTimespec, kIn}, {115, 4, kTimespec, kOut},
    {133, 1, kSigset, kIn},
    {134, 2, kSigaction, kIn}, {134, 3, kSigaction, kOut},
    {135, 2, kSigset, kIn}, {135, 3, kSigset, kOut}, {136, 1, kSigset, kOut},
    {137, 1, kSigset, kIn}, {137, 2, kSiginfo, kOut}, {137, 3, kTimespec, kIn},
    {148, 1, kInt, kOut}, {148, 2, kInt, kOut}, {148, 3, kInt, kOut},
    {150, 1, kInt, kOut}, {150, 2, kInt, kOut}, {150, 3, kInt, kOut},
    {160, 1, kUname, kOut},
    {163, 2, kRlimit, kOut}, {164, 2, kRlimit, kIn},
    {168, 1, kInt, kOut}, {168, 2, kInt, kOut},
    {169, 1, kTimeval, kOut},
    {182, 2, kBuffer, kIn, 3}, {183, 2, kFilled, kOut},
    {199, 4, kIntPair, kOut},
    {200, 2, kAddress, kIn, 3}, {202, 2, kAddressFilled, kOut, 3}, {203, 2, kAddress, kIn, 3},
    {204, 2, kAddressFilled, kOut, 3}, {205, 2, kAddressFilled, kOut, 3},
    {206, 2, kBuffer, kIn, 3}, {206, 5, kAddress, kIn, 6},
    {207, 2, kFilled, kOut}, {207, 5, kAddressFilled, kOut, 6},
    {208, 4, kInt, kIn}, {209, 4, kInt, kOut},
    {211, 2, kMessage, kIn}, {212, 2, kMessageFilled, kOut},
    {221, 2, kStrings, kIn},
    {242, 2, kAddressFilled, kOut, 3},
    {260, 2, kWaitStatus, kOut},
    {261, 3, kRlimit, kIn}, {261, 4, kRlimit, kOut},
    {278, 1, kFilled, kOut},
    {281, 3, kStrings, kIn},
    {286, 2, kIovecFilled, kOut, 3}, {287, 2, kIovec, kIn, 3},
    {291, 5, kStatx, kOut},
    {441, 2, kEpollEventsFilled, kOut}, {441, 4, kTimespec, kIn},
};
// clang-format on

constexpr bool is_in_order(const PointeeEntry& a, const PointeeEntry& b) {
  return a.call != b.call ? a.call < b.call : a.argument < b.argument;
}
static_assert(std::is_sorted(std::begin(kEntries), std::end(kEntries), is_in_order));

constexpr uint64_t kLongestString = 4096;
constexpr uint64_t kPage = 4096;
constexpr uint64_t kMostElements = 8;

// Gathers pieces, each read once.
class Gathering {
 public:
  explicit Gathering(const MemoryReader& memory) : memory_(memory) {}

  const Bytes* piece(Address address, uint64_t size) {
    if (address.value == 0 || size == 0 || pieces_.size() == kMaxPieces) return nullptr;
    Bytes bytes(size);
    bytes.resize(memory_.read(address, bytes));
    if (bytes.empty()) return nullptr;
    pieces_.push_back({address, std::move(bytes)});
    return &pieces_.back().bytes;
  }

  // With the zero byte at its end. Read in steps, so that little is read in vain.
  void string(Address address, uint64_t limit) {
    if (address.value == 0 || pieces_.size() == kMaxPieces) return;
    Bytes text;
    while (text.size() < limit) {
      constexpr uint64_t kStep = 64;
      const Address at = address + text.size();
      const uint64_t step = std::min(kStep, kPage - at.value % kPage);
      std::array<std::byte, kStep> chunk;
      const size_t n = memory_.read(at, std::span(chunk).first(step));
      const auto end = std::find(chunk.begin(), chunk.begin() + static_cast<long>(n), std::byte{0});
      const bool is_end = end != chunk.begin() + static_cast<long>(n);
      text.insert(text.end(), chunk.begin(), is_end ? end + 1 : end);
      if (is_end || n < step) break;
    }
    if (text.size() > limit) text.resize(limit);
    if (!text.empty()) pieces_.push_back({address, std::move(text)});
  }

  template <typename T>
  std::optional<T> object(Address address) {
    const Bytes* bytes = piece(address, sizeof(T));
    return bytes == nullptr ? std::nullopt : object_from<T>(*bytes);
  }

  std::vector<MemoryPiece> take() { return std::move(pieces_); }

 private:
  const MemoryReader& memory_;
  std::vector<MemoryPiece> pieces_;
};

// One more than is shown tells that there is more.
uint64_t shown(uint64_t size) { return std::min<uint64_t>(size, kShownBytes + 1); }

void gather_iovec(Gathering& gathering, Address address, uint64_t count) {
  count = std::min(count, kMostElements);
  for (uint64_t i = 0; i < count; ++i) {
    const auto part = gathering.object<kernel::Iovec>(address + i * sizeof(kernel::Iovec));
    if (!part) return;
    gathering.piece({part->base}, shown(part->length));
  }
}

void gather_strings(Gathering& gathering, Address address) {
  for (uint64_t i = 0; i < kMostElements; ++i) {
    const auto pointer = gathering.object<uint64_t>(address + i * sizeof(uint64_t));
    if (!pointer || *pointer == 0) return;
    gathering.string({*pointer}, kShownBytes + 1);
  }
}

void gather_message(Gathering& gathering, Address address) {
  const auto message = gathering.object<kernel::Msghdr>(address);
  if (!message) return;
  gathering.piece({message->name}, std::min<uint64_t>(message->name_length, kLongestAddress));
  gather_iovec(gathering, {message->iov}, message->iov_count);
}

void gather(Gathering& gathering, const PointeeEntry& entry, const SyscallArguments& call) {
  const Address at = {call.args[entry.argument - 1u]};
  const uint64_t extra = entry.extra == 0 ? 0 : call.args[entry.extra - 1u];
  switch (entry.kind) {
    case kBuffer:
      gathering.piece(at, shown(extra));
      return;
    case kIovec:
      return gather_iovec(gathering, at, extra);
    case kMessage:
      return gather_message(gathering, at);
    case kStrings:
      return gather_strings(gathering, at);
    case kAddress:
      gathering.piece(at, std::min<uint64_t>(extra & UINT32_MAX, kLongestAddress));
      return;
    case kPollfds:
      gathering.piece(at, std::min(extra & UINT32_MAX, kMostElements) * sizeof(kernel::Pollfd));
      return;
    default:
      gathering.piece(at, size_of(entry.kind));
      return;
  }
}

}  // namespace

std::span<const PointeeEntry> pointees_of(int32_t call) {
  const auto [first, last] = std::equal_range(
      std::begin(kEntries), std::end(kEntries), PointeeEntry{call, 0, kNone, kIn},
      [](const PointeeEntry& a, const PointeeEntry& b) { return a.call < b.call; });
  return {first, last};
}

uint32_t string_arguments(const Row& row) {
  uint32_t bits = 0;
  std::string_view text = row.arguments;
  for (unsigned argument = 0; !text.empty(); ++argument) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (word == "=") break;
    if (word == "path" || word == "str") bits |= 1u << argument;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return bits;
}

std::vector<MemoryPiece> shown_inputs(const Row& row, const SyscallArguments& call,
                                      const MemoryReader& memory) {
  Gathering gathering(memory);
  const uint32_t strings = string_arguments(row);
  for (unsigned i = 0; i < call.args.size(); ++i) {
    if ((strings >> i & 1) != 0) gathering.string({call.args[i]}, kLongestString);
  }
  for (const PointeeEntry& entry : pointees_of(call.number)) {
    if (entry.direction == kIn) gather(gathering, entry, call);
  }
  return gathering.take();
}

}  // namespace rr::syscalls
