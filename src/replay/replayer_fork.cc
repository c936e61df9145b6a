// A second replay in the same state: a checkpoint, or the past that is gone back to.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sys/mman.h>
#include <vector>

#include "kernel/proc.h"
#include "replay/diversion.h"
#include "replay/process_copy.h"
#include "replay/replayer.h"
#include "replay/shared_memory_copy.h"

namespace rr::replay {
namespace {

std::map<Pid, std::vector<Task*>> by_process(const std::map<Tid, std::unique_ptr<Task>>& tasks) {
  std::map<Pid, std::vector<Task*>> processes;
  for (const auto& [tid, task] : tasks) processes[task->process->pid].push_back(task.get());
  return processes;
}

}  // namespace

Replayer::Replayer(const Replayer& original, MappedFiles files)
    : reader_(original.reader_),
      files_(std::move(files)),
      options_(original.options_),
      ticks_(original.ticks_),
      report_(original.report_),
      breakpoints_(original.breakpoints_),
      watchpoints_(original.watchpoints_),
      advance_(ticks_, report_, watchpoints_),
      frame_space_(original.frame_space_),
      frame_(original.frame_ == nullptr ? nullptr : &frame_space_),
      done_(original.done_),
      current_(original.current_),
      arrived_(original.arrived_),
      code_files_(original.code_files_),
      cost_(original.cost_),
      first_process_(original.first_process_),
      start_ns_(original.start_ns_),
      now_ns_(original.now_ns_),
      exit_status_(original.exit_status_) {}

// Not while a child of vfork is in its parent's memory, or when a thread has been killed under us.
bool Replayer::can_fork() const {
  std::map<const tracee::AddressSpace*, Pid> owners;
  for (const auto& [tid, task] : tasks_) {
    if (!task->thread.is_stopped()) return false;
    const Pid pid = task->process->pid;
    if (owners.emplace(&task->thread.space(), pid).first->second != pid) return false;
  }
  return true;
}

std::unique_ptr<machine::Machine> Replayer::fork() { return copy(); }

std::unique_ptr<machine::Diversion> Replayer::divert() {
  auto made = copy();
  if (made == nullptr) return nullptr;
  return std::make_unique<Diversion>(std::move(made));
}

std::unique_ptr<Replayer> Replayer::copy() {
  if (!can_fork()) return nullptr;
  const auto processes = by_process(tasks_);
  MappedFiles::Copies copies;
  MappedFiles files = files_.copied(copies);
  for (const auto& [pid, threads] : processes) copy_shared_memory(*threads.front(), files, copies);
  std::unique_ptr<Replayer> copy(new Replayer(*this, std::move(files)));
  for (const auto& [pid, threads] : processes) {
    ProcessCopy process = copy_process(threads, copies, ticks_);
    if (process.ended_leader) copy->ended_leaders_.push_back(*process.ended_leader);
    for (auto& task : process.tasks) {
      const Tid tid = task->thread.id();
      copy->tasks_.emplace(tid, std::move(task));
    }
  }
  pages_ = copy->pages_ = Pages::kShared;
  return copy;
}

void Replayer::settle_shared_pages() {
  if (pages_ != Pages::kShared) return;
  const auto processes = by_process(tasks_);
  const bool may_loop = std::any_of(processes.begin(), processes.end(), [&](const auto& process) {
    return code_files_->may_loop(*process.second.front());
  });
  pages_ = may_loop ? Pages::kOwn : Pages::kLeft;
  if (!may_loop) return;
  for (const auto& [pid, threads] : processes) {
    if (threads.front()->thread.is_stopped()) take_pages(*threads.front());
  }
}

// A library whose constructor has not run yet, or what a program has made itself.
void Replayer::settle_new_code(const syscalls::Row& row) {
  using syscalls::Special;
  const bool sets_protection = row.special == Special::kMmap || row.special == Special::kMprotect;
  const bool is_code =
      row.special == Special::kShmat ||
      (sets_protection && (Arch::syscall_arguments(frame_->before).args[2] & PROT_EXEC) != 0);
  if (pages_ != Pages::kLeft || !is_code) return;
  pages_ = Pages::kShared;
  settle_shared_pages();
}

// What is shared with other replays counts by halves, thirds and so on (Pss,
// Documentation/filesystems/proc.rst).
uint64_t Replayer::memory_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [pid, threads] : by_process(tasks_)) {
    const std::string text = kernel::read_proc_file(threads.front()->thread.real(), "smaps_rollup");
    const size_t line = text.find("\nPss:");
    if (line != std::string::npos)
      bytes += 1024 * std::strtoull(text.c_str() + line + 5, nullptr, 10);
  }
  return bytes;
}

}  // namespace rr::replay
