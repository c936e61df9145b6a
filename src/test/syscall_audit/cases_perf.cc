// perf_event_open and what is done with its events.
#include <array>
#include <cerrno>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall_audit/silent.h"
#include "syscall_audit/surroundings.h"

namespace rr::test {
namespace {

perf_event_attr page_faults() {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_PAGE_FAULTS;
  return attr;
}

int an_event() {
  perf_event_attr attr = page_faults();
  return must(static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0)), "event");
}

int a_sampling_event() {
  perf_event_attr attr = page_faults();
  attr.sample_period = 100;
  return must(static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0)), "event");
}

SyscallArguments longer_than_known(Arena& a) {
  std::array<std::byte, 256> longer{};
  perf_event_attr attr = page_faults();
  attr.size = longer.size();
  std::memcpy(longer.data(), &attr, sizeof attr);
  longer.back() = std::byte{1};
  return call("perf_event_open", a.object(longer), 0, -1, -1, 0);
}

}  // namespace

std::vector<Case> perf_cases() {
  return {
      silent("perf_event_open", lent(page_faults()), 0, -1, -1, 0),
      {"perf_event_open, longer than the kernel knows", longer_than_known, E2BIG},
      silent("ioctl", an_event, PERF_EVENT_IOC_ENABLE, 0),
      silent("ioctl", an_event, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP),
      silent("ioctl", a_sampling_event, PERF_EVENT_IOC_REFRESH, 1),
      silent("ioctl", an_event, PERF_EVENT_IOC_RESET, 0),
      silent("ioctl", a_sampling_event, PERF_EVENT_IOC_PERIOD, lent(uint64_t{50})),
      silent("ioctl", an_event, PERF_EVENT_IOC_SET_OUTPUT, -1),
      {"PERF_EVENT_IOC_ID",
       [](Arena& a) { return control(a, an_event(), PERF_EVENT_IOC_ID, sizeof(uint64_t)); }},
      silent("prctl", PR_TASK_PERF_EVENTS_DISABLE),
      silent("prctl", PR_TASK_PERF_EVENTS_ENABLE),
  };
}

}  // namespace rr::test
