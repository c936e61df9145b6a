#include "syscalls/describe_memory.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "syscalls/describe.h"
#include "syscalls/kernel_types.h"
#include "syscalls/outputs.h"
#include "syscalls/show_objects.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

using Shown = std::optional<std::string>;
using enum Pointee;

constexpr uint64_t kMostElementsShown = 8;
constexpr uint64_t kMostBytesShown = uint64_t{1} << 20;

// As many of the bytes as are there.
Bytes bytes_at(const MemoryReader& memory, Address address, uint64_t size) {
  Bytes bytes(std::min(size, kMostBytesShown));
  bytes.resize(memory.read(address, bytes));
  return bytes;
}

Shown show_string(const MemoryReader& memory, Address address, size_t limit) {
  Bytes text;
  constexpr size_t kLongest = 4096;
  for (std::byte next{}; text.size() < kLongest; text.push_back(next)) {
    if (memory.read(address + text.size(), writable_bytes_of(next)) != 1)
      return text.empty() ? std::nullopt
                          : Shown(quoted(text, std::min(limit, text.size())) + "...");
    if (next == std::byte{0}) return quoted(text, limit);
  }
  return quoted(text, limit);
}

// `size` bytes, of which one more than is shown needs to be there.
Shown show_buffer(const MemoryReader& memory, Address address, uint64_t size) {
  const Bytes bytes = bytes_at(memory, address, std::min<uint64_t>(size, kShownBytes + 1));
  if (bytes.empty() && size != 0) return std::nullopt;
  return quoted(bytes, kShownBytes);
}

Shown show_pair(const std::optional<std::string>& first, const std::optional<std::string>& second) {
  if (!first || !second) return std::nullopt;
  return "[" + *first + ", " + *second + "]";
}

Shown show_iovec(const MemoryReader& memory, Address address, uint64_t count, uint64_t filled) {
  std::string text;
  for (uint64_t i = 0; i < std::min(count, kMostElementsShown); ++i) {
    const auto part = memory.read_object<kernel::Iovec>(address + i * sizeof(kernel::Iovec));
    if (!part) return text.empty() ? std::nullopt : Shown("[" + text + ", ...]");
    const uint64_t size = std::min(part->length, filled);
    filled -= size;
    const Shown buffer = show_buffer(memory, {part->base}, size);
    text += (i == 0 ? "{iov_base=" : ", {iov_base=") + buffer.value_or("...") +
            ", iov_len=" + std::to_string(part->length) + "}";
  }
  return "[" + text + (count > kMostElementsShown ? ", ...]" : "]");
}

Shown show_message(const MemoryReader& memory, Address address, uint64_t filled) {
  const auto message = memory.read_object<kernel::Msghdr>(address);
  if (!message) return std::nullopt;
  const Bytes name =
      bytes_at(memory, {message->name}, std::min<uint64_t>(message->name_length, kLongestAddress));
  const std::string peer = message->name == 0 ? "NULL" : show_address(name).value_or("...");
  return "{msg_name=" + peer + ", msg_iov=" +
         show_iovec(memory, {message->iov}, message->iov_count, filled).value_or("...") +
         ", msg_iovlen=" + std::to_string(message->iov_count) +
         ", msg_controllen=" + std::to_string(message->control_length) + "}";
}

Shown show_strings(const MemoryReader& memory, Address address) {
  std::string text;
  for (uint64_t i = 0; i < kMostElementsShown; ++i) {
    const auto pointer = memory.read_object<uint64_t>(address + i * sizeof(uint64_t));
    if (!pointer) return text.empty() ? std::nullopt : Shown("[" + text + ", ...]");
    if (*pointer == 0) return "[" + text + "]";
    const Shown one = show_string(memory, {*pointer}, kShownBytes);
    text += (i == 0 ? "" : ", ") + one.value_or("...");
  }
  return "[" + text + ", ...]";
}

Shown show_pollfds(const MemoryReader& memory, Address address, uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < std::min(count, kMostElementsShown); ++i) {
    const auto poll = memory.read_object<kernel::Pollfd>(address + i * sizeof(kernel::Pollfd));
    if (!poll) return std::nullopt;
    text += (i == 0 ? "{fd=" : ", {fd=") + std::to_string(poll->fd) +
            ", events=" + show_poll_events(static_cast<uint16_t>(poll->events)) + "}";
  }
  return "[" + text + (count > kMostElementsShown ? ", ...]" : "]");
}

// What strace puts behind the result: who is ready.
std::string ready_pollfds(const MemoryReader& memory, Address address, uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < std::min(count, kMostElementsShown); ++i) {
    const auto poll = memory.read_object<kernel::Pollfd>(address + i * sizeof(kernel::Pollfd));
    if (!poll || poll->revents == 0) continue;
    text += (text.empty() ? "{fd=" : ", {fd=") + std::to_string(poll->fd) +
            ", revents=" + show_poll_events(static_cast<uint16_t>(poll->revents)) + "}";
  }
  return text.empty() ? "" : " ([" + text + "])";
}

