// rr doctor: each thing that recording and replaying need, whether this machine has it, and the
// remedy.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arch/aarch64/auxiliary_vector.h"
#include "cli/commands.h"
#include "cli/native/probes.h"
#include "kernel/perf_counter.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "tracee/tick_choice.h"

namespace rr::cli {
namespace {

enum class State { kGood, kLimited, kMissing };

struct Finding {
  State state;
  std::string what;
  std::string remedy;
};

const char* mark(State state) {
  switch (state) {
    case State::kGood:
      return "ok     ";
    case State::kLimited:
      return "limited";
    case State::kMissing:
      return "MISSING";
  }
  return "?";
}

Finding kernel_finding() {
  utsname names{};
  ::uname(&names);
  int major_number = 0;
  int minor_number = 0;
  std::sscanf(names.release, "%d.%d", &major_number, &minor_number);
  const std::string text = std::string("kernel ") + names.release;
  if (major_number > 6 || (major_number == 6 && minor_number >= 1)) return {State::kGood, text, ""};
  return {State::kLimited, text, "tested from 6.1 on"};
}

Finding tracing_finding() {
  const std::string problem = probe_tracing();
  if (problem.empty()) return {State::kGood, "ptrace and seccomp filters", ""};
  return {State::kMissing, "ptrace: " + problem,
          "in a container allow SYS_PTRACE and seccomp; see kernel.yama.ptrace_scope"};
}

Finding counter_finding() {
  const tracee::TickChoice choice = tracee::choose_ticks();
  if (choice.facts.unit != TickUnit::kNone)
    return {State::kGood, "counter: " + choice.explanation, ""};
  return {State::kLimited, "counter: " + choice.explanation,
          "--ticks=none records without: nobody is preempted, and signals replay at calls only"};
}

Finding paranoid_finding() {
  const auto paranoid = kernel::perf_event_paranoid();
  if (!paranoid) return {State::kMissing, "no perf events in this kernel", "CONFIG_PERF_EVENTS"};
  const std::string text = "kernel.perf_event_paranoid is " + std::to_string(*paranoid);
  if (*paranoid <= 2 || ::geteuid() == 0) return {State::kGood, text, ""};
  return {State::kLimited, text, "sysctl kernel.perf_event_paranoid=1"};
}

Finding counter_trap_finding() {
  constexpr int kPrGetTsc = 25;
  int value = 0;
  if (::prctl(kPrGetTsc, &value) == 0)
    return {State::kGood, "reads of the clock register can be trapped", ""};
  return {
      State::kLimited, "reads of the clock register cannot be trapped by this kernel",
      "they are looked for in code instead; code that is made while it is executable needs 6.12"};
}

Finding keys_finding() {
  std::ifstream info("/proc/cpuinfo");
  const std::string text((std::istreambuf_iterator<char>(info)), {});
  if (text.find(" paca") == std::string::npos)
    return {State::kGood, "no pointer authentication on this CPU", ""};
  return probe_pac_keys()
             ? Finding{State::kGood, "pointer-authentication keys can be read and set", ""}
             : Finding{State::kMissing, "pointer-authentication keys cannot be read",
                       "a kernel with CONFIG_CHECKPOINT_RESTORE"};
}

Finding atomics_finding() {
  if ((::getauxval(AT_HWCAP) & aarch64::kHwcapAtomics) != 0)
    return {State::kGood, "atomic instructions (LSE)", ""};
  return {State::kLimited,
          "no atomic instructions (LSE) on this CPU: programs loop over LDXR and STXR",
          "on silicon such a loop may go round once more in a replay, which then says that it "
          "diverged"};
}

void diagnose(Context& context) {
  kernel::bind_to_cpu(kernel::first_allowed_cpu());
  bool usable = true;
  for (const Finding& finding :
       {kernel_finding(), tracing_finding(), counter_finding(), paranoid_finding(),
        counter_trap_finding(), keys_finding(), atomics_finding()}) {
    std::printf("%s  %s\n", mark(finding.state), finding.what.c_str());
    if (!finding.remedy.empty()) std::printf("         -> %s\n", finding.remedy.c_str());
    usable = usable && finding.state != State::kMissing;
  }
  context.outcome.exit_code = usable ? 0 : 1;
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what recording needs and whether this machine has it");
  command->callback([&context] { diagnose(context); });
}

}  // namespace rr::cli
