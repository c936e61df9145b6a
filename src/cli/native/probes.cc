#include "cli/native/probes.h"

#include <csignal>

#include "arch/aarch64/registers.h"
#include "kernel/spawn.h"
#include "tracee/low_page.h"
#include "util/error.h"

namespace rr::cli {
namespace {

// A child at its first filtered system call.
kernel::Stopped traced_child() {
  kernel::Spawned child = kernel::spawn_traced({.path = "/proc/self/exe",
                                                .arguments = {"rr"},
                                                .environment = {},
                                                .untraced_return = tracee::kInjectedReturn,
                                                .cpu = std::nullopt});
  return kernel::wait_stopped(std::move(child.running));
}

void end(kernel::Stopped child) { ::kill(child.tid().value, SIGKILL); }

}  // namespace

std::string probe_tracing() {
  try {
    kernel::Stopped child = traced_child();
    const bool filtered = child.as<kernel::SeccompStop>() != nullptr;
    end(std::move(child));
    return filtered ? "" : "the seccomp filter did not stop a system call";
  } catch (const Error& error) {
    return error.what();
  } catch (const kernel::TraceeDied&) {
    return "the traced child ended at once";
  }
}

bool probe_pac_keys() {
  try {
    kernel::Stopped child = traced_child();
    const bool readable = child.register_set(aarch64::kNotePacAddressKeys).has_value();
    end(std::move(child));
    return readable;
  } catch (const Error&) {
    return false;
  } catch (const kernel::TraceeDied&) {
    return false;
  }
}

}  // namespace rr::cli
