// What a port to a CPU supplies: types, constants and pure functions, no virtuals. arch.h picks one
// and checks it against this concept.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "util/types.h"

namespace rr {

template <typename A>
concept Architecture = requires(typename A::Registers& registers,
                                const typename A::Registers& const_registers, uint64_t number) {
  typename A::Registers;
  typename A::FloatRegisters;
  typename A::SyscallArguments;

  // Names, and what the kernel and gdb call the CPU.
  { A::kName } -> std::convertible_to<std::string_view>;

  // Instruction bytes. kSyscallInstruction and kBreakpoint have the same size, so that one may be
  // planted on the other.
  { A::kBreakpoint } -> std::convertible_to<std::span<const std::byte>>;
  { A::kSyscallInstruction } -> std::convertible_to<std::span<const std::byte>>;
  { A::kSyscallInstructionSize } -> std::convertible_to<uint64_t>;

  // General registers.
  { A::pc(const_registers) } -> std::same_as<Address>;
  { A::sp(const_registers) } -> std::same_as<Address>;
  {A::set_pc(registers, Address{})};

  // The system-call convention.
  { A::syscall_arguments(const_registers) } -> std::same_as<typename A::SyscallArguments>;
  { A::syscall_result(const_registers) } -> std::same_as<int64_t>;
  {A::set_syscall(registers, typename A::SyscallArguments{})};
  {A::set_syscall_result(registers, int64_t{})};

  // Equality as a replay must reach it: bits that only tell how the last stop came about are left
  // out.
  { A::same_state(const_registers, const_registers) } -> std::same_as<bool>;
};

}  // namespace rr
