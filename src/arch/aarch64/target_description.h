// The registers of this CPU as gdb is told of them: the target description in XML, and for each
// register number of it where the bytes lie in the kernel's register sets.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/aarch64/registers.h"
#include "util/bytes.h"
#include "util/types.h"

namespace rr::aarch64 {

struct TargetRegister {
  std::string name;
  uint32_t size = 0;    // bytes, as gdb sees it
  uint32_t note = 0;    // the register set it lies in
  uint32_t offset = 0;  // in that set
  // The size that the set must have for that; 0: any. SVE's has another one in a thread whose
  // registers have another length than the debugger has been told.
  uint32_t set_size = 0;
  std::optional<uint64_t> constant = std::nullopt;  // it lies nowhere and has this value
};

inline constexpr uint32_t kNotePacMask = 0x406;

class TargetDescription final {
 public:
  static constexpr uint32_t kGeneralSet = 1;  // the note of the set that every thread has
  // Register sets that a thread may lack; gdb is told of those that are known.
  static constexpr std::array<uint32_t, 3> kOptionalSets = {0x401, kNotePacMask, kNoteScalable};
  static constexpr uint32_t kNotForLldb = kNoteScalable;
  // Sent along with each stop, so that gdb need not ask: x29 (the frame), sp, pc.
  static constexpr std::array<size_t, 3> kExpedited = {29, 31, 32};
  static constexpr size_t kProgramCounter = 32;
  static constexpr std::string_view kArchitecture = "aarch64";
  // How many watchpoints a debugger may count on.
  static constexpr int kWatchpointSlots = 4;
  // lldb's name for the part that a register plays: pc, sp, fp, ra, flags, arg1 to arg8.
  static std::optional<std::string> generic_name(size_t number);
  // Where a function that has just been entered returns to.
  static Address return_address(const Registers& at_entry) { return {at_entry.x[30]}; }
  // The size of a breakpoint instruction, as Z packets carry it.
  static constexpr uint64_t kBreakpointKind = 4;
  // gdb holds that a watchpoint of this CPU is reported before the access has been made, and makes
  // a step of its own to see the new value.
  static constexpr bool kDebuggerStepsOverWatchedAccess = true;

  // What is known of the optional sets: their contents, by note.
  using KnownSets = std::map<uint32_t, Bytes>;
  explicit TargetDescription(const KnownSets& known);

  // By gdb's register number.
  const std::vector<TargetRegister>& registers() const { return registers_; }
  const std::string& xml() const { return xml_; }

 private:
  struct XmlRow {
    std::string_view type;
    std::string_view group;
  };
  void begin_feature(std::string_view name);
  void end_feature();
  void add(TargetRegister target_register, XmlRow row);
  void add_core();
  void add_float();
  void add_scalable(uint32_t length);
  void add_tls();
  void add_pointer_authentication();

  std::vector<TargetRegister> registers_;
  std::string xml_;
};

}  // namespace rr::aarch64
