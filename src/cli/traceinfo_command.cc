// rr traceinfo: what holds for a whole recording, as JSON.

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/trace_summary.h"
#include "trace/file_store.h"
#include "trace/layout.h"
#include "trace/reader.h"
#include "trace/recording_lock.h"

namespace rr::cli {
namespace {

const char* tick_text(TickUnit unit) {
  switch (unit) {
    case TickUnit::kNone:
      return "none";
    case TickUnit::kInstructions:
      return "instructions";
    case TickUnit::kTakenBranches:
      return "takenBranches";
  }
  return "?";
}

std::string executable_of(trace::Reader& reader) {
  trace::Frame frame;
  if (!reader.next(frame)) return "";
  const auto* exec = std::get_if<trace::ExecEvent>(&frame.event);
  return exec == nullptr ? "" : exec->executable;
}

const char* state_of(const trace::Reader& reader) {
  if (reader.is_complete()) return "complete";
  return trace::is_being_recorded(reader.directory()) ? "recording" : "cut off";
}

void add_machine(JsonObject& object, const trace::Header& header) {
  object.add("architecture", header.architecture)
      .add_raw("cpuModel", json_hex(header.cpu_model))
      .add("pageSize", header.page_size)
      .add("vectorLength", uint64_t{header.vector_length})
      .add("kernelRelease", header.kernel_release)
      .add("hostName", header.host_name)
      .add_raw("lowPage", json_hex(header.low_page.value));
}

void print_info(const std::string& trace, const Context& context) {
  trace::Reader reader = trace::Reader::open(find_trace(trace, context.environment));
  const trace::Header& header = reader.header();
  const auto files = trace::StoredFiles::open(reader.directory());
  JsonObject object;
  object.add("directory", reader.directory())
      .add("uuid", header.uuid)
      .add("formatVersion", trace::kFormatVersion)
      .add("rrVersion", header.rr_version)
      .add("state", state_of(reader))
      .add("ticksSemantics", tick_text(header.tick_unit));
  add_machine(object, header);
  object.add("startTimeNs", header.start_time_ns);
  if (const auto& summary = reader.summary()) {
    object.add("endTimeNs", summary->end_time_ns).add("dataSize", summary->data_size);
    if (summary->wait_status) object.add_raw("exit", end_text(*summary->wait_status));
  }
  object.add("frames", reader.frame_count())
      .add("storedFiles", files.count())
      .add("sizeOnDisk", size_on_disk(reader.directory()))
      .add("program", executable_of(reader))
      .add_raw("arguments", json_strings(header.arguments))
      .add("workingDirectory", header.working_directory)
      .add_raw("environ", json_strings(header.environment));
  std::puts(object.text().c_str());
}

}  // namespace

void add_traceinfo_command(CLI::App& app, Context& context) {
  auto trace = std::make_shared<std::string>();
  Command(app, "traceinfo", "Print what holds for a whole recording, as JSON")
      .operand("trace", *trace, "TRACE", "A recording (default: the latest)")
      .run([trace, &context] { print_info(*trace, context); });
}

}  // namespace rr::cli
