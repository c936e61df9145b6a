#include "kernel/proc.h"

#include <array>
#include <charconv>
#include <climits>
#include <fcntl.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/bytes.h"
#include "util/check.h"
#include "util/error.h"
#include "util/fd.h"

namespace rr::kernel {
namespace {

std::string proc_path(Tid tid, std::string_view name) {
  return "/proc/" + std::to_string(tid.value) + "/" + std::string(name);
}

// Takes a number off the front of `text`, and one separator behind it.
uint64_t take_number(std::string_view& text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  CHECK(error == std::errc()) << "in /proc/PID/maps: " << text;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return value;
}

MapsEntry parse_line(std::string_view line) {
  MapsEntry entry;
  entry.range.start = {take_number(line, 16)};
  entry.range.size = take_number(line, 16) - entry.range.start.value;
  CHECK(line.size() > 5) << "in /proc/PID/maps: " << line;
  entry.protection = (line[0] == 'r' ? PROT_READ : 0u) | (line[1] == 'w' ? PROT_WRITE : 0u) |
                     (line[2] == 'x' ? PROT_EXEC : 0u);
  entry.shared = line[3] == 's';
  line.remove_prefix(5);
  entry.file_offset = take_number(line, 16);
  const auto major_number = static_cast<unsigned>(take_number(line, 16));
  const auto minor_number = static_cast<unsigned>(take_number(line, 16));
  entry.device = makedev(major_number, minor_number);
  entry.inode = take_number(line, 10);
  const size_t name = line.find_first_not_of(' ');
  if (name != std::string_view::npos) entry.name = line.substr(name);
  return entry;
}

// From the state on. The command's name may hold blanks and parentheses; what follows the last one
// does not.
std::string behind_name_in_stat(Tid tid) {
  const std::string text = read_proc_file(tid, "stat");
  const size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() ? ""
                                                                      : text.substr(name_end + 2);
}

}  // namespace

std::vector<MapsEntry> parse_maps(std::string_view text) {
  std::vector<MapsEntry> entries;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end != 0) entries.push_back(parse_line(text.substr(0, end)));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return entries;
}

std::vector<MapsEntry> read_maps(Tid tid) { return parse_maps(read_proc_file(tid, "maps")); }

namespace {

// Hands each page of the range that is present or swapped to `take`, with its entry.
template <typename Take>
void for_each_page(Tid tid, AddressRange range, const Take& take) {
  constexpr uint64_t kPresent = uint64_t{1} << 63;
  constexpr uint64_t kSwapped = uint64_t{1} << 62;
  const uint64_t page = page_size();
  OwnedFd fd(::open(proc_path(tid, "pagemap").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) fail_errno("open", proc_path(tid, "pagemap"), "", ExitCode::kUnavailable);
  std::array<uint64_t, 512> entries;
  for (Address at = range.start; at < range.end();) {
    const uint64_t left = (range.end() - at) / page;
    const size_t count = std::min<uint64_t>(entries.size(), left);
    const ssize_t n =
        ::pread(fd.get(), entries.data(), count * 8, static_cast<off_t>(at.value / page * 8));
    if (n <= 0) break;
    for (size_t i = 0; i < static_cast<size_t>(n) / 8; ++i, at = at + page) {
      if ((entries[i] & (kPresent | kSwapped)) != 0) take(at, entries[i]);
    }
  }
}

}  // namespace

std::vector<AddressRange> private_pages(Tid tid, AddressRange range) {
  constexpr uint64_t kFileOrShared = uint64_t{1} << 61;
  const uint64_t page = page_size();
  std::vector<AddressRange> pages;
  for_each_page(tid, range, [&](Address at, uint64_t entry) {
    if ((entry & kFileOrShared) != 0) return;
    if (!pages.empty() && pages.back().end() == at) {
      pages.back().size += page;
    } else {
      pages.push_back({at, page});
    }
  });
  return pages;
}

bool has_pages(Tid tid, AddressRange range) {
  bool has_any = false;
  for_each_page(tid, range, [&](Address, uint64_t) { has_any = true; });
  return has_any;
}

std::string read_proc_file(Tid tid, std::string_view name) {
  return read_file(proc_path(tid, name));
}

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t n = ::readlink(path.c_str(), buffer.data(), buffer.size());
  return n < 0 ? std::string() : std::string(buffer.data(), static_cast<size_t>(n));
}

std::string read_file(const std::string& path) {
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd.is_open()) return text;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
}

std::string read_proc_link(Tid tid, std::string_view name) {
  return read_link(proc_path(tid, name));
}

std::vector<Tid> tids_in_namespaces(std::string_view status) {
  constexpr std::string_view kName = "\nNSpid:";
  std::vector<Tid> tids;
  const size_t line = status.find(kName);
  if (line == std::string_view::npos) return tids;
  std::string_view text = status.substr(line + kName.size());
  text = text.substr(0, text.find('\n'));
  while (!text.empty()) {
    int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc()) tids.push_back({number});
    text.remove_prefix(error == std::errc() ? static_cast<size_t>(end - text.data()) : 1);
  }
  return tids;
}

std::vector<Tid> tids_in_namespaces(Tid tid) {
  return tids_in_namespaces(read_proc_file(tid, "status"));
}

Tid own_tid(Tid tid) {
  const std::vector<Tid> tids = tids_in_namespaces(tid);
  return tids.empty() ? tid : tids.back();
}

OwnName own_name(const std::string& folder) {
  const std::vector<Tid> tids = tids_in_namespaces(read_file(folder + "/status"));
  return {read_link(folder + "/ns/pid"), tids.empty() ? Tid{0} : tids.back()};
}

OwnName own_name(Tid tid) { return own_name("/proc/" + std::to_string(tid.value)); }

std::optional<char> thread_state(Tid tid) {
  const std::string text = behind_name_in_stat(tid);
  return text.empty() ? std::nullopt : std::optional(text[0]);
}

Pid parent_of(Tid tid) {
  char state = 0;
  Pid parent{0};
  std::istringstream(behind_name_in_stat(tid)) >> state >> parent.value;
  return parent;
}

bool is_gone(Tid tid) {
  const std::optional<char> state = thread_state(tid);
  return !state || *state == 'Z' || *state == 'X';
}

int nice_value(Tid tid) {
  errno = 0;
  const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid.value));
  return errno == 0 ? nice : 0;
}

uint64_t page_up(uint64_t value) { return round_up(value, page_size()); }

uint64_t page_size() {
  static const auto size = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace rr::kernel
