// Instructions whose results the machine decides and that no kernel lets us trap otherwise: random
// numbers and ID registers everywhere, the timer's registers where PR_SET_TSC is not known (before
// 6.12). A breakpoint of the same size is planted on them, wherever code is mapped, and their
// values are emulated. So it is on what turns SME on, where a program is stopped.
//
// A word of data that looks like one must stay: a program that reads it would see the breakpoint.
// So of an ELF file only the sections of code are searched, and a word that a load (literal) in its
// reach takes is none. What is left: data in code that is read by other means, and code that is
// written while it is executable, which nobody sees.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "arch/aarch64/instructions.h"
#include "trace/frame.h"
#include "tracee/thread.h"
#include "util/types.h"

namespace rr::record {

// Whether SME must be looked for, which programs are not told of.
bool cpu_has_streaming();

enum class CounterTrap { kByKernel, kByBreakpoint };

class MachineReads {
 public:
  // Learned at the first exec.
  void set_counter_trap(CounterTrap trap) { counter_ = trap; }

  // Plants in a mapping that has just been made, if it is executable and private. `path` opens its
  // file here.
  void plant(tracee::AddressSpace& space, const trace::Mapping& mapping, const std::string& path);
  // Plants in memory that has just become executable, by what it holds.
  void plant(tracee::AddressSpace& space, AddressRange range);

  // The value that a planted instruction is to give.
  static uint64_t value(uint32_t instruction);

 private:
  // Of a file, an address is an offset.
  std::vector<Address> find_in_file(const std::string& path) const;
  std::vector<Address> find(const MemoryReader& memory, AddressRange code) const;
  void find_in_words(std::span<const uint32_t> words, Address start,
                     std::vector<Address>& found) const;
  bool is_wanted(uint32_t instruction) const;

  CounterTrap counter_ = CounterTrap::kByKernel;
  std::map<trace::FileId, std::vector<Address>> known_;  // offsets
};

}  // namespace rr::record
