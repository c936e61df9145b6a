#include "replay/page_ownership.h"

#include <algorithm>
#include <fcntl.h>
#include <span>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/syscall_numbers.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"
#include "util/fd.h"

namespace rr::replay {
namespace {

using aarch64::ExclusiveLoops;

bool has_lse() { return (::getauxval(AT_HWCAP) & aarch64::kHwcapAtomics) != 0; }

// Of what is mapped as code; shorter where the file is. Nothing if it cannot be read by its name.
std::optional<std::vector<uint32_t>> read_code(const kernel::MapsEntry& entry) {
  const OwnedFd fd(::open(entry.name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0 || status.st_ino != entry.inode)
    return std::nullopt;
  const auto size = static_cast<uint64_t>(status.st_size);
  if (entry.file_offset >= size) return std::vector<uint32_t>();
  std::vector<uint32_t> code(std::min(entry.range.size, size - entry.file_offset) / 4);
  auto rest = std::as_writable_bytes(std::span(code));
  auto offset = static_cast<off_t>(entry.file_offset);
  while (!rest.empty()) {
    const ssize_t got = ::pread(fd.get(), rest.data(), rest.size(), offset);
    if (got <= 0) return std::nullopt;
    rest = rest.subspan(static_cast<size_t>(got));
    offset += got;
  }
  return code;
}

bool is_code_of_a_file(const kernel::MapsEntry& entry) {
  return entry.inode != 0 && !entry.shared && (entry.protection & PROT_WRITE) == 0;
}

// In replay it is memory like any other.
std::optional<Address> vdso_of(const Process& process) {
  for (const trace::Mapping& mapping : process.exec_mappings) {
    if (mapping.name == "[vdso]") return mapping.range.start;
  }
  return std::nullopt;
}

}  // namespace

const ExclusiveLoops& CodeFiles::loops_in(const kernel::MapsEntry& entry) {
  const Part part{entry.device, entry.inode, entry.file_offset, entry.range.size};
  const auto known = known_.find(part);
  if (known != known_.end()) return known->second;
  const auto code = read_code(entry);
  return known_
      .emplace(part, code ? aarch64::find_exclusive_loops(*code, {0})
                          : ExclusiveLoops{.has_own = true, .switches = {}})
      .first->second;
}

bool CodeFiles::may_loop(const Task& task) {
  if (!has_lse()) return true;
  const auto vdso = vdso_of(*task.process);
  const auto is_known = [&](const kernel::MapsEntry& entry) {
    return (vdso && entry.range.contains(*vdso)) || tracee::low_pages().contains(entry.range.start);
  };
  const tracee::AddressSpace& memory = task.thread.space();
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    if ((entry.protection & PROT_EXEC) == 0 || is_known(entry)) continue;
    if (!is_code_of_a_file(entry)) return true;
    const ExclusiveLoops& loops = loops_in(entry);
    const auto is_off = [&](Address distance) {
      const auto value = memory.read_object<uint8_t>(entry.range.start + distance.value);
      return !value || *value == 0;
    };
    if (loops.has_own || std::any_of(loops.switches.begin(), loops.switches.end(), is_off)) {
      return true;
    }
  }
  return false;
}

void take_pages(Task& task) {
  constexpr uint64_t kPopulateWrite = 23;  // MADV_POPULATE_WRITE
  tracee::RemoteCall remote(task.thread, tracee::RemoteCall::Via::kBreakpoint);
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    const bool may_be_written = (entry.protection & PROT_WRITE) != 0 && !entry.shared;
    if (!may_be_written || tracee::low_pages().contains(entry.range.start)) continue;
    for (const AddressRange& pages : kernel::private_pages(task.thread.real(), entry.range)) {
      remote.call(aarch64::kSysMadvise, pages.start.value, pages.size, kPopulateWrite);
    }
  }
}

}  // namespace rr::replay
