#include "cli/absent_options.h"

namespace rr::cli {
namespace {

constexpr std::string_view kNoBuffer =
    "no library is put into the program, and only readings of the clock are buffered (-n stops at "
    "these too)";
constexpr std::string_view kOneProcessor =
    "rr and the program take turns, so a second processor would only make each turn dearer";
constexpr std::string_view kDump =
    "`rr dump -m` tells what was written where, and gdb shows memory at any event (`rr replay -g`)";
constexpr std::string_view kNoLibrary =
    "no library is put into the program that could be in its way";
constexpr std::string_view kForTesting = "it serves tests of rr itself";
constexpr std::string_view kStepping =
    "`rr replay -g EVENT -- -batch -ex stepi -ex 'info registers'` steps and shows registers";
constexpr std::string_view kX86 = "it is about x86 processors";

constexpr AbsentOption kAbsent[] = {
    {"", "-A,--microarch",
     "the processor is not asked for its name: what its counter does is tried"},
    {"", "-C,--checksum", "what calls write is always under a checksum, memory as a whole never"},
    {"", "-D,--dump-on", kDump},
    {"", "-F,--force-things", "there is no refusal that it would override"},
    {"", "-K,--check-cached-mmaps", kForTesting},
    {"", "-T,--dump-at", kDump},
    {"", "--disable-cpuid-faulting", kX86},
    {"", "--disable-ptrace-exit-events", kForTesting},
    {"", "--resource-path", "rr is one file and needs no others"},
    {"dump", "-b,--syscallbuf", "clock readings made without a stop are frames of their own"},
    {"pack", "--symlink", "a reader follows no symbolic links; --pack-dir shares by hard links"},
    {"record", "--asan", kNoLibrary},
    {"record", "--check-outside-mmaps", "memory shared with processes outside is always warned of"},
    {"record", "--copy-preload-src", kNoBuffer},
    {"record", "--disable-avx-512", kX86},
    {"record", "--disable-cpuid-features", kX86},
    {"record", "--disable-cpuid-features-ext", kX86},
    {"record", "--disable-cpuid-features-xsave", kX86},
    {"record", "--intel-pt", kX86},
    {"record", "--no-file-cloning", "a clone of a file costs nothing, and keeps it as it was"},
    {"record", "--no-preload", kNoBuffer},
    {"record", "--no-read-cloning", "what was read is compressed, not cloned"},
    {"record", "--scarce-fds", kForTesting},
    {"record", "--setuid-sudo",
     "without root a traced program gets no rights from its file; `sudo rr record` gives it "
     "root's"},
    {"record", "--stap-sdt",
     "gdb finds and sets such probes by itself (`info probes`), but for those that a program "
     "passes "
     "by while nobody traces it"},
    {"record", "--syscall-buffer-sig", kNoBuffer},
    {"record", "--syscall-buffer-size", kNoBuffer},
    {"record", "--tsan", kNoLibrary},
    {"record", "--unmap-vdso", kForTesting},
    {"record", "-i,--ignore-signal",
     "a program without a handler of its own inherits that it is ignored: "
     "`sh -c \"trap '' USR1; exec rr record PROGRAM\"`"},
    {"record", "-t,--continue-through-signal",
     "a program that a signal kills ends in its recording, too"},
    {"record", "-u,--cpu-unbound", kOneProcessor},
    {"replay", "--intel-pt-start-checking-event", kX86},
    {"replay", "--retry-transient-errors",
     "a replay stops short of each place and steps to it, so that none fails by chance"},
    {"replay", "--share-private-mappings", "a debugger reads and writes memory through rr"},
    {"replay", "--stats", "`rr dump -s` counts events, calls and bytes"},
    {"replay", "--tty",
     "`rr replay -s PORT` prints the program's output in its own terminal, gdb runs in another"},
    {"replay", "-t,--trace", kStepping},
    {"replay", "-u,--cpu-unbound", kOneProcessor},
};

struct AbsentCommand {
  std::string_view name;
  std::string_view reason;
};
constexpr AbsentCommand kAbsentCommands[] = {
    {"cpufeatures", kX86},
    {"explicit-sources", "`rr sources` goes through the binaries of a recording"},
    {"rerun", kStepping},
};

// The option that the word gives, without its value.
std::string_view name_in(std::string_view word) {
  constexpr size_t kShort = 2;
  return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, kShort);
}

bool is_among(std::string_view name, std::string_view names) {
  const size_t comma = names.find(',');
  return name == names.substr(0, comma) ||
         (comma != std::string_view::npos && name == names.substr(comma + 1));
}

}  // namespace

std::span<const AbsentOption> absent_options() { return kAbsent; }

std::string_view why_absent(std::string_view command, std::string_view word) {
  for (const AbsentOption& option : kAbsent) {
    const bool is_of_command = option.command.empty() || option.command == command;
    if (is_of_command && is_among(name_in(word), option.names)) return option.reason;
  }
  return "";
}

std::string_view why_command_is_absent(std::string_view word) {
  for (const AbsentCommand& command : kAbsentCommands) {
    if (command.name == word) return command.reason;
  }
  return "";
}

}  // namespace rr::cli
