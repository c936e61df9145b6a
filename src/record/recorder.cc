#include "record/recorder.h"

#include <algorithm>
#include <ctime>
#include <sched.h>
#include <unistd.h>
#include <utility>

#include "kernel/perf_counter.h"
#include "kernel/proc.h"
#include "util/check.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;
using kernel::Stopped;

namespace {

constexpr uint64_t kTickSignalBit = uint64_t{1} << (kernel::kTickSignal - 1);
constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kForADevice{1};
constexpr std::chrono::milliseconds kForTheWoken{20};

std::optional<int32_t> call_left_by(const trace::Frame& frame) {
  if (const auto* call = std::get_if<trace::SyscallEvent>(&frame.event)) return call->number;
  if (const auto* call = std::get_if<trace::SyscallExitEvent>(&frame.event)) return call->number;
  return std::nullopt;
}

}  // namespace

int Recorder::start(kernel::SpawnRequest request) {
  request.timer_slack = timer_slack_.wanted();
  kernel::Spawned spawned = kernel::spawn_traced(request);
  const Tid tid = spawned.running.tid();
  kernel::Running running = std::move(spawned.running);
  try {
    // Our own calls in the child stop at the filter, too; the first program's life begins behind
    // execve.
    for (;;) {
      Stopped stopped = kernel::wait_stopped(std::move(running));
      if (stopped.as<kernel::ExecStop>() != nullptr) {
        running = std::move(stopped).resume(Resume::kSyscall);
        break;
      }
      const auto* signal = stopped.as<kernel::SignalStop>();
      const int deliver = signal == nullptr ? 0 : signal->signal;
      running = std::move(stopped).resume(Resume::kContinue, deliver);
    }
    Stopped stopped = kernel::wait_stopped(std::move(running));
    CHECK(stopped.as<kernel::SyscallStop>() != nullptr) << "execve's exit stop did not come";
    auto task = std::make_unique<Task>(
        Task{{tid, Pid{tid.value}, std::move(stopped), std::make_shared<tracee::AddressSpace>(tid),
              tracee::TickClock(tracee::make_tick_source(ticks_, tid), ticks_)},
             InProgram{},
             std::make_shared<OutputStreams>()});
    first_ = tid;
    note_executed(*task);
    go_on(*task);
    current_ = tid;
    turn_ = {.tid = tid,
             .slice = options_.scheduling.timeslice,
             .events = options_.scheduling.events,
             .ticks_to_event = options_.scheduling.timeslice};
    scheduler_.set_nice(tid, kernel::nice_value(tid));
    tasks_.emplace(tid, std::move(task));
    own_signals_.emplace(kBetweenLooks);
    return 0;
  } catch (const kernel::TraceeDied&) {
    int error = 0;
    if (::read(spawned.exec_error.get(), &error, sizeof error) != sizeof error) error = ESRCH;
    return error;
  }
}

int Recorder::run() {
  while (!is_over()) {
    if (!current_ && !schedule()) continue;
    if (is_over()) break;
    if (auto waited = wait()) {
      handle(std::move(*waited));
    } else if (!kernel::has_tracees()) {
      break;
    }
    look_around();
    heed_request_to_end();
  }
  end_the_rest();
  return first_status_.value_or(0);
}

bool Recorder::is_over() const {
  return tasks_.empty() || (first_status_.has_value() && !options_.wait_for_all);
}

Task* Recorder::find(Tid real) const {
  const auto it = tasks_.find(real);
  return it == tasks_.end() ? nullptr : it->second.get();
}

// Of the threads whose stop waits, the one whose turn it is.
bool Recorder::schedule() {
  while (!current_) {
    // A stop that has waited may be over: SIGKILL ends it, and the thread goes on to its exit stop,
    // from which nobody must let it go unseen.
    while (auto news = kernel::wait_any(kernel::WaitKind::kPoll)) handle(std::move(*news));
    if (is_chaotic()) await_woken();
    ready_.clear();
    for (const auto& [tid, task] : tasks_) {
      if (task->thread.is_stopped()) ready_.push_back(tid);
    }
    if (ready_.empty()) return true;
    auto choice = scheduler_.choose(ready_);
    if (!choice) {
      hold();
      return false;
    }
    // Alone again: as long as nobody else is woken, its slices grow, so that they cost little. A
    // whole one is the most: without end they would be more than a counter takes.
    if (ready_.size() == 1 && choice->tid == turn_.tid) {
      choice->slice =
          std::max(choice->slice, std::min(2 * turn_.slice, options_.scheduling.timeslice));
    }
    current_ = choice->tid;
    turn_ = *choice;
    slice_is_armed_ = false;
    take_stop(*find(choice->tid));
  }
  return true;
}

