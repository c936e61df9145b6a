// rr record: wires the recorder to a new trace and starts the program.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/native/output_mark.h"
#include "cli/program_file.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "record/recorder.h"
#include "schedule/shown_cores.h"
#include "trace/file_pool.h"
#include "trace/file_store.h"
#include "trace/writer.h"
#include "tracee/low_page.h"
#include "tracee/tick_choice.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::cli {
namespace {

struct RecordOptions {
  std::string output_directory;
  std::string ticks = "auto";
  std::vector<std::string> extra_environment;
  int print_directory_fd = -1;
  bool no_syscall_buffer = false;
  bool wait_for_all = false;
  uint64_t timeslice = schedule::Options{}.timeslice;
  bool always_switch = false;
  bool is_chaotic = false;
  std::optional<uint64_t> chaos_seed;
  std::optional<int> core_count;
  std::optional<int> cpu;
  std::string nested = "error";
  std::string identity;
};

std::vector<std::string> program_environment(const RecordOptions& options, const Context& context) {
  Environment environment = context.environment;
  environment["RUNNING_UNDER_RR"] = "1";
  for (const std::string& entry : options.extra_environment) {
    const size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0)
      fail("--env takes NAME=VALUE, not '" + entry + "'");
    environment[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  std::vector<std::string> strings;
  for (const auto& [name, value] : environment) strings.push_back(name + "=" + value);
  return strings;
}

// With the seed filled in where chance decides.
schedule::Options scheduling(const RecordOptions& options) {
  schedule::Options scheduling{.timeslice = options.timeslice,
                               .switching = options.always_switch
                                                ? schedule::Switching::kAlways
                                                : schedule::Switching::kWhenNeeded,
                               .chaos_seed = options.chaos_seed};
  if (options.is_chaotic && !scheduling.chaos_seed) {
    scheduling.chaos_seed = std::random_device()() % 1'000'000'000;
  }
  return scheduling;
}

int chosen_cpu(const RecordOptions& options) {
  if (!options.cpu) return kernel::first_allowed_cpu();
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  const int cpu = *options.cpu;
  if (cpu < 0 || cpu >= CPU_SETSIZE || !CPU_ISSET(static_cast<size_t>(cpu), &allowed))
    fail("--bind-to-cpu " + std::to_string(cpu) + ": this process may not run there (see nproc)");
  return cpu;
}

std::string random_uuid() {
  std::ifstream file("/proc/sys/kernel/random/uuid");
  std::string uuid;
  file >> uuid;
  return uuid;
}

tracee::TickFacts tick_facts(const std::string& wish) {
  if (wish == "none") return {};
  if (wish != "auto") fail("--ticks takes auto or none, not '" + wish + "'");
  const tracee::TickChoice choice = tracee::choose_ticks();
  if (choice.facts.unit == TickUnit::kNone) {
    fail("nothing to count the program's progress with: " + choice.explanation +
             ". `rr doctor` tells more; --ticks=none records without: threads that spin "
             "then wait for ever, and only signals that come at system calls can be replayed",
         ExitCode::kUnavailable);
  }
  if (!choice.is_known) LOG(kWarn, "record") << "counting " << choice.explanation;
  return choice.facts;
}

uint32_t vector_length() {
  constexpr int kLengthBits = 0xffff;  // PR_SVE_VL_LEN_MASK
  const int answer = ::prctl(PR_SVE_GET_VL);
  return answer < 0 ? 0 : static_cast<uint32_t>(answer & kLengthBits);
}

// RecorderOptions::buffers_clock says what it needs.
bool buffers_clock(const RecordOptions& options, const tracee::TickFacts& ticks) {
  return !options.no_syscall_buffer && ticks.call_counts_as_load && vector_length() == 0;
}

// As the kernel writes them: 8-4-4-4-12 hexadecimal digits.
bool is_uuid(const std::string& text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kForm, [](unsigned char c, char form) {
    return form == '-' ? c == '-' : std::isxdigit(c) != 0;
  });
}

trace::Header make_header(const kernel::SpawnRequest& request, const RecordOptions& options,
                          TickUnit unit, int cpu) {
  utsname names{};
  ::uname(&names);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {.uuid = options.identity.empty() ? random_uuid() : options.identity,
          .rr_version = RR_VERSION,
          .architecture = std::string(Arch::kName),
          .tick_unit = unit,
          .page_size = kernel::page_size(),
          .cpu_model = tracee::cpu_model(cpu),
          .kernel_release = names.release,
          .host_name = names.nodename,
          .start_time_ns = now.tv_sec * 1'000'000'000 + now.tv_nsec,
          .low_page = tracee::kLowPage,
          .arguments = request.arguments,
          .environment = request.environment,
          .working_directory = std::filesystem::current_path().string(),
          .vector_length = vector_length()};
}

void announce(const std::string& directory, const RecordOptions& options) {
  if (::isatty(STDOUT_FILENO) != 0) {
    std::printf("rr: Saving execution to trace directory `%s'.\n", directory.c_str());
    std::fflush(stdout);
  }
  if (options.print_directory_fd >= 0) {
    const std::string line = directory + "\n";
    if (::write(options.print_directory_fd, line.data(), line.size()) < 0) {
      fail_errno("write", "descriptor " + std::to_string(options.print_directory_fd));
    }
  }
}

void check_output_directory(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(directory, error)))
    fail(directory + " exists; a recording makes its own folder");
  const std::filesystem::path parent = std::filesystem::absolute(directory).parent_path();
  if (!std::filesystem::is_directory(parent, error))
    fail("cannot create " + directory + ": there is no folder " + parent.string(),
         ExitCode::kIoError);
}

