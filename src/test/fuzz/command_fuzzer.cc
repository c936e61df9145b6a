// libFuzzer: a line a packet, to a server on a fake machine.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

// A fuzz test is one source: the support files are not linked to it.
#include "support/fake_machine.cc"
#include "support/gdb_line.h"

namespace {

constexpr size_t kMostPackets = 64;

rr::test::FakeScript script() {
  using rr::machine::TaskId;
  constexpr TaskId kThread{rr::Pid{41}, rr::Tid{42}};
  constexpr TaskId kChild{rr::Pid{50}, rr::Tid{50}};
  const TaskId counter = rr::test::kCounter;
  rr::test::FakeScript made = rr::test::counting_program(8);
  const std::vector<rr::test::FakeStep> inserted = {
      {.task = counter, .starts_thread = kThread},
      {.task = kThread},
      {.task = counter, .event = rr::machine::CallEntered{.number = 64}},
      {.task = counter, .event = rr::machine::CallReturned{.number = 64}},
      {.task = counter, .event = rr::machine::SignalReceived{.number = 10, .info = {}}},
      {.task = counter, .event = rr::machine::Forked{.child = kChild, .is_vfork = true}},
      {.task = kChild},
      {.task = kChild, .event = rr::machine::Executed{"/bin/other"}},
      {.task = kChild, .event = rr::machine::ProcessExited{.wait_status = 9}},
      {.task = kThread, .ends_thread = true},
  };
  made.steps.insert(made.steps.begin() + 1, inserted.begin(), inserted.end());
  made.steps.back().fails = "";
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const rr::test::FakeScript kScript = script();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::deque<std::string> chunks;
  while (!text.empty() && chunks.size() < kMostPackets) {
    const size_t end = std::min(text.find('\n'), text.size());
    chunks.push_back(rr::gdb::encode_packet(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  rr::test::FakeMachine machine(kScript);
  rr::test::ScriptedConnection line(std::move(chunks));
  rr::gdb::ServeOptions options;
  options.open_file = [](const std::string&) { return rr::OwnedFd(); };
  options.restart = [&](const rr::gdb::RestartRequest&) {
    return std::make_unique<rr::test::FakeMachine>(kScript);
  };
  (void)rr::gdb::serve(machine, line, options);
  return 0;
}
