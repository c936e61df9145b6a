#include "record/new_program.h"

#include <charconv>
#include <sstream>
#include <sys/mman.h>
#include <sys/resource.h>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/syscall_numbers.h"
#include "arch/aarch64/syscall_stops.h"
#include "arch/aarch64/vdso.h"
#include "kernel/counter_register.h"
#include "kernel/proc.h"
#include "record/program_view.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"
#include "util/check.h"
#include "util/log.h"

namespace rr::record {

uint64_t stack_limit(Tid tid) {
  rlimit limit{};
  return ::prlimit(tid.value, RLIMIT_STACK, nullptr, &limit) == 0 ? limit.rlim_cur : 0;
}

namespace {

using kernel::MapsEntry;
using tracee::Thread;

// Field 47 of /proc/PID/stat: where the heap begins.
Address start_of_heap(Tid tid) {
  const std::string text = kernel::read_proc_file(tid, "stat");
  // The command's name may hold blanks and parentheses; what follows the last one does not.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string field;
  for (int number = 3; number <= 47; ++number) fields >> field;
  uint64_t value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return {value};
}

std::vector<std::string> command_line(Tid tid) {
  std::istringstream text(kernel::read_proc_file(tid, "cmdline"));
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(text, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

bool is_kernel_data(const MapsEntry& entry) {
  return entry.name == "[vvar]" || entry.name == "[vvar_vclock]";
}

// Hides from the program, on its first stack, what it must not rely on.
void mask_auxiliary_vector(Thread& thread) {
  tracee::AddressSpace& space = thread.space();
  const auto vector = aarch64::find_auxiliary_vector(space, Arch::sp(thread.stopped().registers()));
  if (!vector) return;
  for (Address at = *vector;; at = at + 16) {
    const auto type = space.read_object<uint64_t>(at);
    const auto value = space.read_object<uint64_t>(at + 8);
    if (!type || !value || *type == aarch64::kAuxNull) return;
    const uint64_t shown = aarch64::shown_auxiliary_value(*type, *value);
    if (shown != *value) space.write_all(at + 8, bytes_of(shown));
  }
}

void replace_vdso_functions(Thread& thread, const MapsEntry& vdso) {
  Bytes image(vdso.range.size);
  image.resize(thread.space().read(vdso.range.start, image));
  for (const aarch64::VdsoPatch& patch : aarch64::vdso_patches(image, tracee::kClockCode)) {
    thread.space().write_all(vdso.range.start + patch.offset, patch.bytes);
  }
}

// The process's own view of a path, so that a changed root or mount does not mislead.
std::string path_here(const Thread& thread, const std::string& path) {
  return "/proc/" + std::to_string(thread.real().value) + "/root" + path;
}

// Kernels before 6.12 refuse it. execve has undone an earlier one.
CounterTrap trap_counter(Thread& thread) {
  tracee::RemoteCall remote(thread, tracee::RemoteCall::Via::kSyscallStops);
  const int64_t result =
      remote.call(aarch64::kSysPrctl, kernel::kSetTsc, kernel::kTscRaisesSigsegv);
  return result == 0 ? CounterTrap::kByKernel : CounterTrap::kByBreakpoint;
}

uint32_t mapping_flags(const MapsEntry& entry) {
  uint32_t flags = entry.shared ? MAP_SHARED : MAP_PRIVATE;
  if (entry.inode == 0) flags |= MAP_ANONYMOUS;
  if (entry.name == "[stack]") flags |= MAP_GROWSDOWN;
  return flags;
}

trace::Mapping take_down(Thread& thread, const MapsEntry& entry, TraceSink& sink) {
  trace::Mapping mapping{.range = entry.range,
                         .protection = entry.protection,
                         .flags = mapping_flags(entry),
                         .file = std::nullopt,
                         .file_offset = entry.file_offset,
                         .name = entry.name};
  if (entry.inode != 0) {
    mapping.file = sink.files().map(path_here(thread, entry.name), entry.name, MappedFor::kReading);
    if (!mapping.file) mapping.flags |= MAP_ANONYMOUS;
  }
  if (entry.name == "[vdso]" || (entry.inode != 0 && !mapping.file)) {
    sink.add_memory(thread.space(), entry.range.start, entry.range.size);
    return mapping;
  }
  for (const AddressRange& pages : kernel::private_pages(thread.real(), entry.range)) {
    sink.add_memory(thread.space(), pages.start, pages.size);
  }
  return mapping;
}

}  // namespace

trace::Frame capture_new_program(Thread& thread, tracee::ScratchAreas scratch, TraceSink& sink,
                                 MachineReads& reads) {
  tracee::install_low_pages(thread, aarch64::ClockSource::kKernel, scratch);
  reads.set_counter_trap(trap_counter(thread));
  mask_auxiliary_vector(thread);
  mask_kernels_auxiliary_vector(thread);
  trace::ExecEvent event;
  event.executable = kernel::read_proc_link(thread.real(), "exe");
  event.arguments = command_line(thread.real());
  event.program_break = start_of_heap(thread.real());
  event.stack_limit = stack_limit(thread.real());
  const AddressRange ours = tracee::low_pages();
  for (const MapsEntry& entry : kernel::read_maps(thread.real())) {
    if (ours.contains(entry.range.start) || is_kernel_data(entry)) continue;
    if (entry.name == "[vdso]") replace_vdso_functions(thread, entry);
    event.mappings.push_back(take_down(thread, entry, sink));
  }
  // Only now: what is planted has not been taken down.
  for (const trace::Mapping& mapping : event.mappings) {
    reads.plant(thread.space(), mapping, path_here(thread, mapping.name));
  }
  trace::Frame frame;
  frame.tid = thread.id();
  // The exit stop of execve shows its marker in x7; a new program starts with 0 there.
  frame.after = aarch64::with_program_x7(thread.stopped().registers(), 0);
  for (const auto& row : aarch64::kStateRegisterSets) {
    if (auto bytes = thread.stopped().register_set(row.note)) {
      frame.register_sets.push_back({row.note, std::move(*bytes)});
    }
  }
  frame.event = std::move(event);
  return frame;
}

}  // namespace rr::record
