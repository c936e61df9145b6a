#include "cli/dump_statistics.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "cli/describe_frame.h"
#include "cli/json.h"
#include "syscalls/describe.h"
#include "syscalls/outputs.h"
#include "trace/layout.h"

namespace rr::cli {
namespace {

std::string line(const char* form, const std::string& name, uint64_t a, uint64_t b = 0,
                 uint64_t c = 0) {
  char text[160];
  std::snprintf(text, sizeof text, form, name.c_str(), static_cast<unsigned long long>(a),
                static_cast<unsigned long long>(b), static_cast<unsigned long long>(c));
  return text;
}

uint64_t file_size(const trace::Reader& reader, const char* name) {
  std::error_code error;
  const auto size = std::filesystem::file_size(reader.directory() + "/" + name, error);
  return error ? 0 : size;
}

// The number of a call that ends in this frame.
std::optional<int32_t> call_that_ends(const trace::Frame& frame) {
  if (const auto* call = std::get_if<trace::SyscallEvent>(&frame.event)) return call->number;
  if (const auto* exit = std::get_if<trace::SyscallExitEvent>(&frame.event)) return exit->number;
  return std::nullopt;
}

}  // namespace

void DumpStatistics::take(const trace::Frame& frame) {
  uint64_t bytes = 0;
  for (const trace::MemoryWrite& write : frame.writes) bytes += write.bytes.size();
  if (frames_++ == 0) first_ns_ = frame.monotonic_ns;
  last_ns_ = frame.monotonic_ns;
  bytes_ += bytes;
  ++events_[event_name(frame.event)];
  uint64_t& ticks = ticks_[frame.tid.value];
  ticks = std::max(ticks, frame.ticks.value);
  if (const auto number = call_that_ends(frame)) {
    Call& call = calls_[syscalls::call_name(*number)];
    ++call.count;
    call.errors += syscalls::is_error(Arch::syscall_result(frame.after)) ? 1 : 0;
    call.bytes += bytes;
  }
}

std::string DumpStatistics::text(const trace::Reader& reader) const {
  uint64_t ticks = 0;
  for (const auto& [tid, count] : ticks_) ticks += count;
  std::string text = line("%-20s %12llu\n", "frames", frames_) +
                     line("%-20s %12llu\n", "threads", ticks_.size()) +
                     line("%-20s %12llu\n", "ticks", ticks) +
                     line("%-20s %12llu\n", "microseconds", (last_ns_ - first_ns_) / 1000) +
                     line("%-20s %12llu\n", "bytes of memory", bytes_);
  for (const char* name : {trace::kFramesName, trace::kDataName})
    text += line("%-20s %12llu\n", std::string("bytes in ") + name, file_size(reader, name));
  text += "\nEVENT                       COUNT\n";
  for (const auto& [name, count] : events_) text += line("%-20s %12llu\n", name, count);
  text += "\nCALL                        COUNT       ERRORS        BYTES\n";
  std::vector<std::pair<std::string, Call>> calls(calls_.begin(), calls_.end());
  std::stable_sort(calls.begin(), calls.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  for (const auto& [name, call] : calls)
    text += line("%-20s %12llu %12llu %12llu\n", name, call.count, call.errors, call.bytes);
  return text;
}

std::string DumpStatistics::json(const trace::Reader& reader) const {
  JsonObject events, calls, threads;
  for (const auto& [name, count] : events_) events.add(name, count);
  for (const auto& [name, call] : calls_) {
    calls.add_raw(name, JsonObject()
                            .add("count", call.count)
                            .add("errors", call.errors)
                            .add("bytes", call.bytes)
                            .text());
  }
  for (const auto& [tid, ticks] : ticks_) threads.add(std::to_string(tid), ticks);
  return JsonObject()
      .add("frames", frames_)
      .add("timeNs", last_ns_ - first_ns_)
      .add("bytesOfMemory", bytes_)
      .add("framesFileSize", file_size(reader, trace::kFramesName))
      .add("dataFileSize", file_size(reader, trace::kDataName))
      .add_raw("events", events.text())
      .add_raw("calls", calls.text())
      .add_raw("ticksByThread", threads.text())
      .text();
}

}  // namespace rr::cli
