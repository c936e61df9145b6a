#include "syscalls/show_objects.h"

#include <bit>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "syscalls/describe_memory.h"
#include "syscalls/errno_names.h"
#include "syscalls/flags.h"
#include "syscalls/kernel_types.h"

namespace rr::syscalls {
namespace {

using Span = std::span<const std::byte>;

// At a fixed place of the kernel's structure; the caller has seen to it that it is there.
template <typename T>
T at(Span bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string number(uint64_t value) { return std::to_string(value); }

std::string hexadecimal(uint64_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

std::string text_until_zero(Span bytes) {
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  return {begin, ::strnlen(begin, bytes.size())};
}

std::string quoted_text(const std::string& text) {
  return quoted(std::as_bytes(std::span(text)), text.size());
}

constexpr uint32_t kTypeMask = 0170000;
constexpr uint32_t kCharacterDevice = 0020000;
constexpr uint32_t kBlockDevice = 0060000;
constexpr Flag kFileTypes[] = {{0010000, "S_IFIFO"}, {0020000, "S_IFCHR"}, {0040000, "S_IFDIR"},
                               {0060000, "S_IFBLK"}, {0100000, "S_IFREG"}, {0120000, "S_IFLNK"},
                               {0140000, "S_IFSOCK"}};

std::string mode_text(uint32_t mode) {
  std::ostringstream permissions;
  permissions << std::oct << '0' << (mode & ~kTypeMask);
  for (const Flag& type : kFileTypes) {
    if (type.value == (mode & kTypeMask)) return std::string(type.name) + "|" + permissions.str();
  }
  std::ostringstream whole;
  whole << std::oct << '0' << mode;
  return whole.str();
}

std::string device_text(uint64_t device) {
  constexpr unsigned kMinorBits = 8;
  const uint64_t high = device >> kMinorBits & 0xfff;
  const uint64_t low = (device & 0xff) | (device >> 12 & 0xfff00);
  return "makedev(" + hexadecimal(high) + ", " + hexadecimal(low) + ")";
}

constexpr uint16_t kUnix = 1, kInet = 2, kInet6 = 10, kNetlink = 16;

std::string port_text(Span bytes) {
  return number(static_cast<unsigned>(bytes[2]) << 8 | static_cast<unsigned>(bytes[3]));
}

std::string unix_address(Span bytes) {
  const Span path = bytes.subspan(2);
  if (path.empty()) return "{sa_family=AF_UNIX}";
  const bool is_abstract = path[0] == std::byte{0};
  const std::string shown =
      is_abstract ? "@" + quoted(path.subspan(1), path.size()) : quoted_text(text_until_zero(path));
  return "{sa_family=AF_UNIX, sun_path=" + shown + "}";
}

std::string inet_address(Span bytes) {
  std::string address;
  for (size_t i = 4; i < 8; ++i)
    address += (i == 4 ? "" : ".") + number(static_cast<unsigned>(bytes[i]));
  return "{sa_family=AF_INET, sin_port=htons(" + port_text(bytes) + "), sin_addr=inet_addr(\"" +
         address + "\")}";
}

std::string inet6_address(Span bytes) {
  char text[48];
  char* out = text;
  for (size_t i = 8; i < 24; i += 2) {
    const unsigned group =
        static_cast<unsigned>(bytes[i]) << 8 | static_cast<unsigned>(bytes[i + 1]);
    out += std::snprintf(out, 6, i == 8 ? "%x" : ":%x", group);
  }
  return "{sa_family=AF_INET6, sin6_port=htons(" + port_text(bytes) + "), sin6_addr=\"" +
         std::string(text) + "\"}";
}

constexpr Flag kActionBits[] = {
    {0x1, "SA_NOCLDSTOP"},      {0x2, "SA_NOCLDWAIT"},      {0x4, "SA_SIGINFO"},
    {0x400, "SA_UNSUPPORTED"},  {0x4000000, "SA_RESTORER"}, {0x8000000, "SA_ONSTACK"},
    {0x10000000, "SA_RESTART"}, {0x40000000, "SA_NODEFER"}, {0x80000000, "SA_RESETHAND"}};
constexpr FlagSet kActionFlags = {"", 0, {}, kActionBits};

constexpr Flag kEventBits[] = {{0x1, "POLLIN"},       {0x2, "POLLPRI"},     {0x4, "POLLOUT"},
                               {0x8, "POLLERR"},      {0x10, "POLLHUP"},    {0x20, "POLLNVAL"},
                               {0x40, "POLLRDNORM"},  {0x80, "POLLRDBAND"}, {0x100, "POLLWRNORM"},
                               {0x200, "POLLWRBAND"}, {0x400, "POLLMSG"},   {0x2000, "POLLRDHUP"}};
constexpr FlagSet kEvents = {"", 0, {}, kEventBits};

constexpr Flag kEpollEventBits[] = {{0x1, "EPOLLIN"},
                                    {0x2, "EPOLLPRI"},
                                    {0x4, "EPOLLOUT"},
                                    {0x8, "EPOLLERR"},
                                    {0x10, "EPOLLHUP"},
                                    {0x2000, "EPOLLRDHUP"},
                                    {0x10000000, "EPOLLEXCLUSIVE"},
                                    {0x20000000, "EPOLLWAKEUP"},
                                    {0x40000000, "EPOLLONESHOT"},
                                    {0x80000000, "EPOLLET"}};
constexpr FlagSet kEpollEvents = {"", 0, {}, kEpollEventBits};

constexpr Flag kCodes[] = {{0, "SI_USER"}, {0x80, "SI_KERNEL"}};
constexpr Flag kChildCodes[] = {{1, "CLD_EXITED"},  {2, "CLD_KILLED"},  {3, "CLD_DUMPED"},
                                {4, "CLD_TRAPPED"}, {5, "CLD_STOPPED"}, {6, "CLD_CONTINUED"}};
constexpr Flag kFaultCodes[] = {{1, "SEGV_MAPERR"}, {2, "SEGV_ACCERR"}};

const char* name_in(std::span<const Flag> names, uint64_t value) {
  for (const Flag& name : names) {
    if (name.value == value) return name.name;
  }
  return nullptr;
}

constexpr int32_t kIllegal = 4, kTrap = 5, kBus = 7, kFloat = 8, kSegv = 11, kChild = 17;

std::string code_text(int32_t signal, int32_t code) {
  const std::span<const Flag> own = signal == kChild  ? std::span<const Flag>(kChildCodes)
                                    : signal == kSegv ? std::span<const Flag>(kFaultCodes)
                                                      : std::span<const Flag>();
  const char* name = name_in(code > 0 && code < 0x80 ? own : kCodes, static_cast<uint32_t>(code));
  if (name != nullptr) return name;
  constexpr Flag kNegative[] = {{1, "SI_QUEUE"},   {2, "SI_TIMER"}, {3, "SI_MESGQ"},
                                {4, "SI_ASYNCIO"}, {5, "SI_SIGIO"}, {6, "SI_TKILL"}};
  if (code < 0) name = name_in(kNegative, static_cast<uint64_t>(-int64_t{code}));
  return name != nullptr ? name : std::to_string(code);
}

}  // namespace

std::optional<std::string> show_stat(Span bytes) {
  if (bytes.size() < sizeof(kernel::Stat)) return std::nullopt;
  const auto mode = at<uint32_t>(bytes, 16);
  const uint32_t type = mode & kTypeMask;
  const bool is_device = type == kCharacterDevice || type == kBlockDevice;
  const std::string size = is_device ? "st_rdev=" + device_text(at<uint64_t>(bytes, 32))
                                     : "st_size=" + number(at<uint64_t>(bytes, 48));
  return "{st_mode=" + mode_text(mode) + ", " + size + ", ...}";
}

std::optional<std::string> show_statx(Span bytes) {
  if (bytes.size() < sizeof(kernel::Statx)) return std::nullopt;
  return "{stx_mask=" + hexadecimal(at<uint32_t>(bytes, 0)) +
         ", stx_mode=" + mode_text(at<uint16_t>(bytes, 28)) +
         ", stx_size=" + number(at<uint64_t>(bytes, 40)) + ", ...}";
}

std::optional<std::string> show_statfs(Span bytes) {
  if (bytes.size() < sizeof(kernel::Statfs)) return std::nullopt;
  return "{f_type=" + hexadecimal(at<uint64_t>(bytes, 0)) +
         ", f_bsize=" + number(at<uint64_t>(bytes, 8)) +
         ", f_blocks=" + number(at<uint64_t>(bytes, 16)) +
         ", f_bfree=" + number(at<uint64_t>(bytes, 24)) + ", ...}";
}

std::optional<std::string> show_address(Span bytes) {
  constexpr size_t kInetSize = 16, kInet6Size = 28, kNetlinkSize = 12;
  if (bytes.size() < sizeof(uint16_t)) return std::nullopt;
  const auto family = at<uint16_t>(bytes, 0);
  if (family == kUnix) return unix_address(bytes);
  if (family == kInet && bytes.size() >= kInetSize) return inet_address(bytes);
  if (family == kInet6 && bytes.size() >= kInet6Size) return inet6_address(bytes);
  const FlagSet* families = find_flag_set("af");
  const std::string name = families == nullptr ? number(family) : describe_flags(*families, family);
  if (family == kNetlink && bytes.size() >= kNetlinkSize)
    return "{sa_family=" + name + ", nl_pid=" + number(at<uint32_t>(bytes, 4)) +
           ", nl_groups=" + hexadecimal(at<uint32_t>(bytes, 8)) + "}";
  return "{sa_family=" + name + ", ...}";
}

std::string show_signal_set(uint64_t set) {
  constexpr int kMostOfThem = 32;
  const bool is_negated = std::popcount(set) > kMostOfThem;
  const uint64_t listed = is_negated ? ~set : set;
  std::string text;
  for (int signal = 1; signal <= 64; ++signal) {
    if ((listed >> (signal - 1) & 1) == 0) continue;
    const std::string name = signal_name(signal);
    text += (text.empty() ? "" : " ") + (name.starts_with("SIG") ? name.substr(3) : name);
  }
  return (is_negated ? "~[" : "[") + text + "]";
}

std::string show_poll_events(uint16_t events) { return describe_flags(kEvents, events); }

std::optional<std::string> show_sigaction(Span bytes) {
  const auto action = object_from<kernel::Sigaction>(bytes);
  if (!action) return std::nullopt;
  const std::string handler = action->handler == 0   ? "SIG_DFL"
                              : action->handler == 1 ? "SIG_IGN"
                                                     : hexadecimal(action->handler);
  return "{sa_handler=" + handler + ", sa_mask=" + show_signal_set(action->mask) +
         ", sa_flags=" + describe_flags(kActionFlags, action->flags) + "}";
}

std::optional<std::string> show_siginfo(Span bytes) {
  constexpr size_t kLeast = 24;  // up to si_pid, si_uid or si_addr
  if (bytes.size() < kLeast) return std::nullopt;
  const auto signal = at<int32_t>(bytes, 0);
  const auto code = at<int32_t>(bytes, 8);
  if (signal == 0) return "{}";
  std::string text = "{si_signo=" + signal_name(signal) + ", si_code=" + code_text(signal, code);
  const bool is_fault = signal == kIllegal || signal == kTrap || signal == kBus ||
                        signal == kFloat || signal == kSegv;
  constexpr int32_t kFromKernel = 0x80;
  constexpr int32_t kTimer = -2;
  if (is_fault && code > 0 && code != kFromKernel) {
    const auto address = at<uint64_t>(bytes, 16);
    return text + ", si_addr=" + (address == 0 ? "NULL" : hexadecimal(address)) + "}";
  }
  if (code == kTimer) {
    return text + ", si_timerid=" + hexadecimal(at<uint32_t>(bytes, 16)) +
           ", si_overrun=" + std::to_string(at<int32_t>(bytes, 20)) + "}";
  }
  if (code == kFromKernel) return text + "}";
  text += ", si_pid=" + std::to_string(at<int32_t>(bytes, 16)) +
          ", si_uid=" + number(at<uint32_t>(bytes, 20));
  if (signal == kChild && bytes.size() >= kLeast + sizeof(int32_t))
    text += ", si_status=" + std::to_string(at<int32_t>(bytes, kLeast));
  return text + "}";
}

std::optional<std::string> show_rlimit(Span bytes) {
  const auto limit = object_from<kernel::Rlimit>(bytes);
  if (!limit) return std::nullopt;
  const auto show = [](uint64_t value) -> std::string {
    if (value == UINT64_MAX) return "RLIM64_INFINITY";
    constexpr uint64_t kUnit = 1024;
    return value > kUnit && value % kUnit == 0 ? number(value / kUnit) + "*1024" : number(value);
  };
  return "{rlim_cur=" + show(limit->soft) + ", rlim_max=" + show(limit->hard) + "}";
}

std::optional<std::string> show_uname(Span bytes) {
  constexpr size_t kField = 65;
  if (bytes.size() < 2 * kField) return std::nullopt;
  return "{sysname=" + quoted_text(text_until_zero(bytes.first(kField))) +
         ", nodename=" + quoted_text(text_until_zero(bytes.subspan(kField, kField))) + ", ...}";
}

std::optional<std::string> show_wait_status(Span bytes) {
  if (bytes.size() < sizeof(int32_t)) return std::nullopt;
  const auto status = at<uint32_t>(bytes, 0);
  const uint32_t signal = status & 0x7f;
  const uint32_t code = status >> 8 & 0xff;
  if (status == 0xffff) return "[{WIFCONTINUED(s)}]";
  if ((status & 0xff) == 0x7f)
    return "[{WIFSTOPPED(s) && WSTOPSIG(s) == " + signal_name(code) + "}]";
  if (signal == 0) return "[{WIFEXITED(s) && WEXITSTATUS(s) == " + number(code) + "}]";
  const std::string core = (status & 0x80) != 0 ? " && WCOREDUMP(s)" : "";
  return "[{WIFSIGNALED(s) && WTERMSIG(s) == " + signal_name(signal) + core + "}]";
}

std::optional<std::string> show_epoll_event(Span bytes) {
  const auto event = object_from<kernel::EpollEvent>(bytes);
  if (!event) return std::nullopt;
  return "{events=" + describe_flags(kEpollEvents, event->events) +
         ", data=" + hexadecimal(event->data) + "}";
}

std::optional<std::string> show_directory(Span bytes) {
  constexpr size_t kLengthAt = 16, kHeader = 19;
  size_t count = 0;
  while (bytes.size() >= kHeader) {
    const size_t length = at<uint16_t>(bytes, kLengthAt);
    if (length < kHeader || length > bytes.size()) break;
    bytes = bytes.subspan(length);
    ++count;
  }
  return "/* " + std::to_string(count) + " entries */";
}

}  // namespace rr::syscalls
