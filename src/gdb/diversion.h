// The diversion that a client is in: a copy of the replay which begins with its first write of a
// register or of memory, in which the functions that it calls run, and which is thrown away when
// the client wants to go on with the replay.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gdb/report.h"
#include "gdb/resume.h"
#include "machine/diversion.h"

namespace rr::gdb {

class Session;

// Whether the user has been told that what runs is not what was recorded.
enum class Telling { kNotYet, kDone };

struct Diverted {
  std::unique_ptr<machine::Diversion> copy;
  Report before;  // the last one of the replay
  // Runs when the client names no thread: whose registers were written last, or that ran last.
  std::optional<machine::TaskId> runner;
  bool has_new_registers = false;  // written since the last run
  bool has_new_memory = false;     // the same of memory
  // Where calls began and stopped: what a debugger restores is one of these.
  std::vector<Registers> stops;
  Telling told = Telling::kNotYet;
  std::optional<Bytes> signal_info;  // as the client wrote it back behind a call
};

// Memory of the client's own, as lldb has it for its expressions. The client holds that it stays,
// so that it is made again in each diversion, with what was in it.
struct OwnMemory {
  Pid pid;
  AddressRange range;
  uint32_t protection = 0;
  Bytes contents;  // when the last diversion ended
};

// Writes begin a diversion where something changes by them. They throw Error where nothing can be
// written, or no copy can be made.
struct RegisterValue {
  size_t number = 0;  // of the target description
  Bytes bytes;
};
void write_registers(Session& session, machine::TaskId task,
                     const std::vector<RegisterValue>& values);
void write_memory(Session& session, Address address, std::span<const std::byte> bytes);
Address allocate_memory(Session& session, uint64_t size, uint32_t protection);
void free_memory(Session& session, Address address);

// Whether all threads have the registers that they have in the replay: then the client goes on
// with that.
bool has_recorded_registers(Session& session);

// Runs one thread of the diversion: the one to step, or the named one, or the runner.
Report run_diverted(Session& session, const ResumeRequest& request);

// Back to the replay, which has not moved. Nothing happens where there is no diversion.
void end_diversion(Session& session);
// The same, telling the user of what is lost: only where the client waits for a stop.
void leave_diversion(Session& session);

}  // namespace rr::gdb