Shown show_epoll_events(const MemoryReader& memory, Address address, uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < std::min(count, kMostElementsShown); ++i) {
    const Address at = address + i * sizeof(kernel::EpollEvent);
    const Shown event = show_epoll_event(bytes_at(memory, at, sizeof(kernel::EpollEvent)));
    if (!event) return std::nullopt;
    text += (i == 0 ? "" : ", ") + *event;
  }
  return "[" + text + (count > kMostElementsShown ? ", ...]" : "]");
}

Shown show_time(const MemoryReader& memory, Address address, const char* fraction) {
  const auto time = memory.read_object<kernel::Timespec>(address);
  if (!time) return std::nullopt;
  return "{tv_sec=" + std::to_string(time->seconds) + ", tv_" + fraction + "=" +
         std::to_string(time->nanoseconds) + "}";
}

template <typename T>
Shown show_number(const MemoryReader& memory, Address address) {
  const auto number = memory.read_object<T>(address);
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

struct Where {
  const MemoryReader& memory;
  const SyscallArguments& call;
  int64_t result;  // 0 at entry

  Address address(const PointeeEntry& entry) const { return {call.args[entry.argument - 1u]}; }
  uint64_t extra(const PointeeEntry& entry) const { return call.args[entry.extra - 1u]; }
  uint64_t count() const { return result < 0 ? 0 : static_cast<uint64_t>(result); }
};

Shown show(const PointeeEntry& entry, const Where& w) {
  const Address at = w.address(entry);
  const auto object = [&] { return bytes_at(w.memory, at, size_of(entry.kind)); };
  constexpr const char* kNano = "nsec";
  constexpr const char* kMicro = "usec";
  switch (entry.kind) {
    case kNone:
      return std::nullopt;
    case kPath:
      return show_string(w.memory, at, SIZE_MAX);
    case kBuffer:
      return show_buffer(w.memory, at, w.extra(entry));
    case kFilled:
      return show_buffer(w.memory, at, w.count());
    case kIovec:
      return show_iovec(w.memory, at, w.extra(entry), UINT64_MAX);
    case kIovecFilled:
      return show_iovec(w.memory, at, w.extra(entry), w.count());
    case kMessage:
      return show_message(w.memory, at, UINT64_MAX);
    case kMessageFilled:
      return show_message(w.memory, at, w.count());
    case kStrings:
      return show_strings(w.memory, at);
    case kAddress:
      return show_address(
          bytes_at(w.memory, at, std::min(w.extra(entry) & UINT32_MAX, kLongestAddress)));
    case kAddressFilled: {
      const auto length = w.memory.read_object<uint32_t>({w.extra(entry)});
      if (!length) return std::nullopt;
      return show_address(bytes_at(w.memory, at, std::min<uint64_t>(*length, kLongestAddress)));
    }
    case kEpollEvent:
      return show_epoll_event(object());
    case kEpollEventsFilled:
      return show_epoll_events(w.memory, at, w.count());
    case kIntPair:
      return show_pair(show_number<int32_t>(w.memory, at), show_number<int32_t>(w.memory, at + 4));
    case kInt: {
      const Shown one = show_number<int32_t>(w.memory, at);
      return one ? Shown("[" + *one + "]") : std::nullopt;
    }
    case kLong: {
      const Shown one = show_number<int64_t>(w.memory, at);
      return one ? Shown("[" + *one + "]") : std::nullopt;
    }
    case kPollfds:
      return show_pollfds(w.memory, at, w.extra(entry) & UINT32_MAX);
    case kRlimit:
      return show_rlimit(object());
    case kSigaction:
      return show_sigaction(object());
    case kSigset: {
      const auto set = w.memory.read_object<uint64_t>(at);
      return set ? Shown(show_signal_set(*set)) : std::nullopt;
    }
    case kStat:
      return show_stat(object());
    case kStatfs:
      return show_statfs(object());
    case kStatx:
      return show_statx(object());
    case kTimespec:
      return show_time(w.memory, at, kNano);
    case kTimespecPair:
      return show_pair(show_time(w.memory, at, kNano),
                       show_time(w.memory, at + sizeof(kernel::Timespec), kNano));
    case kTimeval:
      return show_time(w.memory, at, kMicro);
    case kTimevalPair:
      return show_pair(show_time(w.memory, at, kMicro),
                       show_time(w.memory, at + sizeof(kernel::Timeval), kMicro));
    case kUname:
      return show_uname(object());
    case kWaitStatus:
      return w.count() == 0 ? std::nullopt : show_wait_status(object());
    case kSiginfo:
      return show_siginfo(object());
    case kDirectory:
      return w.count() == 0 ? Shown("/* 0 entries */")
                            : show_directory(bytes_at(w.memory, at, w.count()));
  }
  return std::nullopt;
}

void replace(DescribedCall& text, size_t argument, const Shown& shown) {
  if (shown && argument < text.arguments.size()) text.arguments[argument] = *shown;
}

void show_strings_of(const Row& row, const Where& entry, DescribedCall& text) {
  const uint32_t strings = string_arguments(row);
  for (size_t i = 0; i < entry.call.args.size(); ++i) {
    if ((strings >> i & 1) == 0 || entry.call.args[i] == 0) continue;
    replace(text, i, show_string(entry.memory, {entry.call.args[i]}, SIZE_MAX));
  }
}

void show_pointees(Direction direction, const Where& where, DescribedCall& text) {
  for (const PointeeEntry& entry : pointees_of(where.call.number)) {
    if (entry.direction != direction || where.address(entry).value == 0) continue;
    replace(text, entry.argument - 1u, show(entry, where));
  }
}

// exit and exit_group do not return.
bool has_no_result(const SyscallArguments& call) {
  constexpr int32_t kExit = 93, kExitGroup = 94;
  return call.number == kExit || call.number == kExitGroup;
}

std::string result_text(const SyscallArguments& call, int64_t result) {
  if (has_no_result(call)) return "?";
  const std::string plain = describe_result(call, result);
  constexpr int64_t kFirstRestartCode = 512;
  if (!is_error(result) || -result >= kFirstRestartCode) return plain;
  return plain + " (" + std::strerror(static_cast<int>(-result)) + ")";
}

char octal_digit(unsigned c, unsigned shift) { return static_cast<char>('0' + (c >> shift & 7)); }

void append_quoted(std::string& text, unsigned char c, bool digit_follows) {
  constexpr std::pair<char, const char*> kNamed[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"},
                                                     {'\t', "\\t"}, {'\r', "\\r"},  {'\v', "\\v"},
                                                     {'\f', "\\f"}};
  for (const auto& [named, escape] : kNamed) {
    if (c == static_cast<unsigned char>(named)) {
      text += escape;
      return;
    }
  }
  if (c >= 0x20 && c < 0x7f) {
    text += static_cast<char>(c);
    return;
  }
  // Three digits only where a shorter number would take in the next character.
  text += '\\';
  if (digit_follows || c >= 0100) text += octal_digit(c, 6);
  if (digit_follows || c >= 010) text += octal_digit(c, 3);
  text += octal_digit(c, 0);
}

}  // namespace

