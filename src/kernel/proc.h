// What /proc tells of a process: its mappings, which pages differ from their file, its name and
// threads. The maps parser is a pure function of the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/types.h"

namespace rr::kernel {

// A line of /proc/PID/maps.
struct MapsEntry {
  AddressRange range;
  uint32_t protection = 0;  // PROT_*
  bool shared = false;
  uint64_t file_offset = 0;  // bytes
  uint64_t device = 0;       // as st_dev
  uint64_t inode = 0;        // 0: not a file
  std::string name;
};

std::vector<MapsEntry> parse_maps(std::string_view text);
std::vector<MapsEntry> read_maps(Tid tid);

// The pages in `range` that are the process's own (written to, not the file's or the zero page):
// bit 61 of /proc/PID/pagemap clear for a page that is present or swapped
// (Documentation/admin-guide/mm/pagemap.rst). Adjacent pages are joined.
std::vector<AddressRange> private_pages(Tid tid, AddressRange range);
// Whether the process's page tables have any page of the range, or one that is swapped.
bool has_pages(Tid tid, AddressRange range);

// A whole small file; empty when it cannot be read.
std::string read_file(const std::string& path);
// The target of a symbolic link; empty when it cannot be read.
std::string read_link(const std::string& path);
// A whole small file of /proc/TID; empty when it cannot be read.
std::string read_proc_file(Tid tid, std::string_view name);
// The target of /proc/TID/NAME; empty when it cannot be read.
std::string read_proc_link(Tid tid, std::string_view name);

// The thread's numbers in the pid namespaces that it is in, from the outermost to its own (NSpid in
// /proc/TID/status, or in the text of that file). Empty for a thread that is not there.
std::vector<Tid> tids_in_namespaces(std::string_view status);
std::vector<Tid> tids_in_namespaces(Tid tid);

// The number by which the thread knows itself, in its own pid namespace.
Tid own_tid(Tid tid);

// The same for all who look, from whatever namespace: its own, as /proc/TID/ns/pid names it, and
// the number there.
struct OwnName {
  std::string pid_namespace;
  Tid tid;
  bool operator==(const OwnName&) const = default;
};
// `folder` is its /proc/TID, of any mount of proc.
OwnName own_name(const std::string& folder);
OwnName own_name(Tid tid);

// As in /proc/TID/stat: R, S, D, T, t, Z, X; nothing for a thread that is not there.
std::optional<char> thread_state(Tid tid);
// The process it would be waited for by; 0 for a thread that is not there.
Pid parent_of(Tid tid);
// Whether it has ended: nothing runs in it any more, though it may still be waited for.
bool is_gone(Tid tid);

// -20 … 19; 0 for a thread that is gone.
int nice_value(Tid tid);

uint64_t page_size();
// The next multiple of it, or the value itself.
uint64_t page_up(uint64_t value);

}  // namespace rr::kernel