// Threads that have been woken but have not had the CPU since then, and so have not stopped: they
// get it. Whoever is chosen next then depends on the program and the seed alone.
void Recorder::await_woken() {
  const auto is_woken = [this](const auto& entry) {
    if (entry.second->thread.is_stopped()) return false;
    const std::optional<char> state = kernel::thread_state(entry.first);
    return state == 'R' || state == 't';
  };
  const auto begun = std::chrono::steady_clock::now();
  while (std::ranges::any_of(tasks_, is_woken) &&
         std::chrono::steady_clock::now() - begun < kForTheWoken) {
    ::sched_yield();
    while (auto news = kernel::wait_any(kernel::WaitKind::kPoll)) handle(std::move(*news));
  }
}

// Nobody's turn: until another thread stops, for a while.
void Recorder::hold() {
  for (int waited = 0; waited < schedule::Scheduler::kHold; ++waited) {
    if (auto news = kernel::wait_any(kernel::WaitKind::kPoll)) return handle(std::move(*news));
    ::usleep(1000);
  }
}

// While others could run, a call that blocks must not hold them up: it is watched until it has
// stopped or sleeps. We share the CPU with it, so yielding lets it get there. One that is not known
// to block and sleeps on a device (a cold disk, a file system behind a network) writes its results
// straight to memory, where the others would see them come: for that they wait, a while.
std::optional<kernel::Waited> Recorder::wait() {
  Task* task = current_ ? find(*current_) : nullptr;
  const bool may_block = task != nullptr && std::holds_alternative<InCall>(task->state) &&
                         !is_making_task(*task);  // that is over soon, and its event is waited for
  if (task != nullptr && !std::holds_alternative<InCall>(task->state)) limit_slice(*task);
  if (!may_block || !others_are_ready(*task)) return kernel::wait_any();
  const auto begun = std::chrono::steady_clock::now();
  const auto& call = std::get<InCall>(task->state);
  const bool writes_in_place = !call.row->may_block() && !call.plan.regions.empty() &&
                               call.row->replay == syscalls::Replay::kEmulate;
  for (;;) {
    ::sched_yield();
    if (auto waited = kernel::wait_any(kernel::WaitKind::kPoll)) return waited;
    const Sleep sleep = sleep_of(*task);
    if (sleep == Sleep::kNone) continue;
    if (sleep == Sleep::kForEver) {
      if (auto waited = kernel::wait_any(kernel::WaitKind::kPoll)) return waited;
      give_up_turn_of_zombie();
      return std::nullopt;
    }
    const bool is_patient = writes_in_place && sleep == Sleep::kOnDevice &&
                            std::chrono::steady_clock::now() - begun < kForADevice;
    if (!is_patient) {
      record_entry(*task, std::nullopt);
      current_.reset();
      return std::nullopt;
    }
  }
}

Recorder::Sleep Recorder::sleep_of(const Task& task) {
  const std::optional<char> state = kernel::thread_state(task.thread.real());
  if (state == 'D') return Sleep::kOnDevice;
  if (state == 'Z' || state == 'X') return Sleep::kForEver;
  return !state || *state == 'S' || *state == 'T' ? Sleep::kBlocked : Sleep::kNone;
}

bool Recorder::others_are_ready(const Task& task) const {
  for (const auto& [tid, other] : tasks_) {
    if (other.get() != &task && other->thread.is_stopped()) return true;
  }
  return false;
}

void Recorder::handle(kernel::Waited waited) {
  if (const auto* ended = std::get_if<kernel::Ended>(&waited)) {
    finish(ended->tid, ended->wait_status);
    return;
  }
  auto& stopped = std::get<Stopped>(waited);
  const Tid tid = stopped.tid();
  if (const auto* exec = stopped.as<kernel::ExecStop>()) take_over_leader(exec->former, tid);
  Task* task = find(tid);
  if (task == nullptr) {
    early_.insert_or_assign(tid, std::move(stopped));
    return release_unclaimed();
  }
  task->thread.set_stopped(std::move(stopped));
  // That of any other waits for its turn.
  if (tid == current_) take_stop(*task);
}

// While others wait, the running thread's time is limited; in chaos mode also while it may wake
// some, which its kernel lets run only after milliseconds.
void Recorder::limit_slice(Task& running) {
  const bool may_wake = is_chaotic() && tasks_.size() > 1;
  if (slice_is_armed_ || !(may_wake || others_are_ready(running))) return;
  running.thread.clock().arm(turn_.slice);
  slice_is_armed_ = true;
  slice_begun_ = running.last.ticks;
}