std::string quoted(std::span<const std::byte> bytes, size_t limit) {
  std::string text = "\"";
  const size_t end = std::min(bytes.size(), limit);
  for (size_t i = 0; i < end; ++i) {
    const bool has_next = i + 1 < end;
    const auto next = has_next ? static_cast<unsigned char>(bytes[i + 1]) : '\0';
    append_quoted(text, static_cast<unsigned char>(bytes[i]), next >= '0' && next <= '9');
  }
  return text + (bytes.size() > limit ? "\"..." : "\"");
}

uint64_t size_of(Pointee kind) {
  switch (kind) {
    case kEpollEvent:
      return sizeof(kernel::EpollEvent);
    case kIntPair:
    case kLong:
    case kSigset:
      return sizeof(uint64_t);
    case kInt:
    case kWaitStatus:
      return sizeof(int32_t);
    case kRlimit:
      return sizeof(kernel::Rlimit);
    case kSigaction:
      return sizeof(kernel::Sigaction);
    case kStat:
      return sizeof(kernel::Stat);
    case kStatfs:
      return sizeof(kernel::Statfs);
    case kStatx:
      return sizeof(kernel::Statx);
    case kTimespec:
    case kTimeval:
      return sizeof(kernel::Timespec);
    case kTimespecPair:
    case kTimevalPair:
      return 2 * sizeof(kernel::Timespec);
    case kUname:
      return sizeof(kernel::Utsname);
    case kSiginfo:
      return sizeof(kernel::WaitInfo);
    default:
      return 0;
  }
}

std::string DescribedCall::text() const {
  std::string list;
  for (const std::string& argument : arguments) list += (list.empty() ? "" : ", ") + argument;
  return name + "(" + list + ")" + (result.empty() ? "" : " = " + result);
}

DescribedCall describe_entry(const SyscallArguments& call, const MemoryReader& at_entry) {
  DescribedCall text = {call_name(call.number), describe_arguments(call), ""};
  if (const Row* row = find(call.number)) show_strings_of(*row, {at_entry, call, 0}, text);
  show_pointees(Direction::kIn, {at_entry, call, 0}, text);
  return text;
}

DescribedCall describe_call(const SyscallArguments& call, int64_t result,
                            const CallMemory& memory) {
  DescribedCall text = describe_entry(call, memory.at_entry);
  const Where exit = {memory.at_exit, call, result};
  if (!is_error(result)) show_pointees(Direction::kOut, exit, text);
  text.result = result_text(call, result);
  constexpr int32_t kPpoll = 73;
  if (call.number == kPpoll && result > 0)
    text.result += ready_pollfds(memory.at_exit, {call.args[0]}, call.args[1] & UINT32_MAX);
  return text;
}

}  // namespace rr::syscalls
