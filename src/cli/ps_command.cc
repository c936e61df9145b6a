// rr ps: what ran in a recording, and how it ended.

#include <cstdio>
#include <map>
#include <memory>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "trace/reader.h"

namespace rr::cli {
namespace {

struct Process {
  int32_t pid = 0;
  int32_t parent = 0;
  std::string end = "none";  // nobody saw it end
  std::string command;       // empty: forked, and never called exec
  std::vector<std::string> arguments;
};

// Follows a recording's processes by their recorded numbers.
struct ProcessTable {
  std::vector<Process> processes;         // in the order in which they began
  std::map<int32_t, size_t> place_of;     // the last that had this number
  std::map<int32_t, int32_t> process_of;  // thread to process

  Process& begin(int32_t pid) {
    place_of[pid] = processes.size();
    return processes.emplace_back(Process{.pid = pid, .command = "", .arguments = {}});
  }
  Process& at(int32_t pid) {
    const auto it = place_of.find(pid);
    return it == place_of.end() ? begin(pid) : processes[it->second];
  }

  void take(const trace::Frame& frame) {
    if (const auto* exec = std::get_if<trace::ExecEvent>(&frame.event)) {
      process_of.emplace(frame.tid.value, frame.tid.value);
      at(process_of[frame.tid.value]).arguments = exec->arguments;
      at(process_of[frame.tid.value]).command = exec->executable;
    } else if (const auto* enter = std::get_if<trace::SyscallEnterEvent>(&frame.event)) {
      if (enter->new_task) take_new(frame.tid, *enter->new_task);
    } else if (const auto* call = std::get_if<trace::SyscallEvent>(&frame.event)) {
      if (call->new_task) take_new(frame.tid, *call->new_task);
    } else if (const auto* exit = std::get_if<trace::TaskExitEvent>(&frame.event)) {
      if (exit->last_of_process) take_end(frame.tid, exit->wait_status);
    }
  }

  void take_new(Tid maker, const trace::NewTask& made) {
    process_of[made.tid.value] = made.pid.value;
    const int32_t parent = process_of[maker.value];
    if (made.pid.value == parent) return;
    begin(made.pid.value).parent = parent;
  }

  void take_end(Tid tid, int status) {
    const int code = (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f);
    const auto it = process_of.find(tid.value);
    at(it == process_of.end() ? tid.value : it->second).end = std::to_string(code);
  }
};

std::string one_line(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text += (text.empty() ? "" : " ") + argument;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

void print_text(const ProcessTable& table) {
  std::puts("PID\tPPID\tEXIT\tCMD");
  for (const Process& process : table.processes) {
    const std::string parent = process.parent == 0 ? "--" : std::to_string(process.parent);
    const std::string command =
        process.command.empty() ? "(forked without exec)" : one_line(process.arguments);
    std::printf("%d\t%s\t%s\t%s\n", process.pid, parent.c_str(), process.end.c_str(),
                command.c_str());
  }
}

void print_json(const ProcessTable& table) {
  for (const Process& process : table.processes) {
    JsonObject line;
    line.add("pid", process.pid);
    line.add_raw("ppid", process.parent == 0 ? "null" : std::to_string(process.parent));
    line.add_raw("exit", process.end == "none" ? "null" : process.end);
    if (!process.command.empty()) {
      line.add("executable", process.command).add_raw("arguments", json_strings(process.arguments));
    }
    std::puts(line.text().c_str());
  }
}

struct PsOptions {
  std::string trace;
  bool json = false;
};

void list_processes(const PsOptions& options, const Context& context) {
  trace::Reader reader = trace::Reader::open(find_trace(options.trace, context.environment));
  ProcessTable table;
  trace::Frame frame;
  {
    ProgressLine progress("reading " + reader.directory());
    for (uint64_t n = 0; reader.next(frame); ++n) {
      progress.step(n, reader.frame_count());
      table.take(frame);
    }
  }
  options.json ? print_json(table) : print_text(table);
}

}  // namespace

void add_ps_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<PsOptions>();
  Command(app, "ps", "List the processes of a recording")
      .operand("trace", options->trace, "TRACE", "A recording (default: the latest)")
      .flag("--json", options->json, "One JSON object a line")
      .notes(
          "EXIT is the exit code, minus the number of the signal that ended the process, or none.")
      .run([options, &context] { list_processes(*options, context); });
}

}  // namespace rr::cli
