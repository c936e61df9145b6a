// What a call has mapped, and what is to be kept of it.

#include <algorithm>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "kernel/proc.h"
#include "record/half_done.h"
#include "record/recorder.h"
#include "record/segments.h"

namespace rr::record {
namespace {

// Whether what is written through the mapping reaches the file: the descriptor decides, since
// mprotect can allow it later.
MappedFor purpose_of(Tid tid, int32_t fd, uint32_t flags) {
  if ((flags & MAP_SHARED) == 0) return MappedFor::kReading;  // nor MAP_SHARED_VALIDATE
  const std::string info = kernel::read_proc_file(tid, "fdinfo/" + std::to_string(fd));
  constexpr std::string_view kFlags = "flags:";
  const size_t at = info.find(kFlags);
  if (at == std::string::npos) return MappedFor::kSharedWriting;
  const uint64_t opened = std::strtoull(info.c_str() + at + kFlags.size(), nullptr, 8);
  return (opened & O_ACCMODE) == O_RDWR ? MappedFor::kSharedWriting : MappedFor::kReading;
}

// What of the mapping shows the page that the file ends in, from that end on. It is not the file's,
// but what a shared mapping left there others see until the kernel clears it, as it may when it
// writes the page to disk (ext4_bio_write_folio in fs/ext4/page-io.c, 6.12) or never (tmpfs).
AddressRange behind_end_of_file(const trace::Mapping& mapping, const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  const auto size = static_cast<uint64_t>(status.st_size);
  const uint64_t shown = size - std::min(size, mapping.file_offset);
  if (shown == 0 || shown >= mapping.range.size) return {};
  return {mapping.range.start + shown, round_up(shown, kernel::page_size()) - shown};
}

}  // namespace

std::optional<trace::Mapping> Recorder::mapping_made_by(Task& task, const InCall& call,
                                                        int64_t result) {
  using syscalls::Special;
  const bool failed = result < 0 && result >= -4095;
  if (failed) {
    const auto done = half_done(task.thread.real(), call.row->special, call.call, result);
    const bool unmaps =
        call.row->special == Special::kMmap || call.row->special == Special::kMremap;
    if (done && unmaps) task.thread.space().forget_planted(done->range);
    return done;
  }
  const Address start{static_cast<uint64_t>(result)};
  if (call.row->special == Special::kMmap) return file_mapping(task, call.call, start);
  if (call.row->special == Special::kShmat) {
    return segment_mapping(task, static_cast<int32_t>(call.call.args[0]), start);
  }
  return std::nullopt;
}

trace::Mapping Recorder::file_mapping(Task& task, const SyscallArguments& call, Address start) {
  const auto& args = call.args;
  const Tid tid = task.thread.real();
  trace::Mapping mapping{.range = {start, round_up(args[1], kernel::page_size())},
                         .protection = static_cast<uint32_t>(args[2]),
                         .flags = static_cast<uint32_t>(args[3]),
                         .file = std::nullopt,
                         .file_offset = 0,
                         .name = ""};
  if ((mapping.flags & MAP_ANONYMOUS) != 0) return mapping;
  const auto fd = static_cast<int32_t>(args[4]);
  const std::string link = "fd/" + std::to_string(fd);
  mapping.file_offset = args[5];
  mapping.name = kernel::read_proc_link(tid, link);
  const std::string path = "/proc/" + std::to_string(tid.value) + "/" + link;
  const MappedFor purpose = purpose_of(tid, fd, mapping.flags);
  mapping.file = sink_.files().map(path, mapping.name, purpose);
  task.thread.space().forget_planted(mapping.range);
  machine_reads_.plant(task.thread.space(), mapping, path);
  if (!mapping.file) {
    // A device or the like: what it shows now is all that can be kept.
    sink_.add_memory(task.thread.space(), mapping.range.start, mapping.range.size);
  } else if (purpose == MappedFor::kSharedWriting && (mapping.protection & PROT_WRITE) != 0) {
    // A replay cannot write to a shared mapping that is not writable; it keeps what it had.
    const AddressRange rest = behind_end_of_file(mapping, path);
    sink_.add_memory(task.thread.space(), rest.start, rest.size);
  }
  return mapping;
}

std::optional<trace::Mapping> Recorder::segment_mapping(Task& task, int32_t segment,
                                                        Address start) {
  for (const kernel::MapsEntry& entry : kernel::read_maps(task.thread.real())) {
    if (entry.range.start != start) continue;
    if (segments_.insert(segment).second && may_hold_anything(segment)) {
      sink_.add_memory(task.thread.space(), start, entry.range.size);
    }
    return trace::Mapping{.range = entry.range,
                          .protection = entry.protection,
                          .flags = MAP_SHARED,
                          .file = std::nullopt,
                          .file_offset = 0,
                          .name = entry.name,
                          .segment = segment};
  }
  return std::nullopt;
}

// What is planted goes with the memory that it is in.
void Recorder::note_changed_mappings(Task& task, const InCall& call, int64_t result) {
  using syscalls::Special;
  tracee::AddressSpace& space = task.thread.space();
  const auto& args = call.call.args;
  const AddressRange range{{args[0]}, round_up(args[1], kernel::page_size())};
  const bool failed = result < 0 && result >= -4095;
  switch (call.row->special) {
    case Special::kMmap:
    case Special::kShmat:
      if (call.row->special == Special::kShmat || (args[3] & MAP_SHARED) != 0)
        task.shared_ranges->forget();
      if (!failed && (args[3] & MAP_ANONYMOUS) != 0) {
        space.forget_planted({{static_cast<uint64_t>(result)}, range.size});
      }
      return;
    case Special::kMunmap:
      if (!failed) space.forget_planted(range);
      return;
    case Special::kMremap:
      task.shared_ranges->note_moved(range);
      if (!failed) space.move_planted(range, {static_cast<uint64_t>(result)});
      return;
    case Special::kMprotect:
      if (!failed && (args[2] & PROT_EXEC) != 0) machine_reads_.plant(space, range);
      return;
    case Special::kMadvise:
      space.replant(range);
      return;
    default:
      return;
  }
}

}  // namespace rr::record
