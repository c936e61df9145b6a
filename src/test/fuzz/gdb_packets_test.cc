// Packets that were bent at random, thrown at a server on a fake machine: nothing may crash, hang
// or change the program. 5,000 by default; RR_FUZZ_ROUNDS asks for another number, RR_FUZZ_SEED for
// another seed.
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

#include "gdb/agent_expression.h"
#include "gdb/packet.h"
#include "gdb/server.h"
// A fuzz test is one source: the support files are not linked to it.
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

// One of each kind, from which the bent ones are made.
const std::vector<std::string> kSeeds = {
    kHello,
    "QStartNoAckMode",
    "?",
    "!",
    "g",
    "G00",
    "p20",
    "P0=00",
    "m400000,40",
    "M410000,2:0000",
    "x400000,10",
    "X410000,1:a",
    "c",
    "s",
    "C05",
    "S0b;400000",
    "vCont?",
    "vCont;c",
    "vCont;s:p29.29;c",
    "vCont;r400000,400014:29",
    "Z0,400008,4",
    "z0,400008,4",
    "Z1,400010,4",
    "Z2,410000,8",
    "z2,410000,8",
    "Z4,410000,4",
    "Z0,400008,4;X7,26000022321327X3,220127",
    "Hg29",
    "Hcp29.-1",
    "T29",
    "qC",
    "qfThreadInfo",
    "qsThreadInfo",
    "qThreadExtraInfo,29",
    "qAttached:29",
    "qXfer:features:read:target.xml:0,ffb",
    "qXfer:auxv:read::0,1000",
    "qXfer:exec-file:read:29:0,1000",
    "qXfer:siginfo:read::0,80",
    "qXfer:threads:read::0,1000",
    "qSearch:memory:400000;100;abc",
    "qCRC:400000,1c",
    "qRcmd,7768656e",
    "qRcmd,68656c70",
    "qSymbol::",
    "QPassSignals:e;10;14",
    "QProgramSignals:0",
    "qGetTLSAddr:29,0,0",
    "vFile:setfs:0",
    "vFile:open:2f70726f632f34312f6d617073,0,0",
    "vFile:pread:1,100,0",
    "vFile:fstat:1",
    "vFile:close:1",
    "vFile:readlink:2f70726f632f34312f657865",
    "D",
    "D;29",
    "vKill;29",
    "vRun;",
    "vRun;2f61;31",
    "R00",
    "bc",
    "bs",
    "k",
    "\x03",
    "QEnableErrorStrings",
    "vAttach;29",
    "QCatchSyscalls:1;40;5d",
    "QThreadSuffixSupported",
    "QListThreadsInStopReply",
    "p20;thread:29;",
    "qHostInfo",
    "qRegisterInfo20",
    "qThreadStopInfo29",
    "qMemoryRegionInfo:400004",
    "jThreadsInfo",
    "_M1000,rw",
    "qXfer:libraries-svr4:read::0,1000",
    "qSymbol:505000:5f7468726561645f64625f6c696e6b5f6d61705f6c5f"
    "746c735f6d6f646964",
    "qGetTLSAddr:29,0,410000",
    "qRcmd,72657374617274"};

class Bender {
 public:
  explicit Bender(uint64_t seed) : random_(seed) {}

  size_t below(size_t bound) { return static_cast<size_t>(random_() % bound); }

  std::string packet() {
    std::string text = kSeeds[below(kSeeds.size())];
    for (size_t bends = below(4); bends > 0; --bends) bend(text);
    return text;
  }

  // Mostly well framed: what is not ends in the reader.
  std::string framed() {
    std::string bytes = gdb::encode_packet(packet());
    if (below(10) == 0) bend(bytes);
    return bytes;
  }

 private:
  static constexpr std::string_view kTelling = ";:,.*#$}-+=xpf0189\x03\xff";

  char character() {
    return below(2) == 0 ? kTelling[below(kTelling.size())] : static_cast<char>(below(256));
  }

  void bend(std::string& text) {
    const size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, 1, character());
        return;
      case 1:
        text.erase(at, below(4));
        return;
      case 2:
        if (at < text.size()) text[at] = character();
        return;
      case 3:
        text.insert(at, kSeeds[below(kSeeds.size())]);
        return;
      case 4:
        text.insert(at, below(40), character());
        return;
      default:
        text.insert(at, "ffffffffffffffff");
        return;
    }
  }

  std::mt19937_64 random_;
};

