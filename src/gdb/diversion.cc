#include "gdb/diversion.h"

#include <algorithm>
#include <map>
#include <set>

#include "gdb/conditions.h"
#include "gdb/hex.h"
#include "gdb/session.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

using machine::Reason;
using machine::Stop;
using machine::TaskId;

// Of the stops that a debugger may restore: enough for calls within calls.
constexpr size_t kMostStops = 32;

void tell(Session& session, const std::string& text) {
  session.link().send("O" + to_hex_text(text));
}

void restore_own_memory(Session& session) {
  machine::Diversion& copy = *session.diverted->copy;
  for (const OwnMemory& own : session.own_memory) {
    if (copy.allocate(own.pid, own.range.start, own.range.size, own.protection)) {
      copy.write_memory(own.pid, own.range.start, own.contents);
    }
  }
}

void keep_own_memory(Session& session) {
  for (OwnMemory& own : session.own_memory) {
    own.contents.resize(static_cast<size_t>(own.range.size));
    own.contents.resize(session.machine().read_memory(own.pid, own.range.start, own.contents));
  }
}

bool is_own_memory(const Session& session, Address address) {
  return std::ranges::any_of(session.own_memory, [&](const OwnMemory& own) {
    return own.pid == session.general_pid() && own.range.contains(address);
  });
}

// The one that there is, or a new one.
Diverted& diversion_of(Session& session) {
  if (session.diverted) return *session.diverted;
  auto copy = session.replay().divert();
  if (copy == nullptr) {
    fail(
        "nothing can be changed here: a process shares its memory with the child of a vfork, or "
        "the replay cannot be copied; go on a little");
  }
  session.diverted.emplace(
      Diverted{.copy = std::move(copy), .before = session.last_report, .runner = {}});
  restore_own_memory(session);
  return *session.diverted;
}

// Sets of this thread that are not what the values want.
std::map<uint32_t, Bytes> changed_sets(Session& session, TaskId task,
                                       const std::vector<RegisterValue>& values) {
  std::map<uint32_t, Bytes> changed;
  for (const RegisterValue& value : values) {
    const TargetRegister& row = session.target().registers().at(value.number);
    if (value.bytes.size() != row.size) fail("register " + row.name + " has another size");
    const auto now = session.read_register(task, value.number);
    if (!now || *now == value.bytes) continue;
    if (row.constant) fail("register " + row.name + " cannot be changed");
    Bytes& set = changed.try_emplace(row.note).first->second;
    if (set.empty()) set = *session.read_register_set(task, row.note);
    std::ranges::copy(value.bytes, set.begin() + static_cast<std::ptrdiff_t>(row.offset));
  }
  return changed;
}

// Whether there are other bytes, or none.
bool differs(Session& session, Address address, std::span<const std::byte> bytes) {
  Bytes now(bytes.size());
  const size_t n = session.machine().read_memory(session.general_pid(), address, now);
  return n != bytes.size() || !std::ranges::equal(now, bytes);
}

bool is_same_thread(Session& session, TaskId task) {
  const machine::Machine& replay = session.replay();
  const machine::Machine& diverted = session.machine();
  if (!Arch::same_state(replay.registers(task), diverted.registers(task))) return false;
  std::set<uint32_t> notes;
  for (const TargetRegister& row : session.target().registers()) notes.insert(row.note);
  notes.erase(TargetDescription::kGeneralSet);
  return std::ranges::all_of(notes, [&](uint32_t note) {
    return replay.register_set(task, note) == diverted.register_set(task, note);
  });
}

// Whether the client has made the thread do something of its own choice that will not come back: a
// call ends at a breakpoint at its return address.
bool is_departure(Session& session, TaskId task) {
  const Diverted& diverted = *session.diverted;
  if (!diverted.has_new_registers) return false;
  const Registers now = session.machine().registers(task);
  const auto is_now = [&](const Registers& stop) { return Arch::same_state(stop, now); };
  if (std::ranges::any_of(diverted.stops, is_now)) return false;
  const Address back = TargetDescription::return_address(now);
  return !session.breakpoints.has_code_breakpoint(task.pid, back);
}

void announce(Session& session, TaskId task) {
  Diverted& diverted = *session.diverted;
  if (diverted.told == Telling::kDone || !is_departure(session, task)) return;
  diverted.told = Telling::kDone;
  tell(session,
       "What runs now is a diversion, not what was recorded. `end-diversion` comes back to event " +
           std::to_string(session.replay().position().frame.value) + ".\n");
}

void remember_stop(Session& session, TaskId task) {
  auto& stops = session.diverted->stops;
  if (stops.size() == kMostStops) stops.erase(stops.begin());
  stops.push_back(session.machine().registers(task));
}

TaskId chosen_task(Session& session, const ResumeRequest& request) {
  if (request.step) return request.step->task;
  const TaskId task = request.named.value_or(session.diverted->runner.value_or(session.selected));
  if (!session.find_task({.pid = task.pid, .tid = task.tid})) fail("the thread has ended");
  return task;
}

