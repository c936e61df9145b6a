// Loaded libraries and thread-local variables, as they lie in a process's memory.
#include <elf.h>
#include <gtest/gtest.h>

#include "gdb/hex.h"
#include "support/fake_machine.h"
#include "support/gdb_line.h"

namespace rr::test {
namespace {

constexpr Address kHeaders{0x500000};
constexpr Address kDynamic{0x501000};
constexpr Address kDebug{0x502000};
constexpr Address kMaps{0x503000};
constexpr Address kNames{0x504000};
constexpr Address kField{0x505000};
constexpr Address kThreadPointer{0x506000};
constexpr Address kVector{0x507000};
constexpr uint64_t kModuleOffset = 64;

template <typename T>
void put(Bytes& bytes, size_t at, const T& object) {
  const auto view = bytes_of(object);
  if (bytes.size() < at + view.size()) bytes.resize(at + view.size());
  std::copy(view.begin(), view.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

struct Map {
  uint64_t base, name, dynamic, next;
};

// A program and one library, linked in a list, with thread-local variables of both.
FakeScript linked_program() {
  FakeScript script = counting_program(3);
  FakeProcess& process = script.processes[kCounter.pid];
  auto& memory = process.memory;
  process.auxiliary_vector.clear();
  put(process.auxiliary_vector, 0,
      std::array<uint64_t, 6>{AT_PHDR, kHeaders.value, AT_PHNUM, 2, 0, 0});
  Elf64_Phdr own{};
  own.p_type = PT_PHDR;
  own.p_vaddr = 0x40;
  Elf64_Phdr dynamic{};
  dynamic.p_type = PT_DYNAMIC;
  dynamic.p_vaddr = kDynamic.value - (kHeaders.value - 0x40);
  put(memory[kHeaders], 0, own);
  put(memory[kHeaders], sizeof own, dynamic);
  put(memory[kDynamic], 0,
      std::array<uint64_t, 6>{DT_NEEDED, 1, DT_DEBUG, kDebug.value, DT_NULL, 0});
  put(memory[kDebug], 0, std::array<uint64_t, 2>{1, kMaps.value});
  put(memory[kMaps], 0, Map{0x1000, kNames.value, 0x1100, kMaps.value + 0x100});
  put(memory[kMaps], 0x100, Map{0x2000, kNames.value + 1, 0x2100, 0});
  put(memory[kMaps], 0x100 + kModuleOffset, uint64_t{2});
  Bytes names(4096);
  const std::string name = "/lib/a&b.so";
  std::memcpy(names.data() + 1, name.data(), name.size());
  memory[kNames] = names;
  put(memory[kField], 0, std::array<uint32_t, 3>{64, 1, kModuleOffset});
  put(memory[kThreadPointer], 0, kVector.value);
  put(memory[kVector], 0, std::array<uint64_t, 8>{9, 0, 0x700000, 0, 0x710000, 0, ~uint64_t{0}, 0});
  put(script.tasks[0].register_sets[0x401], 0, kThreadPointer.value);
  return script;
}

std::string symbol_answer(const std::string& value) {
  return "qSymbol:" + value + ":" + gdb::to_hex_text("_thread_db_link_map_l_tls_modid");
}

TEST(GdbLibraries, AreReadFromTheLinkersList) {
  FakeMachine machine(linked_program());
  EXPECT_EQ(reply(machine, {"qXfer:libraries-svr4:read::0,1000"}),
            "l<library-list-svr4 version=\"1.0\" main-lm=\"0x503000\">\n"
            "<library name=\"/lib/a&#38;b.so\" lm=\"0x503100\" l_addr=\"0x2000\" "
            "l_ld=\"0x2100\" lmid=\"0x502000\"/>\n</library-list-svr4>\n");
  EXPECT_EQ(reply(machine, {"qShlibInfoAddr"}), "502000");
}

TEST(GdbLibraries, OfAStaticProgramAreNone) {
  FakeMachine machine(counting_program(3));
  EXPECT_EQ(reply(machine, {"qXfer:libraries-svr4:read::0,1000"}),
            "l<library-list-svr4 version=\"1.0\">\n</library-list-svr4>\n");
  EXPECT_TRUE(reply(machine, {"qShlibInfoAddr"}).starts_with("E."));
}

TEST(GdbLibraries, InACircleComeToAnEnd) {
  FakeScript script = linked_program();
  put(script.processes[kCounter.pid].memory[kMaps], 0x100 + 24, kMaps.value);
  FakeMachine machine(script);
  EXPECT_TRUE(reply(machine, {"qXfer:libraries-svr4:read::0,40"}).starts_with("m<library-list"));
}

TEST(GdbThreadStorage, OfALibraryIsFoundThroughItsModuleNumber) {
  FakeMachine machine(linked_program());
  const auto all = replies(
      machine, {kHello, "qSymbol::", symbol_answer("505000"), "qGetTLSAddr:p29.29,8,503100"});
  EXPECT_EQ(all[1], "qSymbol:" + gdb::to_hex_text("_thread_db_link_map_l_tls_modid"));
  EXPECT_EQ(all[2], "OK");
  EXPECT_EQ(all[3], "710008");
}

TEST(GdbThreadStorage, OfTheProgramItselfNeedsNoSymbol) {
  FakeMachine machine(linked_program());
  EXPECT_EQ(reply(machine, {"qGetTLSAddr:29,10,0"}), "700010");
}

TEST(GdbThreadStorage, ThatCannotBeFoundIsRefusedWithTheReason) {
  FakeMachine machine(linked_program());
  EXPECT_EQ(replies(machine, {"qSymbol::", symbol_answer(""), "qGetTLSAddr:29,0,503100"}).back(),
            "E.where thread-local variables lie is not known: libc has no symbol "
            "_thread_db_link_map_l_tls_modid that the debugger finds");
  FakeScript script = linked_program();
  put(script.processes[kCounter.pid].memory[kMaps], 0x100 + kModuleOffset, uint64_t{3});
  FakeMachine unused(script);
  EXPECT_EQ(replies(unused, {symbol_answer("505000"), "qGetTLSAddr:29,0,503100"}).back(),
            "E.this thread has not used the library's thread-local variables yet");
  EXPECT_EQ(reply(machine, {"qGetTLSAddr:77,0,0"}), "E.no such thread");
}

TEST(GdbMemoryMap, HoldsAllThatCanBeMapped) {
  FakeMachine machine(counting_program(3));
  const std::string map = reply(machine, {"qXfer:memory-map:read::0,1000"});
  EXPECT_NE(map.find("<memory type=\"ram\" start=\"0x0\""), std::string::npos) << map;
}

}  // namespace
}  // namespace rr::test