void Recorder::take_stop(Task& task) {
  const Tid tid = task.thread.real();
  try {
    handle_stop(task);
  } catch (const kernel::TraceeDied&) {
    // Its end is the next that wait tells of it.
    if (Task* dead = find(tid)) dead->thread.set_dead();
  }
  const Task* still = find(tid);
  const bool gives_way = still == nullptr || still->thread.is_stopped() ||
                         still->thread.is_dead() || std::holds_alternative<Exiting>(still->state);
  if (gives_way && current_ == tid) current_.reset();
  release_unclaimed();
}

void Recorder::handle_stop(Task& task) {
  const kernel::Stop stop = task.thread.stopped().stop();
  if (task.blocked) task.thread.stopped().set_signal_mask(*std::exchange(task.blocked, {}));
  settle_moved_argument(task);
  if (!settle_clock_reads(task)) return handle_stop(task);
  if (const auto* exit = std::get_if<kernel::ExitStop>(&stop)) {
    note_exit(task, exit->wait_status);
  } else if (std::holds_alternative<Waiting>(task.state)) {
    go_on(task);
  } else if (std::holds_alternative<kernel::SeccompStop>(stop)) {
    enter_call(task);
  } else if (std::holds_alternative<kernel::SyscallStop>(stop)) {
    leave_call(task);
  } else if (const auto* signal = std::get_if<kernel::SignalStop>(&stop)) {
    receive_signal(task, signal->signal);
  } else {
    handle_event_stop(task, stop);
  }
}

void Recorder::handle_event_stop(Task& task, const kernel::Stop& stop) {
  const bool in_call = std::holds_alternative<InCall>(task.state);
  if (std::holds_alternative<kernel::ExecStop>(stop)) {
    CHECK(in_call) << "an exec event outside a system call";
    std::get<InCall>(task.state).has_new_program = true;
    task.thread.resume(Resume::kSyscall);
  } else if (const auto* made = std::get_if<kernel::CloneStop>(&stop)) {
    note_new_task(task, made->child);
    task.thread.resume(Resume::kSyscall);
  } else if (const auto* group = std::get_if<kernel::GroupStop>(&stop)) {
    task.thread.resume(Resume::kListen);
    current_.reset();
    stop_with_program(task, group->signal);
  } else {
    task.thread.resume(in_call ? Resume::kSyscall : Resume::kContinue);
  }
}

void Recorder::go_on(Task& task) {
  task.state = InProgram{};
  run_program(task);
}

// Lets the thread run the program, with this signal first. Its time is limited before that: it may
// have the CPU at once, and for milliseconds.
void Recorder::run_program(Task& task, int signal) {
  if (task.thread.real() == current_) limit_slice(task);
  unblock_end_of_slice(task);
  task.thread.resume(Resume::kContinue, signal);
}

// The program may block the signal that ends its slices, which it knows nothing of. It is unblocked
// while the program's own instructions run: wherever the mask could be seen or changed the thread
// stops first, and has its own again. One that the program has sent to itself stays blocked.
void Recorder::unblock_end_of_slice(Task& task) const {
  const bool may_end = slice_is_armed_ || tasks_.size() > 1;
  if (ticks_.unit == TickUnit::kNone || !may_end) return;
  kernel::Stopped& stopped = task.thread.stopped();
  const uint64_t mask = stopped.signal_mask();
  if ((mask & kTickSignalBit) == 0) return;
  const auto pending = stopped.pending(kernel::kTickSignal);
  if (pending && !is_end_of_slice(*pending)) return;
  task.blocked = mask;
  stopped.set_signal_mask(mask & ~kTickSignalBit);
}

// The same at an event, where others may come first.
void Recorder::go_on_or_give_way(Task& task) {
  if (!others_are_ready(task)) return go_on(task);
  if (turn_.events > 0) --turn_.events;
  const bool is_late = slice_is_armed_ && ticks_.unit != TickUnit::kNone &&
                       task.last.ticks.value - slice_begun_.value >= turn_.ticks_to_event;
  if (turn_.events == 0 || is_late || scheduler_.gives_way_at_event(task.thread.real())) {
    return give_way(task);
  }
  go_on(task);
}

// The thread has been taken down as it stands; the others come first.
void Recorder::give_way(Task& task) { task.state = Waiting{}; }

void Recorder::append(Task& task, const trace::Frame& frame) {
  sink_.append(frame);
  ++frames_;
  task.last = {frame.ticks, frame.after, call_left_by(frame)};
}

void Recorder::settle_interrupted(Task& task, const Registers& now) {
  if (!task.interrupted) return;
  task.interrupted->after = now;
  append(task, *task.interrupted);
  task.interrupted.reset();
}

trace::Frame Recorder::frame_at(const Task& task, const Registers& registers, Ticks ticks) const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  trace::Frame frame;
  frame.tid = task.thread.id();
  frame.ticks = ticks;
  frame.monotonic_ns =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  frame.before = registers;
  frame.after = registers;
  return frame;
}

}  // namespace rr::record
