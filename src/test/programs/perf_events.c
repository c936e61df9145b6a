// perf_event_open: events are counted and read, singly and in a group, across a fork; what needs
// memory that changes without a call is refused in a recording. The recorder's own counter keeps
// counting, or the replay would not find its way.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static int open_event(struct perf_event_attr* attr, int group) {
  attr->exclude_kernel = 1;
  return (int)syscall(SYS_perf_event_open, attr, 0, -1, group, PERF_FLAG_FD_CLOEXEC);
}

static volatile sig_atomic_t overflows;
static void note_overflow(int signal) {
  (void)signal;
  ++overflows;
}

static void compute(void) {
  for (int i = 0; i < 50; ++i) compute_a_little();
}

// From an event to another: the kernel interrupts the program at a place that only it knows.
static void be_told_of_overflows(void) {
  signal(SIGIO, note_overflow);
  struct perf_event_attr attr = {.size = sizeof attr,
                                 .type = PERF_TYPE_HARDWARE,
                                 .config = PERF_COUNT_HW_INSTRUCTIONS,
                                 .sample_period = 200000,
                                 .wakeup_events = 1,
                                 .disabled = 1};
  const int event = open_event(&attr, -1);
  if (event < 0) return;  // a machine without counters
  CHECK(fcntl(event, F_SETFL, O_ASYNC) == 0 && fcntl(event, F_SETOWN, getpid()) == 0);
  CHECK(ioctl(event, PERF_EVENT_IOC_REFRESH, 3) == 0);
  compute();
  printf("overflows %d\n", (int)overflows);
  close(event);
}

// What would change memory, or the program, without a call.
static void be_refused(int event) {
  CHECK(mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0) == MAP_FAILED);
  CHECK(errno == EINVAL);
  struct perf_event_attr trap = {.size = sizeof trap, .type = PERF_TYPE_SOFTWARE};
  trap.sigtrap = trap.remove_on_exec = 1;
  CHECK(open_event(&trap, -1) == -1 && errno == EINVAL);
  struct perf_event_attr pinned = {.size = sizeof pinned, .type = PERF_TYPE_HARDWARE};
  pinned.pinned = 1;
  CHECK(open_event(&pinned, -1) == -1 && errno == EINVAL);
  FILE* told = fopen("/sys/bus/event_source/devices/uprobe/type", "r");
  if (told == NULL) return;  // a kernel without them
  struct perf_event_attr probe = {.size = sizeof probe};
  CHECK(fscanf(told, "%u", &probe.type) == 1);
  fclose(told);
  CHECK(open_event(&probe, -1) == -1 && errno == ENOENT);
}

int main(void) {
  struct perf_event_attr clock = {.size = sizeof clock,
                                  .type = PERF_TYPE_SOFTWARE,
                                  .config = PERF_COUNT_SW_TASK_CLOCK,
                                  .read_format = PERF_FORMAT_GROUP | PERF_FORMAT_ID,
                                  .disabled = 1};
  const int leader = open_event(&clock, -1);
  if (leader < 0) {
    CHECK(errno == EACCES || errno == EPERM || errno == ENOSYS);
    printf("no events\n");
    return 0;
  }
  struct perf_event_attr faults = {.size = sizeof faults,
                                   .type = PERF_TYPE_SOFTWARE,
                                   .config = PERF_COUNT_SW_PAGE_FAULTS};
  const int member = open_event(&faults, leader);
  CHECK(member >= 0);
  uint64_t id = 0;
  CHECK(ioctl(member, PERF_EVENT_IOC_ID, &id) == 0 && id != 0);
  CHECK(ioctl(leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP) == 0);
  CHECK(ioctl(leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP) == 0);
  char* fresh = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(fresh != MAP_FAILED);
  for (int i = 0; i < 64; ++i) fresh[i * 4096] = 1;
  compute();
  CHECK(ioctl(leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP) == 0);
  struct {
    uint64_t count;
    struct {
      uint64_t value, id;
    } of[2];
  } read_back;
  CHECK(read(leader, &read_back, sizeof read_back) == sizeof read_back);
  CHECK(read_back.count == 2 && read_back.of[0].value > 0 && read_back.of[1].id == id);
  printf("task clock %llu, faults %llu\n", (unsigned long long)read_back.of[0].value,
         (unsigned long long)read_back.of[1].value);

  if (getenv("RUNNING_UNDER_RR") != NULL) be_refused(leader);

  struct perf_event_attr inherited = {
      .size = sizeof inherited, .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES};
  inherited.inherit = 1;
  const int cycles = open_event(&inherited, -1);
  for (int i = 0; i < 15; ++i) open_event(&inherited, -1);  // more than a CPU has counters
  const pid_t child = fork();
  if (child == 0) {
    compute();
    _exit(0);
  }
  CHECK(status_of(child) == 0);
  uint64_t value = 0;
  if (cycles >= 0) CHECK(read(cycles, &value, sizeof value) == sizeof value);
  printf("cycles %llu\n", (unsigned long long)value);
  be_told_of_overflows();

  struct perf_event_attr longer[3] = {{.size = 2 * sizeof longer[0], .type = PERF_TYPE_SOFTWARE}};
  memset(&longer[1], 1, sizeof longer[1]);
  CHECK(open_event(longer, -1) == -1 && errno == E2BIG);
  printf("the kernel's attributes have %u bytes\n", longer[0].size);
  CHECK(prctl(PR_TASK_PERF_EVENTS_DISABLE) == 0 && prctl(PR_TASK_PERF_EVENTS_ENABLE) == 0);
  compute();
  return 0;
}
