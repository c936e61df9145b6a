// rr dump: the frames of a recording as text or JSON, whole or in ranges, or counted.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/describe_frame.h"
#include "cli/dump_statistics.h"
#include "trace/reader.h"
#include "util/error.h"

namespace rr::cli {
namespace {

struct Range {
  uint64_t first = 1;
  uint64_t last = UINT64_MAX;
};

struct DumpOptions {
  std::vector<std::string> arguments;
  std::vector<std::string> tids;
  bool registers = false;
  bool memory = false;
  bool mappings = false;
  bool is_of_tasks = false;
  bool statistics = false;
  bool json = false;
};

uint64_t parse_number(const std::string& text, const std::string& whole) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail("'" + whole + "' is not a frame number or a range of them (N, A-B, A- or end)");
  return value;
}

Range parse_range(const std::string& text, uint64_t frame_count) {
  if (text == "end") return {frame_count, frame_count};
  const size_t dash = text.find('-');
  if (dash == std::string::npos) {
    const uint64_t number = parse_number(text, text);
    return {number, number};
  }
  const std::string last = text.substr(dash + 1);
  const Range range = {parse_number(text.substr(0, dash), text),
                       last.empty() || last == "end" ? frame_count : parse_number(last, text)};
  if (range.first > range.last) fail("the range " + text + " is empty: it begins behind its end");
  return range;
}

bool looks_like_range(const std::string& text) {
  if (text == "end" || text.ends_with("-end")) return true;
  return !text.empty() && text.find_first_not_of("0123456789-") == std::string::npos;
}

void print_mapping(const trace::Mapping& mapping) {
  const std::string name = mapping.name.empty() ? "" : " " + shown_word(mapping.name);
  std::printf("  map %llx-%llx%s%s\n", static_cast<unsigned long long>(mapping.range.start.value),
              static_cast<unsigned long long>(mapping.range.end().value), name.c_str(),
              mapping.file ? (" file " + std::to_string(mapping.file->value)).c_str() : "");
}

void print_mappings_of_exec(const trace::Frame& frame) {
  const auto* exec = std::get_if<trace::ExecEvent>(&frame.event);
  if (exec == nullptr) return;
  for (const trace::Mapping& mapping : exec->mappings) print_mapping(mapping);
}

void print_mapping_of_call(const trace::Frame& frame) {
  if (const auto* call = std::get_if<trace::SyscallEvent>(&frame.event)) {
    if (call->mapping) print_mapping(*call->mapping);
  } else if (const auto* exit = std::get_if<trace::SyscallExitEvent>(&frame.event)) {
    if (exit->mapping) print_mapping(*exit->mapping);
  }
}

void print_text(FrameNumber number, const trace::Frame& frame, const DumpOptions& options) {
  std::printf("%s\n", describe_frame(number, frame).c_str());
  if (options.registers) std::fputs(aarch64::to_string(frame.before).c_str(), stdout);
  if (options.memory || options.mappings) print_mappings_of_exec(frame);
  if (options.mappings) print_mapping_of_call(frame);
  if (!options.memory) return;
  for (const trace::MemoryWrite& write : frame.writes) {
    std::printf("  %zu bytes at %llx\n", write.bytes.size(),
                static_cast<unsigned long long>(write.address.value));
  }
}

// Whether a thread or process begins in it, executes a program, or ends.
bool is_about_tasks(const trace::Frame& frame) {
  if (const auto* call = std::get_if<trace::SyscallEvent>(&frame.event))
    return call->new_task.has_value();
  if (const auto* enter = std::get_if<trace::SyscallEnterEvent>(&frame.event))
    return enter->new_task.has_value();
  return std::holds_alternative<trace::ExecEvent>(frame.event) ||
         std::holds_alternative<trace::TaskExitEvent>(frame.event);
}

FrameDetail detail_of(const DumpOptions& options) {
  const int bits = (options.registers ? static_cast<int>(FrameDetail::kRegisters) : 0) |
                   (options.memory ? static_cast<int>(FrameDetail::kMemory) : 0);
  return static_cast<FrameDetail>(bits);
}

class Dump {
 public:
  Dump(trace::Reader reader, const DumpOptions& options)
      : reader_(std::move(reader)), options_(options) {
    for (const std::string& tid : options.tids) tids_.push_back(parse_number(tid, tid));
  }

  void print(const Range& range) {
    if (range.first < 1 || range.first > reader_.frame_count())
      fail("there is no frame " + std::to_string(range.first) + ": the recording has " +
           std::to_string(reader_.frame_count()));
    reader_.seek({range.first});
    trace::Frame frame;
    for (uint64_t n = range.first; n <= range.last && reader_.next(frame); ++n) {
      if (is_wanted(frame)) take({n}, frame);
    }
  }

  void finish() {
    if (options_.statistics) {
      const std::string text =
          options_.json ? statistics_.json(reader_) + "\n" : statistics_.text(reader_);
      std::fputs(text.c_str(), stdout);
    }
    if (!reader_.is_complete() && !options_.json)
      std::puts("(the recorder did not close this recording: it ends here)");
  }

  uint64_t frame_count() const { return reader_.frame_count(); }

 private:
  bool is_wanted(const trace::Frame& frame) const {
    if (options_.is_of_tasks && !is_about_tasks(frame)) return false;
    return tids_.empty() || std::find(tids_.begin(), tids_.end(),
                                      static_cast<uint64_t>(frame.tid.value)) != tids_.end();
  }
  void take(FrameNumber number, const trace::Frame& frame) {
    if (options_.statistics) {
      statistics_.take(frame);
    } else if (options_.json) {
      std::puts(frame_json(number, frame, detail_of(options_)).c_str());
    } else {
      print_text(number, frame, options_);
    }
  }

  trace::Reader reader_;
  const DumpOptions& options_;
  std::vector<uint64_t> tids_;
  DumpStatistics statistics_;
};

void dump(const DumpOptions& options, const Context& context) {
  std::string trace;
  std::vector<std::string> ranges;
  for (const std::string& argument : options.arguments) {
    if (looks_like_range(argument)) {
      ranges.push_back(argument);
    } else if (trace.empty()) {
      trace = argument;
    } else {
      fail("dump one recording at a time: both '" + trace + "' and '" + argument + "' were named");
    }
  }
  Dump dump(trace::Reader::open(find_trace(trace, context.environment)), options);
  if (ranges.empty() && dump.frame_count() > 0) dump.print({1, dump.frame_count()});
  for (const std::string& text : ranges) dump.print(parse_range(text, dump.frame_count()));
  dump.finish();
}

}  // namespace

void add_dump_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<DumpOptions>();
  Command(app, "dump", "Print the frames of a recording")
      .operands("arguments", options->arguments, "TRACE|RANGE",
                "A recording (default: the latest), and frames: N, A-B, A- or end")
      .flag("-r,--registers", options->registers, "With the registers at each event")
      .flag("-m,--memory", options->memory, "With what was written to memory, and what exec mapped")
      .flag("-p,--mmaps", options->mappings, "With what exec and calls have mapped")
      .flag("-e,--task-events", options->is_of_tasks,
            "Only where threads and processes begin, execute a program and end")
      .option("-t,--tid", options->tids, "TID", "Only this thread's")
      .flag("-s,--statistics", options->statistics, "Count instead: events, calls, bytes")
      .flag("--json", options->json, "One JSON object a line")
      .notes("A folder whose name looks like a range is named with a path: ./12")
      .run([options, &context] { dump(*options, context); });
}

}  // namespace rr::cli
