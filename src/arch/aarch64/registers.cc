#include "arch/aarch64/registers.h"

#include <cstdio>

#include "util/check.h"

namespace rr::aarch64 {
namespace {

constexpr std::array<std::string_view, kGeneralRegisterCount> kNames = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11",
    "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
    "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",  "pc",  "cpsr"};

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::string_view general_register_name(int index) {
  CHECK(index >= 0 && index < kGeneralRegisterCount) << index;
  return kNames[static_cast<size_t>(index)];
}

uint64_t general_register(const Registers& registers, int index) {
  CHECK(index >= 0 && index < kGeneralRegisterCount) << index;
  if (index < 31) return registers.x[static_cast<size_t>(index)];
  return index == 31 ? registers.sp : index == 32 ? registers.pc : registers.pstate;
}

void set_general_register(Registers& registers, int index, uint64_t value) {
  CHECK(index >= 0 && index < kGeneralRegisterCount) << index;
  if (index < 31) {
    registers.x[static_cast<size_t>(index)] = value;
  } else {
    (index == 31 ? registers.sp : index == 32 ? registers.pc : registers.pstate) = value;
  }
}

std::vector<std::string> describe_differences(const Registers& expected, const Registers& actual) {
  std::vector<std::string> lines;
  for (int i = 0; i < kGeneralRegisterCount; ++i) {
    uint64_t want = general_register(expected, i);
    uint64_t have = general_register(actual, i);
    if (i == kGeneralRegisterCount - 1) {
      want &= ~kPstateNotCompared;
      have &= ~kPstateNotCompared;
    }
    if (want == have) continue;
    lines.push_back(std::string(kNames[static_cast<size_t>(i)]) + " expected " + hex(want) +
                    ", is " + hex(have));
  }
  return lines;
}

std::string to_string(const Registers& registers) {
  std::string text;
  for (int i = 0; i < kGeneralRegisterCount; ++i) {
    char cell[40];
    std::snprintf(cell, sizeof cell, "%5s %016llx", kNames[static_cast<size_t>(i)].data(),
                  static_cast<unsigned long long>(general_register(registers, i)));
    text += cell;
    text += i % 4 == 3 ? "\n" : "  ";
  }
  return text;
}

}  // namespace rr::aarch64
