#include "replay/process_tree.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sched.h>

#include "arch/aarch64/syscall_numbers.h"
#include "arch/aarch64/syscall_stops.h"
#include "kernel/proc.h"
#include "replay/stub.h"
#include "syscalls/clone_arguments.h"
#include "tracee/low_page.h"
#include "tracee/remote_call.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::replay {

using kernel::Resume;
using kernel::Stopped;
using tracee::RemoteCall;

namespace {

// What a clone in replay keeps of the recorded flags. Not VFORK: nothing may block here. Not the
// words that the kernel would write: the recording has them. No namespaces: the replay's processes
// are where the replayer is.
constexpr uint64_t kKeptCloneFlags =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS;

Tid leader_of(Tid tid) {
  const std::string status = kernel::read_proc_file(tid, "status");
  const size_t line = status.find("\nTgid:");
  CHECK(line != std::string::npos) << "no Tgid of " << tid.value;
  return {static_cast<int32_t>(std::strtol(status.c_str() + line + 6, nullptr, 10))};
}

// Waits for a thread in execve, which is heard of by its leader's number once it has succeeded.
// Every other thread is stopped or gone.
const Stopped& wait_as_either(tracee::Thread& thread, Tid leader) {
  if (thread.real() == leader) return thread.wait();
  for (;;) {
    auto waited = kernel::wait_any();
    CHECK(waited.has_value()) << "nothing to wait for in execve";
    auto* stopped = std::get_if<Stopped>(&*waited);
    if (stopped == nullptr) continue;  // a leader whose last thread has gone
    const Tid tid = stopped->tid();
    CHECK(tid == thread.real() || tid == leader) << "thread " << tid.value << " ran";
    thread.set_real(tid);
    thread.set_stopped(std::move(*stopped));
    return thread.stopped();
  }
}

}  // namespace

std::unique_ptr<Task> clone_task(Task& parent, const trace::Frame& frame,
                                 const trace::NewTask& made, const tracee::TickFacts& ticks) {
  tracee::AddressSpace& space = parent.thread.space();
  const auto asked = syscalls::clone_arguments(Arch::syscall_arguments(frame.before), space);
  if (!asked) fail("the arguments of a recorded clone3 cannot be read", ExitCode::kDiverged);
  Tid child;
  {
    RemoteCall remote(parent.thread, RemoteCall::Via::kBreakpoint);
    child = {static_cast<int32_t>(remote.must("start a thread", aarch64::kSysClone,
                                              made.clone_flags & kKeptCloneFlags,
                                              asked->stack.value, 0, asked->tls, 0))};
  }
  Stopped stopped = kernel::wait_stopped(kernel::Running(child));
  Registers first = aarch64::behind_syscall_instruction(parent.thread.stopped().registers());
  Arch::set_syscall_result(first, 0);
  if (asked->stack != Address{}) first.sp = asked->stack.value;
  stopped.set_registers(first);
  const bool shares_memory = (made.clone_flags & CLONE_VM) != 0;
  auto child_space = shares_memory ? parent.thread.shared_space()
                                   : std::make_shared<tracee::AddressSpace>(child, space);
  auto process =
      made.pid == parent.process->pid ? parent.process : std::make_shared<Process>(*parent.process);
  if (process != parent.process) {
    const bool is_sibling = (made.clone_flags & CLONE_PARENT) != 0;
    process->parent = is_sibling ? parent.process->parent : parent.process->pid;
  }
  process->pid = made.pid;
  tracee::TickClock clock(tracee::make_tick_source(ticks, child), ticks);
  clock.set(Ticks{0});
  return std::make_unique<Task>(
      Task{{made.tid, made.pid, std::move(stopped), std::move(child_space), std::move(clock)},
           process,
           parent.name});
}

void execute_program(Task& task, const trace::Frame& frame, MappedFiles& files) {
  tracee::Thread& thread = task.thread;
  const AddressRange room = tracee::argument_page();
  const std::string path = own_executable();
  // argv behind the path, which is a page at the most and here much less.
  const Address vector = room.start + room.size / 2;
  const std::array<uint64_t, 2> argv = {room.start.value, 0};
  CHECK(path.size() + 1 < room.size / 2) << path;
  thread.space().write_all(room.start, std::as_bytes(std::span(path.c_str(), path.size() + 1)));
  thread.space().write_all(vector, bytes_of(argv));
  Registers registers = thread.stopped().registers();
  Arch::set_syscall(registers,
                    {aarch64::kSysExecve, {room.start.value, vector.value, vector.value + 8}});
  Arch::set_pc(registers, tracee::kInjectedSyscall);
  thread.stopped().set_registers(registers);
  const Tid leader = leader_of(thread.real());
  for (bool executed = false; !executed;) {
    thread.resume(Resume::kContinue);
    const Stopped& stopped = wait_as_either(thread, leader);
    executed = stopped.as<kernel::ExecStop>() != nullptr;
    if (!executed && stopped.is_signal(SIGTRAP)) {
      fail("cannot execute " + path + " in the replayed process: " +
               std::strerror(static_cast<int>(-Arch::syscall_result(stopped.registers()))),
           ExitCode::kUnavailable);
    }
  }
  thread.resume(Resume::kSyscall);
  thread.wait();
  thread.set_space(std::make_shared<tracee::AddressSpace>(thread.real()));
  task.process = std::make_shared<Process>(*task.process);
  build_new_program(task, frame, files);
}

void end_task(Task& task, bool is_last_of_process) {
  tracee::Thread& thread = task.thread;
  if (is_last_of_process) {
    kernel::kill_and_reap({thread.real()});
    thread.set_dead();
    return;
  }
  const bool is_leader = task.process->pid.value == thread.id().value;
  try {
    Registers registers = thread.stopped().registers();
    Arch::set_syscall(registers, {aarch64::kSysExit, {}});
    Arch::set_pc(registers, tracee::kInjectedSyscall);
    thread.stopped().set_registers(registers);
    for (bool exits = false; !exits;) {
      thread.resume(Resume::kContinue);
      exits = thread.wait().as<kernel::ExitStop>() != nullptr;
    }
    thread.resume(Resume::kContinue);
    // A leader's zombie stays until its other threads are gone; any other is waited for, or it
    // would keep the leader.
    if (!is_leader) thread.wait();
  } catch (const kernel::TraceeDied&) {
  }
  thread.set_dead();
}

}  // namespace rr::replay
