// A process's memory and what has been planted in it. Shared by the threads of a process; replaced
// at exec.
#pragma once

#include <map>
#include <span>

#include "arch/arch.h"
#include "kernel/memory.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::tracee {

class AddressSpace final : public MemoryReader {
 public:
  // Any thread of the process, stopped or not.
  explicit AddressSpace(Tid tid) : memory_(tid) {}
  // A forked copy, which has what was planted in the original.
  AddressSpace(Tid tid, const AddressSpace& original) : memory_(tid), planted_(original.planted_) {}

  // As the program left it: planted breakpoints do not show.
  size_t read(Address address, std::span<std::byte> out) const override;
  // Bytes written before the first that cannot be. Planted breakpoints stay in place where the
  // instruction is the same.
  size_t write(Address address, std::span<const std::byte> bytes);
  // Throws Error when not everything can be written, unless it is there already.
  void write_all(Address address, std::span<const std::byte> bytes);

  // Plants a breakpoint instruction; counted, so that each plant needs an unplant. False where
  // nothing can be written.
  bool plant(Address address);
  void unplant(Address address);
  bool is_planted(Address address) const { return planted_.contains(address); }
  // Whether the program has put something else where it is planted.
  bool is_overwritten(Address address) const;
  // Puts the original instruction back for one step over it, however often it is planted; lower()
  // ends that.
  void lift(Address address);
  void lower(Address address);
  // The memory under these addresses is gone (unmapped or replaced), and what was planted there
  // with it.
  void forget_planted(AddressRange range);
  void forget_all_planted() { planted_.clear(); }
  // The kernel has moved the memory from there to here, and what was planted with it.
  void move_planted(AddressRange from, Address to);
  // The memory has become again what its file has: plants anew, where that is the instruction.
  void replant(AddressRange range);

 private:
  using Instruction = std::array<std::byte, Arch::kSyscallInstructionSize>;
  struct Planted {
    Instruction original{};
    int count = 0;
  };

  std::map<Address, Planted>::iterator keep_if_same(std::map<Address, Planted>::iterator planted,
                                                    const Instruction& now);

  kernel::ProcessMemory memory_;
  std::map<Address, Planted> planted_;
};

}  // namespace rr::tracee
