// rr ls and rr ps: what recordings there are, and what ran in one.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "cli/commands.h"
#include "trace/reader.h"
#include "util/error.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

void list_recordings(const Context& context) {
  const std::string save = save_directory(context.environment);
  if (!fs::is_directory(save)) return;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(save)) {
    const bool is_recording =
        fs::exists(entry.path() / "version") || fs::exists(entry.path() / "incomplete");
    if (!entry.is_symlink() && is_recording) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) std::puts(name.c_str());
}

struct ProcessLine {
  int32_t parent = 0;
  std::string end = "none";
  std::string command = "(forked without exec)";
};

// Follows a recording's processes by their recorded numbers.
struct ProcessTable {
  std::map<int32_t, ProcessLine> lines;
  std::map<int32_t, int32_t> process_of;  // thread to process

  void take(const trace::Frame& frame) {
    if (const auto* exec = std::get_if<trace::ExecEvent>(&frame.event)) {
      process_of.emplace(frame.tid.value, frame.tid.value);
      std::string command;
      for (const std::string& argument : exec->arguments) {
        command += (command.empty() ? "" : " ") + argument;
      }
      lines[process_of[frame.tid.value]].command = command;
    } else if (const auto* enter = std::get_if<trace::SyscallEnterEvent>(&frame.event)) {
      if (!enter->new_task) return;
      process_of[enter->new_task->tid.value] = enter->new_task->pid.value;
      const int32_t parent = process_of[frame.tid.value];
      if (enter->new_task->pid.value != parent) lines[enter->new_task->pid.value].parent = parent;
    } else if (const auto* exit = std::get_if<trace::TaskExitEvent>(&frame.event)) {
      if (!exit->last_of_process) return;
      const int status = exit->wait_status;
      const int code = (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f);
      lines[process_of[frame.tid.value]].end = std::to_string(code);
    }
  }
};

void list_processes(const std::string& trace, const Context& context) {
  trace::Reader reader = trace::Reader::open(find_trace(trace, context.environment));
  ProcessTable table;
  trace::Frame frame;
  while (reader.next(frame)) table.take(frame);
  std::puts("PID\tPPID\tEXIT\tCMD");
  for (const auto& [pid, line] : table.lines) {
    const std::string parent = line.parent == 0 ? "--" : std::to_string(line.parent);
    std::printf("%d\t%s\t%s\t%s\n", pid, parent.c_str(), line.end.c_str(), line.command.c_str());
  }
}

}  // namespace

void add_list_commands(CLI::App& app, Context& context) {
  app.add_subcommand("ls", "List the recordings")->callback([&context] {
    list_recordings(context);
  });
  auto trace = std::make_shared<std::string>();
  CLI::App* ps = app.add_subcommand("ps", "List the processes of a recording");
  ps->add_option("trace", *trace, "A recording (default: the latest)");
  ps->callback([trace, &context] { list_processes(*trace, context); });
}

}  // namespace rr::cli
