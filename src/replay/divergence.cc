#include "replay/divergence.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "util/error.h"

namespace rr::replay {
namespace {

std::string register_table(const Registers& expected, const Registers& actual) {
  std::string text = "        recorded          replayed\n";
  for (int i = 0; i < aarch64::kGeneralRegisterCount; ++i) {
    const uint64_t want = aarch64::general_register(expected, i);
    const uint64_t have = aarch64::general_register(actual, i);
    const uint64_t mask = i == aarch64::kGeneralRegisterCount - 1 ? aarch64::kPstateNotCompared : 0;
    char line[96];
    std::snprintf(line, sizeof line, "  %4s  %016llx  %016llx%s\n",
                  std::string(aarch64::general_register_name(i)).c_str(),
                  static_cast<unsigned long long>(want), static_cast<unsigned long long>(have),
                  (want & ~mask) == (have & ~mask) ? "" : "  <-- differs");
    text += line;
  }
  return text;
}

}  // namespace

std::string memory_lines(const MemoryReader& memory, AddressRange range) {
  constexpr size_t kMostBytes = 256;
  constexpr size_t kBytesOfLine = 16;
  Bytes bytes(std::min<uint64_t>(range.size, kMostBytes));
  bytes.resize(memory.read(range.start, bytes));
  std::ostringstream text;
  for (size_t at = 0; at < bytes.size(); at += kBytesOfLine) {
    text << "  0x" << std::hex << range.start.value + at << " ";
    std::string plain;
    for (size_t i = at; i < std::min(bytes.size(), at + kBytesOfLine); ++i) {
      const auto value = std::to_integer<unsigned>(bytes[i]);
      text << (value < 16 ? " 0" : " ") << value;
      plain += value >= ' ' && value <= '~' ? static_cast<char>(value) : '.';
    }
    text << "  " << plain << "\n";
  }
  return text.str();
}

void DivergenceReport::remember(FrameNumber number, const trace::Frame& frame) {
  Remembered& entry = recent_[remembered_++ % kShownFrames];
  entry.number = number;
  entry.frame.tid = frame.tid;
  entry.frame.ticks = frame.ticks;
  entry.frame.monotonic_ns = frame.monotonic_ns;
  entry.frame.before = frame.before;
  entry.frame.after = frame.after;
  if (const auto* exec = std::get_if<trace::ExecEvent>(&frame.event)) {
    trace::ExecEvent brief;
    brief.executable = exec->executable;
    brief.arguments = exec->arguments;
    entry.frame.event = std::move(brief);
  } else {
    entry.frame.event = frame.event;
  }
}

void DivergenceReport::diverge(FrameNumber number, const trace::Frame& expected,
                               const Finding& finding) const {
  std::ostringstream text;
  text << "replay diverged from the recording at frame " << number.value << ": " << finding.what
       << "\nThe recording has:\n  " << describe_(number, expected) << "\n";
  if (finding.ticks && *finding.ticks != expected.ticks) {
    text << "Ticks of thread " << expected.tid.value << ": recorded " << expected.ticks.value
         << ", replayed " << finding.ticks->value << "\n";
  }
  if (finding.actual) {
    text << "Registers of thread " << expected.tid.value << ":\n"
         << register_table(expected.before, *finding.actual);
  }
  text << finding.more << "The frames before it:\n";
  for (uint64_t i = remembered_ > kShownFrames ? remembered_ - kShownFrames : 0; i < remembered_;
       ++i) {
    const Remembered& entry = recent_[i % kShownFrames];
    text << "  " << describe_(entry.number, entry.frame) << "\n";
  }
  const uint64_t from = number.value > kShownFrames ? number.value - kShownFrames : 1;
  text << "To look further: rr dump TRACE " << from << "-" << number.value + 1 << "; rr replay -g "
       << (number.value > 1 ? number.value - 1 : 1) << " TRACE";
  fail(text.str(), ExitCode::kDiverged);
}

}  // namespace rr::replay
