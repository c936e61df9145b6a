#include "traced_child.h"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <elf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <new>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/proc.h"
#include "tracee/trap_kind.h"
#include "util/check.h"

namespace rr::test {

using kernel::Resume;

namespace {

// A child that does not stop where it should ends the tests instead of hanging them.
constexpr unsigned kSecondsForATest = 20;

void trace_every_call() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  const sock_fprog program{1, &all};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) ::_exit(127);
}

[[noreturn]] void run_child(const TracedChild::Options& options, std::atomic<bool>& is_ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (options.prepare != nullptr) options.prepare();
  if (options.filter == TracedChild::Filter::kTraceEveryCall) trace_every_call();
  is_ready = true;
  for (;;) asm volatile("" ::: "memory");  // no call: the tracer finds it here
}

}  // namespace

TracedChild::TracedChild(const char& program, Options options) : program_(address_of(&program)) {
  ::alarm(kSecondsForATest);
  void* shared = ::mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  auto* is_ready = new (shared) std::atomic<bool>(false);
  tid_.value = ::fork();
  CHECK(tid_.value >= 0);
  if (tid_.value == 0) run_child(options, *is_ready);
  while (!*is_ready) ::sched_yield();
  ::munmap(shared, sizeof(std::atomic<bool>));
  kernel::Running running = kernel::seize(tid_);
  kernel::interrupt(tid_);
  stopped_.emplace(kernel::wait_stopped(std::move(running)));
  move_to(0);
}

TracedChild::~TracedChild() {
  kill_traced(tid_);
  ::alarm(0);
}

void kill_traced(Tid tid) {
  ::kill(tid.value, SIGKILL);
  int status = 0;
  while (::waitpid(tid.value, &status, __WALL) == tid.value && WIFSTOPPED(status)) {
    ::ptrace(PTRACE_CONT, tid.value, nullptr, nullptr);
  }
}

void TracedChild::set_x(size_t index, uint64_t value) {
  Registers changed = registers();
  changed.x[index] = value;
  now().set_registers(changed);
}

int64_t TracedChild::at() const {
  return static_cast<int64_t>(registers().pc - program_.value) / 4;
}

void TracedChild::move_to(int64_t index) {
  Registers changed = registers();
  Arch::set_pc(changed, program_ + static_cast<uint64_t>(index) * 4);
  now().set_registers(changed);
}

aarch64::TrapKind TracedChild::trap() const {
  CHECK(stopped_->is_signal(SIGTRAP)) << "this is another stop";
  return tracee::trap_kind(*stopped_);
}

void TracedChild::start(Resume how, int signal) {
  [[maybe_unused]] const auto running = std::move(*stopped_).resume(how, signal);
}

kernel::Stopped& TracedChild::wait() {
  stopped_.emplace(kernel::wait_stopped(kernel::Running(tid_)));
  return *stopped_;
}

kernel::Stopped& TracedChild::go(Resume how, int signal) {
  start(how, signal);
  return wait();
}

void TracedChild::step_to(int64_t index) {
  for (int steps = 0; at() != index; ++steps) {
    CHECK(steps < 100) << "instruction " << index << " is not reached; at " << at();
    go(Resume::kStep);
  }
}

void TracedChild::wait_until_asleep() const {
  for (;;) {
    const std::string stat = kernel::read_proc_file(tid_, "stat");
    const size_t name_end = stat.rfind(") ");
    CHECK(name_end != std::string::npos) << stat;
    if (stat[name_end + 2] == 'S') return;
    ::sched_yield();
  }
}

void TracedChild::send(int signal) const {
  CHECK(::syscall(SYS_tgkill, tid_.value, tid_.value, signal) == 0);
}

kernel::Stopped& TracedChild::raw_step() {
  stopped_->flush_registers();
  CHECK(::ptrace(PTRACE_SINGLESTEP, tid_.value, nullptr, nullptr) == 0);
  return wait();
}

Registers TracedChild::raw_registers() const {
  Registers registers;
  iovec view{&registers, sizeof registers};
  CHECK(::ptrace(PTRACE_GETREGSET, tid_.value, NT_PRSTATUS, &view) == 0);
  return registers;
}

void TracedChild::raw_set_registers(const Registers& registers) {
  Registers copy = registers;
  iovec view{&copy, sizeof copy};
  CHECK(::ptrace(PTRACE_SETREGSET, tid_.value, NT_PRSTATUS, &view) == 0);
}

uint64_t TracedChild::status(const std::string& name) const {
  const std::string text = kernel::read_proc_file(tid_, "status");
  const size_t line = text.find("\n" + name + ":\t");
  CHECK(line != std::string::npos) << name;
  return std::strtoull(text.c_str() + line + name.size() + 3, nullptr, 16);
}

bool TracedChild::is_in_status(const std::string& name, int signal) const {
  return (status(name) >> (signal - 1) & 1) != 0;
}

}  // namespace rr::test
