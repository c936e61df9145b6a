#include "replay/process_copy.h"

#include <csignal>
#include <cstdlib>
#include <sched.h>
#include <sstream>
#include <sys/mman.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "replay/shared_memory_copy.h"
#include "tracee/remote_call.h"
#include "util/check.h"

namespace rr::replay {
namespace {

using kernel::Stopped;
using tracee::RemoteCall;

// So that the replayer is the parent of all copies and nobody's zombie stays.
constexpr uint64_t kForkFlags = CLONE_PARENT;
constexpr uint64_t kThreadFlags =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

struct ForkAdvice {
  AddressRange range;
  int advice;
  int opposite;
};

// What the program has said about parts of its memory and forks, which a copy must not obey
// (VmFlags in /proc/PID/smaps: Documentation/filesystems/proc.rst).
std::vector<ForkAdvice> fork_advice(const Task& task) {
  std::vector<ForkAdvice> found;
  std::istringstream lines(kernel::read_proc_file(task.thread.real(), "smaps"));
  AddressRange range{};
  for (std::string line; std::getline(lines, line);) {
    unsigned long long start = 0;
    unsigned long long end = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx ", &start, &end) == 2) range = {{start}, end - start};
    if (!line.starts_with("VmFlags:")) continue;
    if (line.find(" dc") != std::string::npos) {
      found.push_back({range, MADV_DONTFORK, MADV_DOFORK});
    }
    if (line.find(" wf") != std::string::npos) {
      found.push_back({range, MADV_WIPEONFORK, MADV_KEEPONFORK});
    }
  }
  return found;
}

void copy_thread_state(const Task& from, Task& to) {
  Stopped& stopped = to.thread.stopped();
  for (const aarch64::RegisterSetRow& row : aarch64::kStateRegisterSets) {
    if (const auto set = from.thread.stopped().register_set(row.note)) {
      stopped.set_register_set(row.note, *set);
    }
  }
  stopped.set_registers(from.thread.stopped().registers());
  to.thread.clock().set(from.thread.clock().now());
}

std::unique_ptr<Task> task_like(const Task& original, Stopped stopped,
                                std::shared_ptr<tracee::AddressSpace> space,
                                std::shared_ptr<Process> process, const tracee::TickFacts& ticks) {
  tracee::TickClock clock(tracee::make_tick_source(ticks, stopped.tid()), ticks);
  auto task = std::make_unique<Task>(Task{{original.thread.id(), original.thread.process(),
                                           std::move(stopped), std::move(space), std::move(clock)},
                                          std::move(process)});
  task->name = original.name;
  task->reported_breakpoint = original.reported_breakpoint;
  task->touched = original.touched;
  task->exit_status = original.exit_status;
  task->in_call = original.in_call;
  task->counted = original.counted;
  return task;
}

Stopped fork_in(Task& task) {
  std::vector<ForkAdvice> advised;
  if (task.process->has_fork_advice) advised = fork_advice(task);
  RemoteCall remote(task.thread, RemoteCall::Via::kBreakpoint);
  for (const auto& a : advised) {
    remote.must("copy a process", aarch64::kSysMadvise, a.range.start.value, a.range.size,
                a.opposite);
  }
  const Tid child{static_cast<int32_t>(
      remote.must("copy a process", aarch64::kSysClone, kForkFlags, 0, 0, 0, 0))};
  for (const auto& a : advised) {
    remote.must("copy a process", aarch64::kSysMadvise, a.range.start.value, a.range.size,
                a.advice);
  }
  return kernel::wait_stopped(kernel::Running(child));
}

void advise_copy(Task& copy, const Task& original) {
  if (!original.process->has_fork_advice) return;
  RemoteCall remote(copy.thread, RemoteCall::Via::kBreakpoint);
  for (const auto& a : fork_advice(original)) {
    remote.must("copy a process", aarch64::kSysMadvise, a.range.start.value, a.range.size,
                a.advice);
  }
}

Stopped clone_in(Task& task) {
  RemoteCall remote(task.thread, RemoteCall::Via::kBreakpoint);
  const Tid child{static_cast<int32_t>(
      remote.must("copy a thread", aarch64::kSysClone, kThreadFlags, 0, 0, 0, 0))};
  return kernel::wait_stopped(kernel::Running(child));
}

// The leader ends before its threads and stays as a zombie, as in the original.
void end_leader(Task& leader) {
  tracee::Thread& thread = leader.thread;
  Registers registers = thread.stopped().registers();
  Arch::set_syscall(registers, {aarch64::kSysExit, {}});
  Arch::set_pc(registers, tracee::kInjectedSyscall);
  thread.stopped().set_registers(registers);
  for (bool exits = false; !exits;) {
    thread.resume(kernel::Resume::kContinue);
    exits = thread.wait().as<kernel::ExitStop>() != nullptr;
  }
  thread.resume(kernel::Resume::kContinue);
  thread.set_dead();
}

Task* leader_of(const std::vector<Task*>& threads) {
  for (Task* task : threads) {
    if (task->thread.id().value == task->process->pid.value) return task;
  }
  return nullptr;
}

}  // namespace

ProcessCopy copy_process(const std::vector<Task*>& threads, const MappedFiles::Copies& copies,
                         const tracee::TickFacts& ticks) {
  CHECK(!threads.empty());
  Task* const leader = leader_of(threads);
  Task& forker = leader == nullptr ? *threads.front() : *leader;
  auto process = std::make_shared<Process>(*forker.process);
  Stopped stopped = fork_in(forker);
  auto space = std::make_shared<tracee::AddressSpace>(stopped.tid(), forker.thread.space());
  auto first = task_like(forker, std::move(stopped), space, process, ticks);
  copy_thread_state(forker, *first);
  advise_copy(*first, forker);
  map_copies(*first, copies);
  ProcessCopy copy;
  for (Task* thread : threads) {
    if (thread == leader) {
      copy.tasks.push_back(nullptr);  // below: the clones come from it
      continue;
    }
    copy.tasks.push_back(task_like(*thread, clone_in(*first), space, process, ticks));
    copy_thread_state(*thread, *copy.tasks.back());
  }
  if (leader == nullptr) {
    copy.ended_leader = first->thread.real();
    end_leader(*first);
  }
  for (auto& task : copy.tasks) {
    if (task == nullptr) task = std::move(first);
  }
  return copy;
}

}  // namespace rr::replay
