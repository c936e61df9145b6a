#include "kernel/perf_counter.h"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/check.h"
#include "util/error.h"

namespace rr::kernel {
namespace {

// Long enough never to be reached, short enough for a 63-bit period.
constexpr uint64_t kNever = uint64_t{1} << 60;

}  // namespace

std::optional<PerfCounter> PerfCounter::open(Tid tid, uint32_t pmu_type, uint64_t event,
                                             Interrupts interrupts) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = pmu_type;
  attributes.config = event;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.pinned = 1;
  if (interrupts == Interrupts::kYes) attributes.sample_period = kNever;
  OwnedFd fd(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, tid.value, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd.is_open()) return std::nullopt;
  if (interrupts == Interrupts::kYes) {
    const f_owner_ex owner{F_OWNER_TID, tid.value};
    if (::fcntl(fd.get(), F_SETFL, O_ASYNC) < 0 || ::fcntl(fd.get(), F_SETSIG, kTickSignal) < 0 ||
        ::fcntl(fd.get(), F_SETOWN_EX, &owner) < 0) {
      return std::nullopt;
    }
    // With the pinned group disabled nothing overflows until arm().
    if (::ioctl(fd.get(), PERF_EVENT_IOC_DISABLE, 0) < 0) return std::nullopt;
  }
  return PerfCounter(std::move(fd));
}

uint64_t PerfCounter::read() const {
  uint64_t value = 0;
  const ssize_t n = ::read(fd_.get(), &value, sizeof value);
  // A pinned event that could not be put on the PMU reads 0 bytes: another user holds the counter.
  if (n != sizeof value) {
    fail("the hardware counter was lost (does another profiler use it on this CPU?)",
         ExitCode::kUnavailable);
  }
  return value;
}

void PerfCounter::arm(uint64_t period) {
  CHECK(period > 0);
  if (::ioctl(fd_.get(), PERF_EVENT_IOC_DISABLE, 0) < 0 ||
      ::ioctl(fd_.get(), PERF_EVENT_IOC_RESET, 0) < 0 ||
      ::ioctl(fd_.get(), PERF_EVENT_IOC_PERIOD, &period) < 0 ||
      ::ioctl(fd_.get(), PERF_EVENT_IOC_ENABLE, 0) < 0) {
    fail_errno("arm", "the tick interrupt", "", ExitCode::kUnavailable);
  }
}

void PerfCounter::disarm() { ::ioctl(fd_.get(), PERF_EVENT_IOC_DISABLE, 0); }

std::optional<int> perf_event_paranoid() {
  std::ifstream file("/proc/sys/kernel/perf_event_paranoid");
  int value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

}  // namespace rr::kernel
