// rr dump: the frames of a recording as text, whole or a range.

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>

#include "cli/commands.h"
#include "cli/describe_frame.h"
#include "trace/reader.h"
#include "util/error.h"

namespace rr::cli {
namespace {

struct Range {
  uint64_t first = 1;
  uint64_t last = UINT64_MAX;
};

uint64_t parse_number(const std::string& text, const std::string& whole) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("'" + whole + "' is not a frame number or a range of them (N, or A-B)");
  }
  return value;
}

Range parse_range(const std::string& text, uint64_t frame_count) {
  if (text == "end") return {frame_count, frame_count};
  const size_t dash = text.find('-');
  if (dash == std::string::npos) {
    const uint64_t number = parse_number(text, text);
    return {number, number};
  }
  return {parse_number(text.substr(0, dash), text), parse_number(text.substr(dash + 1), text)};
}

bool looks_like_range(const std::string& text) {
  return text == "end" ||
         (!text.empty() && text.find_first_not_of("0123456789-") == std::string::npos);
}

struct DumpOptions {
  std::vector<std::string> arguments;
  bool registers = false;
  bool memory = false;
};

void print_frame(FrameNumber number, const trace::Frame& frame, const DumpOptions& options) {
  std::printf("%s\n", describe_frame(number, frame).c_str());
  if (options.registers) std::fputs(aarch64::to_string(frame.before).c_str(), stdout);
  if (const auto* exec = std::get_if<trace::ExecEvent>(&frame.event); exec && options.memory) {
    for (const trace::Mapping& mapping : exec->mappings) {
      std::printf("  map %llx-%llx %s%s\n",
                  static_cast<unsigned long long>(mapping.range.start.value),
                  static_cast<unsigned long long>(mapping.range.end().value), mapping.name.c_str(),
                  mapping.file ? (" file " + std::to_string(mapping.file->value)).c_str() : "");
    }
  }
  if (!options.memory) return;
  for (const trace::MemoryWrite& write : frame.writes) {
    std::printf("  %zu bytes at %llx\n", write.bytes.size(),
                static_cast<unsigned long long>(write.address.value));
  }
}

void dump(const DumpOptions& options, Context& context) {
  std::string trace;
  std::vector<std::string> ranges;
  for (const std::string& argument : options.arguments) {
    if (looks_like_range(argument)) {
      ranges.push_back(argument);
    } else {
      trace = argument;
    }
  }
  trace::Reader reader = trace::Reader::open(find_trace(trace, context.environment));
  if (ranges.empty()) ranges.push_back("1-" + std::to_string(reader.frame_count()));
  for (const std::string& text : ranges) {
    const Range range = parse_range(text, reader.frame_count());
    if (range.first < 1 || range.first > reader.frame_count()) {
      fail("there is no frame " + std::to_string(range.first) + ": the recording has " +
           std::to_string(reader.frame_count()));
    }
    reader.seek({range.first});
    trace::Frame frame;
    for (uint64_t n = range.first; n <= range.last && reader.next(frame); ++n) {
      print_frame({n}, frame, options);
    }
  }
  if (!reader.is_complete()) std::puts("(the recorder did not close this recording: it ends here)");
}

}  // namespace

void add_dump_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<DumpOptions>();
  CLI::App* command = app.add_subcommand("dump", "Print the frames of a recording");
  command->add_option("arguments", options->arguments,
                      "A recording (default: the latest), and frames: N, A-B or end");
  command->add_flag("-r,--registers", options->registers, "With the registers at each event");
  command->add_flag("-m,--memory", options->memory, "With what was written to memory");
  command->callback([options, &context] { dump(*options, context); });
}

}  // namespace rr::cli
