// Frames of every kind for the tests of the trace, and a directory that goes when its owner does.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "trace/frame.h"
#include "util/check.h"

namespace rr::trace {

class TemporaryDirectory final {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "rr-trace-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr) << name;
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Bytes bytes_from(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

inline Registers registers_from(uint64_t seed) {
  Registers registers;
  for (size_t i = 0; i < registers.x.size(); ++i)
    registers.x[i] = seed * (i + 1) + (seed << (2 * i));
  registers.sp = 0x7ffffff000 - 16 * seed;
  registers.pc = 0x400000 + 4 * seed;
  registers.pstate = 0x60001000;
  return registers;
}

inline Header sample_header() {
  return {.uuid = "00112233-4455-6677-8899-aabbccddeeff",
          .rr_version = "0.1.0",
          .architecture = "aarch64",
          .tick_unit = TickUnit::kInstructions,
          .page_size = 4096,
          .cpu_model = 0x413fd0c1,
          .kernel_release = "6.12.0-test",
          .host_name = "machine",
          .start_time_ns = 1'700'000'000'123'456'789,
          .low_page = {0x10000},
          .arguments = {"/bin/true", "--not-utf-8=\xff\xfe", ""},
          .environment = {"A=b", "EMPTY="},
          .working_directory = "/home/someone",
          .vector_length = 32};
}

inline Mapping sample_mapping(std::optional<FileId> file) {
  return {.range = {{0x7f00000000}, 0x3000},
          .protection = 5,
          .flags = 2,
          .file = file,
          .file_offset = 0x1000,
          .name = "/usr/lib/libc.so.6"};
}

// One event of every kind, and of every optional part.
inline std::vector<Event> sample_events() {
  return {
      ExecEvent{"/bin/true",
                {"true", "", "x y"},
                {sample_mapping(FileId{3}), sample_mapping({})},
                {0x500000},
                8 << 20},
      ExecEvent{},
      SyscallEvent{63, Echo::kNone, {}, {}},
      SyscallEvent{64, Echo::kStdout, {}, {}, 0x1234567890abcdef},
      SyscallEvent{222, Echo::kNone, sample_mapping(FileId{0}), {}},
      SyscallEvent{220, Echo::kStderr, {}, NewTask{{101}, {100}, 0x3d0f00}},
      SyscallEnterEvent{98, Echo::kStderr, NewTask{{7}, {7}, 17}},
      SyscallEnterEvent{-1, Echo::kNone, {}},
      SyscallExitEvent{98, sample_mapping({})},
      SyscallExitEvent{29, {}},
      SignalEvent{11, SignalOutcome::kHandled, true, bytes_from("siginfo bytes")},
      SignalEvent{17, SignalOutcome::kIgnored, false, {}},
      SignalEvent{9, SignalOutcome::kFatal, false, {}},
      SignalEvent{19, SignalOutcome::kStopped, false, {}},
      InstructionTrapEvent{0xd53be040},
      PreemptEvent{},
      TaskExitEvent{0x8b, true},
      TaskExitEvent{},
      FileChangeEvent{{3}, 8193},
      RemoteWriteEvent{{124}},
      RemoteWriteEvent{{124}, 8 << 20},
      ClockReadsEvent{17},
  };
}

// Frame number `i` of a recording that holds every kind of event, several threads, writes of many
// sizes, pages of zeros and incompressible bytes.
inline Frame sample_frame(uint64_t i) {
  static const std::vector<Event> events = sample_events();
  Frame frame = {.tid = {static_cast<int32_t>(100 + i % 5)},
                 .ticks = {1000 * i + i % 7},
                 .monotonic_ns = 5'000'000'000 + 1234 * i,
                 .before = registers_from(i % 40),
                 .after = registers_from(i % 40),
                 .register_sets = {},
                 .writes = {},
                 .event = events[i % events.size()]};
  frame.after.x[0] = i;
  if (i % 11 == 0) frame.after = registers_from(i + 1);
  if (i % 13 == 0) frame.register_sets = {{2, Bytes(528, std::byte(i))}, {0x401, Bytes(8)}};
  if (i % 5 == 0) frame.vector_checksum = 0x123456789abcdef1 + i;
  if (i % 4 == 0) frame.inputs = {{{0x7000 + i}, bytes_from("/a/path")}, {{~uint64_t{0}}, {}}};
  if (i % 3 == 0) frame.writes.push_back({{0x1000 + i}, Bytes(i % 257, std::byte(i))});
  if (i % 17 == 0) {
    Bytes pages(3 * 4096 + i % 100);
    pages[i % pages.size()] = std::byte{1};
    frame.writes.push_back({{0x20000}, pages});
  }
  if (i % 19 == 0) {
    Bytes random(20'000);
    uint64_t state = i + 1;
    for (std::byte& b : random) {
      state = state * 6364136223846793005 + 1442695040888963407;
      b = static_cast<std::byte>(state >> 56);
    }
    frame.writes.push_back({{0x90000}, random});
  }
  return frame;
}

}  // namespace rr::trace
