#include "gdb/proc_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <sys/mman.h>

namespace rr::gdb {
namespace {

struct ProcPath {
  machine::TaskId task;
  std::string_view name;  // behind /proc/PID/
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<int32_t> take_number(std::string_view& text) {
  int32_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || value <= 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(result.ptr - text.data()));
  return value;
}

// `/proc/41/maps`, or `/proc/41/task/42/comm`.
std::optional<ProcPath> parse(const machine::Machine& machine, std::string_view path) {
  if (!take_prefix(path, "/proc/")) return std::nullopt;
  const auto pid = take_number(path);
  if (!pid || !take_prefix(path, "/")) return std::nullopt;
  std::optional<int32_t> tid;
  if (take_prefix(path, "task/")) {
    tid = take_number(path);
    if (!tid || !take_prefix(path, "/")) return std::nullopt;
  }
  for (const machine::TaskInfo& task : machine.tasks()) {
    if (task.id.pid.value == *pid && (!tid || task.id.tid.value == *tid)) {
      return ProcPath{task.id, path};
    }
  }
  return std::nullopt;
}

std::string maps_line(const machine::MappingInfo& mapping) {
  char text[128];
  const int size =
      std::snprintf(text, sizeof text, "%08llx-%08llx %c%c%c%c %08llx 00:00 0",
                    static_cast<unsigned long long>(mapping.range.start.value),
                    static_cast<unsigned long long>(mapping.range.end().value),
                    (mapping.protection & PROT_READ) != 0 ? 'r' : '-',
                    (mapping.protection & PROT_WRITE) != 0 ? 'w' : '-',
                    (mapping.protection & PROT_EXEC) != 0 ? 'x' : '-', mapping.shared ? 's' : 'p',
                    static_cast<unsigned long long>(mapping.file_offset));
  std::string line(text, static_cast<size_t>(size));
  constexpr size_t kNameColumn = 73;
  if (!mapping.name.empty()) {
    line.resize(std::max(line.size() + 1, kNameColumn), ' ');
    line += mapping.name;
  }
  return line + "\n";
}

// As much of it as is known (proc_pid_stat(5)): gdb takes what is left out for the end.
std::string stat_text(const machine::Machine& machine, machine::TaskId id, std::string_view name) {
  return std::to_string(id.tid.value) + " (" + std::string(name) + ") t " +
         std::to_string(machine.process_info(id.pid).parent.value);
}

std::string status_text(const machine::Machine& machine, machine::TaskId id,
                        std::string_view name) {
  const auto tasks = machine.tasks();
  const auto threads = std::ranges::count_if(
      tasks, [&](const machine::TaskInfo& task) { return task.id.pid == id.pid; });
  return "Name:\t" + std::string(name) + "\nState:\tt (tracing stop)\nTgid:\t" +
         std::to_string(id.pid.value) + "\nPid:\t" + std::to_string(id.tid.value) + "\nPPid:\t" +
         std::to_string(machine.process_info(id.pid).parent.value) + "\nThreads:\t" +
         std::to_string(threads) + "\n";
}

std::string command_line(const machine::Machine& machine, Pid pid) {
  std::string text;
  for (const std::string& argument : machine.process_info(pid).arguments) text += argument + '\0';
  return text.empty() ? machine.executable(pid) + '\0' : text;
}

std::string name_of(const machine::Machine& machine, machine::TaskId id) {
  for (const machine::TaskInfo& task : machine.tasks()) {
    if (task.id == id) return task.name;
  }
  return "";
}

}  // namespace

std::optional<std::string> proc_file(const machine::Machine& machine, std::string_view path) {
  const auto found = parse(machine, path);
  if (!found) return std::nullopt;
  if (found->name == "maps") {
    std::string text;
    for (const auto& mapping : machine.mappings(found->task.pid)) text += maps_line(mapping);
    return text;
  }
  const std::string comm = name_of(machine, found->task);
  if (found->name == "comm") return comm + "\n";
  if (found->name == "stat") return stat_text(machine, found->task, comm);
  if (found->name == "status") return status_text(machine, found->task, comm);
  if (found->name == "cmdline") return command_line(machine, found->task.pid);
  if (found->name == "auxv") {
    std::string text;
    for (std::byte b : machine.auxiliary_vector(found->task.pid)) text += static_cast<char>(b);
    return text;
  }
  return std::nullopt;
}

std::optional<std::string> proc_link(const machine::Machine& machine, std::string_view path) {
  const auto found = parse(machine, path);
  if (!found) return std::nullopt;
  if (found->name == "exe") return machine.executable(found->task.pid);
  std::string directory = machine.process_info(found->task.pid).directory;
  if (found->name != "cwd" || directory.empty()) return std::nullopt;
  return directory;
}

}  // namespace rr::gdb