// The folder of a recording goes again if its program was never started.
class UnstartedRecording final {
 public:
  explicit UnstartedRecording(std::string directory) : directory_(std::move(directory)) {}
  ~UnstartedRecording() {
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  UnstartedRecording(const UnstartedRecording&) = delete;
  UnstartedRecording& operator=(const UnstartedRecording&) = delete;

  void keep() { directory_.clear(); }

 private:
  std::string directory_;
};

// Whether the program is not to be recorded but to be run as a part of the recording that goes on.
bool joins_recording(const RecordOptions& options, const Context& context) {
  if (!context.environment.contains("RUNNING_UNDER_RR")) return false;
  if (options.nested == "ignore") return true;
  fail(
      "`rr record` inside a recording: RUNNING_UNDER_RR is set, and what is recorded cannot trace "
      "(run it outside, or --nested=ignore runs the program as a part of the recording; if nothing "
      "is being recorded, unset the variable)",
      ExitCode::kNested);
}

[[noreturn]] void run_in_place_of_rr(const kernel::SpawnRequest& request) {
  const auto pointers = [](const std::vector<std::string>& words) {
    std::vector<char*> made;
    for (const std::string& word : words) made.push_back(const_cast<char*>(word.c_str()));
    made.push_back(nullptr);
    return made;
  };
  ::execve(request.path.c_str(), pointers(request.arguments).data(),
           pointers(request.environment).data());
  fail(explain_exec_failure(request.path, errno), ExitCode::kUnavailable);
}

void check_values(const RecordOptions& options) {
  if (options.nested != "error" && options.nested != "ignore")
    fail("--nested takes error or ignore, not '" + options.nested +
         "': what is recorded cannot be let go, nor recorded by itself");
  if (!options.identity.empty() && !is_uuid(options.identity))
    fail("--trace-id takes a UUID, as /proc/sys/kernel/random/uuid gives them, not '" +
         options.identity + "'");
}

void record(const RecordOptions& options, Context& context) {
  check_values(options);
  const bool is_part = joins_recording(options, context);
  const std::vector<std::string>& arguments = context.rest;
  if (arguments.empty()) fail("record what? (rr record [options] PROGRAM [arguments])");
  const int cpu = chosen_cpu(options);
  kernel::SpawnRequest request{.path = find_program(arguments.front(), context.environment),
                               .arguments = arguments,
                               .environment = program_environment(options, context),
                               .untraced_return = tracee::kInjectedReturn,
                               .clock_return = tracee::kClockCode + aarch64::kClockReturn,
                               .cpu = cpu};
  check_program(request.path);
  if (is_part) run_in_place_of_rr(request);
  if (options.print_directory_fd >= 0 && ::fcntl(options.print_directory_fd, F_GETFD) < 0)
    fail("-p " + std::to_string(options.print_directory_fd) + ": that descriptor is not open");
  const tracee::TickFacts ticks = [&] {
    const kernel::CpuBinding binding(cpu);
    return tick_facts(options.ticks);
  }();
  const std::string save = save_directory(context.environment);
  const bool is_named = !options.output_directory.empty();
  const std::string directory =
      is_named ? options.output_directory : new_trace_directory(save, arguments.front());
  if (is_named) check_output_directory(directory);
  UnstartedRecording unstarted(directory);
  auto writer = trace::Writer::create(directory, make_header(request, options, ticks.unit, cpu));
  trace::FilePool pool(save + "/.files");
  trace::FileStore files(directory, is_named ? nullptr : &pool);
  record::TraceSink sink(*writer, files);
  // Only now: the writer's thread is to use the other CPUs.
  kernel::bind_to_cpu(cpu);
  const schedule::Options turns = scheduling(options);
  if (turns.chaos_seed)
    std::fprintf(stderr, "rr: chaos mode, --chaos-seed=%llu\n",
                 static_cast<unsigned long long>(*turns.chaos_seed));
  const int cores = options.core_count.value_or(
      turns.chaos_seed ? schedule::chaos_core_count(*turns.chaos_seed) : 1);
  record::Recorder recorder(ticks, sink,
                            {.scheduling = turns,
                             .core_count = cores,
                             .wait_for_all = options.wait_for_all,
                             .buffers_clock = buffers_clock(options, ticks),
                             .before_output = context.global.mark_stdio ? mark_output : nullptr});
  if (const int error = recorder.start(request); error != 0) {
    fail(explain_exec_failure(request.path, error), ExitCode::kUnavailable);
  }
  unstarted.keep();
  if (!is_named) point_latest_trace_at(save, directory);
  announce(directory, options);
  const int status = recorder.run();
  files.record_checksums();
  writer->finish(status);
  if (WIFSIGNALED(status)) {
    context.outcome.fatal_signal = WTERMSIG(status);
  } else {
    context.outcome.exit_code = WEXITSTATUS(status);
  }
}

}  // namespace