bool is_told(Session& session, const Stop& stop) {
  const machine::Machine& machine = session.machine();
  if (const auto* hit = std::get_if<machine::BreakpointHit>(&stop.reason)) {
    const Address pc = Arch::pc(machine.registers(stop.task));
    return any_holds(session, machine, stop.task,
                     session.breakpoints.conditions(
                         {.kind = hit->kind, .pid = stop.task.pid, .address = pc, .length = 0}));
  }
  if (const auto* hit = std::get_if<machine::WatchpointHit>(&stop.reason)) {
    return any_holds(session, machine, stop.task, session.breakpoints.conditions(hit->watchpoint));
  }
  return true;
}

Stop run_to_told_stop(Session& session, const machine::DivertedRun& run,
                      const ResumeRequest& request) {
  for (;;) {
    Stop stop = session.diverted->copy->run(run);
    const bool goes_on = request.step && std::holds_alternative<machine::StepDone>(stop.reason) &&
                         range_goes_on(session, *request.step);
    if (!goes_on && is_told(session, stop)) return stop;
    if (session.link().is_interrupted()) return {stop.task, machine::Interrupted{}};
  }
}

}  // namespace

void write_registers(Session& session, TaskId task, const std::vector<RegisterValue>& values) {
  const auto changed = changed_sets(session, task, values);
  if (changed.empty()) return;
  Diverted& diverted = diversion_of(session);
  if (diverted.stops.empty()) remember_stop(session, task);
  for (const auto& [note, bytes] : changed) {
    if (!diverted.copy->write_register_set(task, note, bytes)) {
      fail("the kernel does not let these registers have that value");
    }
  }
  diverted.has_new_registers = true;
  diverted.runner = task;
}

void write_memory(Session& session, Address address, std::span<const std::byte> bytes) {
  if (bytes.empty() || !differs(session, address, bytes)) return;
  const bool is_own = is_own_memory(session, address);
  Bytes first(1);
  if (!is_own && session.machine().read_memory(session.general_pid(), address, first) == 0) {
    fail("no memory at 0x" + to_hex(address.value));
  }
  Diverted& diverted = diversion_of(session);
  diverted.has_new_memory |= !is_own;
  const size_t n = diverted.copy->write_memory(session.general_pid(), address, bytes);
  if (n != bytes.size()) fail("no memory to write at 0x" + to_hex((address + n).value));
}

Address allocate_memory(Session& session, uint64_t size, uint32_t protection) {
  constexpr uint64_t kMost = 64 << 20;
  if (size == 0 || size > kMost) fail("so much memory cannot be allocated");
  const Pid pid = session.general_pid();
  const auto made = diversion_of(session).copy->allocate(pid, {}, size, protection);
  if (!made) fail("memory cannot be allocated");
  session.own_memory.push_back({pid, {*made, size}, protection, {}});
  return *made;
}

void free_memory(Session& session, Address address) {
  std::erase_if(session.own_memory, [&](const OwnMemory& own) {
    return own.pid == session.general_pid() && own.range.start == address;
  });
}

bool has_recorded_registers(Session& session) {
  return std::ranges::all_of(session.replay().tasks(), [&](const machine::TaskInfo& task) {
    return is_same_thread(session, task.id);
  });
}

Report run_diverted(Session& session, const ResumeRequest& request) {
  const TaskId task = chosen_task(session, request);
  announce(session, task);
  Diverted& diverted = *session.diverted;
  diverted.has_new_registers = false;
  diverted.has_new_memory = false;
  diverted.runner = task;
  const machine::DivertedRun run{
      .task = task,
      .pace = request.step ? machine::Pace::kOneInstruction : machine::Pace::kFreely,
      .interrupted = [&] { return session.link().is_interrupted(); },
      .tell = [&](const std::string& text) { tell(session, text); }};
  try {
    const Stop stop = run_to_told_stop(session, run, request);
    remember_stop(session, task);
    if (const auto* stuck = std::get_if<machine::Stuck>(&stop.reason)) {
      tell(session, stuck->why + "\n");
    }
    return {.task = stop.task, .what = stop.reason};
  } catch (const Error& error) {
    tell(session, std::string(error.what()) + ": back to the replay.\n");
    end_diversion(session);
    return {.task = task, .what = Reason(machine::Stuck{})};
  }
}

void end_diversion(Session& session) {
  if (!session.diverted) return;
  keep_own_memory(session);
  const Report before = session.diverted->before;
  session.diverted.reset();
  session.last_report = before;
  // What the client has set and removed meanwhile.
  machine::Machine& replay = session.replay();
  const auto wanted = session.breakpoints.all();
  const auto present = replay.planted_breakpoints();
  for (const auto& old : present) {
    if (std::ranges::find(wanted, old) == wanted.end()) replay.remove_breakpoint(old);
  }
  for (const auto& wish : wanted) {
    if (std::ranges::find(present, wish) == present.end()) replay.await_breakpoint(wish);
  }
}

void leave_diversion(Session& session) {
  if (!session.diverted) return;
  const bool loses = session.diverted->has_new_memory || session.diverted->told == Telling::kDone;
  end_diversion(session);
  if (loses) {
    tell(session,
         "The changes that were made are thrown away: the replay goes on as it was recorded.\n");
  }
}

}  // namespace rr::gdb
