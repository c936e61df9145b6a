// aarch64 as the rest of the tree sees it: see arch/architecture.h for what each name promises.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arch/aarch64/registers.h"
#include "util/types.h"

namespace rr::aarch64 {

// A system call as the program asked for it. The kernel looks at the low 32 bits of x8 only.
struct SyscallArguments {
  int32_t number = 0;
  std::array<uint64_t, 6> args{};

  bool operator==(const SyscallArguments&) const = default;
};

struct Arch {
  using Registers = aarch64::Registers;
  using FloatRegisters = aarch64::FloatRegisters;
  using SyscallArguments = aarch64::SyscallArguments;

  static constexpr std::string_view kName = "aarch64";

  // brk #0 and svc #0, little-endian. The kernel leaves pc at a brk, so a breakpoint needs no
  // correction of pc.
  static constexpr std::array<std::byte, 4> kBreakpoint = {std::byte{0x00}, std::byte{0x00},
                                                           std::byte{0x20}, std::byte{0xd4}};
  static constexpr std::array<std::byte, 4> kSyscallInstruction = {
      std::byte{0x01}, std::byte{0x00}, std::byte{0x00}, std::byte{0xd4}};
  static constexpr uint64_t kSyscallInstructionSize = 4;

  static constexpr Address pc(const Registers& r) { return {r.pc}; }
  static constexpr Address sp(const Registers& r) { return {r.sp}; }
  static constexpr void set_pc(Registers& r, Address pc) {
    r.pc = pc.value;
    r.pstate &= ~kPstateBranchType;
  }

  static constexpr SyscallArguments syscall_arguments(const Registers& r) {
    return {static_cast<int32_t>(r.x[8]), {r.x[0], r.x[1], r.x[2], r.x[3], r.x[4], r.x[5]}};
  }
  static constexpr int64_t syscall_result(const Registers& r) {
    return static_cast<int64_t>(r.x[0]);
  }
  static constexpr void set_syscall(Registers& r, const SyscallArguments& call) {
    for (size_t i = 0; i < call.args.size(); ++i) r.x[i] = call.args[i];
    r.x[8] = static_cast<uint64_t>(static_cast<int64_t>(call.number));
  }
  static constexpr void set_syscall_result(Registers& r, int64_t result) {
    r.x[0] = static_cast<uint64_t>(result);
  }

  static constexpr bool same_state(const Registers& a, const Registers& b) {
    return a.x == b.x && a.sp == b.sp && a.pc == b.pc &&
           (a.pstate & ~kPstateNotCompared) == (b.pstate & ~kPstateNotCompared);
  }
};

}  // namespace rr::aarch64
