#include "record/outside_sharing.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/proc.h"
#include "util/log.h"
#include "util/types.h"

namespace rr::record {
namespace {

bool is_ours(Tid pid) {
  if (pid.value == ::getpid()) return true;
  const std::string status = kernel::read_proc_file(pid, "status");
  constexpr std::string_view kTracer = "\nTracerPid:";
  const size_t at = status.find(kTracer);
  return at != std::string::npos && std::atoi(status.c_str() + at + kTracer.size()) == ::getpid();
}

}  // namespace

void warn_if_shared_outside(uint64_t device, uint64_t inode, const std::string& name) {
  char line_part[64];  // as a line of /proc/PID/maps has it
  std::snprintf(line_part, sizeof line_part, " %02x:%02x %llu ", major(device), minor(device),
                static_cast<unsigned long long>(inode));
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string number = entry.path().filename().string();
    Tid pid;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), pid.value);
    if (error != std::errc() || *end != 0) continue;
    if (kernel::read_proc_file(pid, "maps").find(line_part) == std::string::npos) continue;
    if (is_ours(pid)) continue;
    LOG(kWarn, "record")
        << name << " is shared with process " << pid.value
        << ", which is not recorded: what it writes there the replay will not show";
    return;
  }
}

}  // namespace rr::record