void add_record_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<RecordOptions>();
  CLI::App* command = app.add_subcommand("record", "Record a program");
  command->add_option("-o,--output-trace-dir", options->output_directory,
                      "Where the recording goes; must not exist");
  command->add_option("--ticks", options->ticks, "auto, or none where there is no counter")
      ->take_last()
      ->capture_default_str();
  command->add_option("-v,--env", options->extra_environment, "NAME=VALUE for the program")
      ->allow_extra_args(false);
  command->add_option("-p,--print-trace-dir", options->print_directory_fd,
                      "Print the recording's folder to this descriptor");
  command->add_flag("-w,--wait", options->wait_for_all,
                    "Until every process has ended, not only the first");
  command
      ->add_option("-c,--num-cpu-ticks", options->timeslice,
                   "Ticks that a thread may run while others wait")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
      ->capture_default_str();
  command->set_help_flag("--help", "Print this help message and exit");
  command->add_flag("-h,--chaos", options->is_chaotic,
                    "Let chance decide whose turn it is and for how long, to find races");
  command->add_option("--chaos-seed", options->chaos_seed,
                      "Chaos mode with the decisions of this seed");
  command
      ->add_option("--num-cores", options->core_count,
                   "How many cores the program is told that it has")
      ->check(CLI::Range(1, schedule::kMostCores));
  command->add_option("--bind-to-cpu", options->cpu,
                      "The processor to record on (default: the first that is allowed)");
  command->add_option("--trace-id", options->identity, "The recording's UUID (default: random)")
      ->type_name("UUID");
  command
      ->add_option("--nested", options->nested,
                   "Inside a recording: error, or ignore, which only runs the program")
      ->capture_default_str();
  command->add_flag("-s,--always-switch", options->always_switch,
                    "Let another thread run after each event");
  command->add_flag("-n,--no-syscall-buffer", options->no_syscall_buffer,
                    "Stop the program at every call, also where it reads the clock");
  command->callback([options, &context] { record(*options, context); });
}

}  // namespace rr::cli