size_t number_from_environment(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<size_t>(std::strtoull(text, nullptr, 10));
}

size_t rounds() { return number_from_environment("RR_FUZZ_ROUNDS", 5'000); }
uint64_t seed() { return number_from_environment("RR_FUZZ_SEED", 1); }

// Sends that many bent packets, then goes; sends a few more to those who look without waiting.
class BendingConnection final : public gdb::Connection {
 public:
  BendingConnection(Bender& bender, size_t packets) : bender_(bender), left_(packets) {}

  std::optional<std::string> read(std::chrono::milliseconds timeout) override {
    if (timeout != gdb::kForEver && bender_.below(50) != 0) return "";
    if (left_ == 0) return std::nullopt;
    --left_;
    return bender_.framed();
  }
  bool write(std::string_view bytes) override {
    written += bytes.size();
    return true;
  }

  size_t left() const { return left_; }
  size_t written = 0;

 private:
  Bender& bender_;
  size_t left_;
};

// The counter with a fork, an exec, a second thread and signals, so that there is something to hit.
FakeScript eventful_program() {
  constexpr machine::TaskId kThread{Pid{41}, Tid{42}};
  constexpr machine::TaskId kChild{Pid{50}, Tid{50}};
  FakeScript script = counting_program(20);
  const std::vector<FakeStep> inserted = {
      {.task = kCounter, .starts_thread = kThread},
      {.task = kThread},
      {.task = kCounter, .event = machine::SignalReceived{.number = 10, .info = Bytes(128)}},
      {.task = kCounter, .event = machine::Forked{.child = kChild, .is_vfork = true}},
      {.task = kChild},
      {.task = kChild, .event = machine::Executed{"/bin/other"}},
      {.task = kChild, .event = machine::ProcessExited{.wait_status = 9}},
      {.task = kThread, .ends_thread = true},
  };
  script.steps.insert(script.steps.begin() + 1, inserted.begin(), inserted.end());
  return script;
}

TEST(GdbFuzz, TheServerSurvivesBentPackets) {
  Bender bender(seed());
  const FakeScript script = eventful_program();
  gdb::ServeOptions options;
  options.open_file = [](const std::string&) { return OwnedFd(); };
  options.restart = [&](const gdb::RestartRequest&) {
    return std::make_unique<FakeMachine>(script);
  };
  size_t left = rounds();
  size_t replied = 0;
  while (left > 0) {
    FakeMachine machine(script);
    BendingConnection line(bender, std::min<size_t>(left, 200));
    const size_t before = line.left();
    (void)gdb::serve(machine, line, options);
    left -= std::max<size_t>(1, before - line.left());
    replied += line.written;
  }
  EXPECT_GT(replied, rounds());  // it was not all noise
}

TEST(GdbFuzz, TheReaderSurvivesAnyBytes) {
  Bender bender(seed());
  gdb::PacketReader reader;
  for (size_t i = 0; i < rounds(); ++i) {
    std::string bytes = bender.framed();
    bytes.resize(bender.below(bytes.size() + 1));
    reader.feed(bytes);
    while (reader.next()) {
    }
    ASSERT_EQ(reader.waiting_bytes(), 0U);
  }
}

TEST(GdbFuzz, EveryPayloadComesBackFromItsFrame) {
  Bender bender(seed());
  for (size_t i = 0; i < rounds(); ++i) {
    const std::string payload = bender.packet();
    gdb::PacketReader reader;
    reader.feed(gdb::encode_packet(payload));
    ASSERT_EQ(reader.next(), gdb::Input{gdb::Packet{payload}});
  }
}

TEST(GdbFuzz, AnyProgramOfTheExpressionMachineEnds) {
  Bender bender(seed());
  const gdb::AgentContext context{
      .read_register = [](size_t number) { return std::optional<uint64_t>(number); },
      .read_memory = [](Address address, std::span<std::byte>) { return address.value % 2 == 0; }};
  for (size_t i = 0; i < rounds(); ++i) {
    Bytes program(bender.below(24));
    for (std::byte& b : program) b = static_cast<std::byte>(bender.below(0x35));
    (void)gdb::evaluate_agent_expression(program, context);
  }
}

}  // namespace
}  // namespace rr::test
