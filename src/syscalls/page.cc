#include "syscalls/page.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "syscalls/errno_names.h"
#include "syscalls/flags.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

std::string special_name(Special special) {
  switch (special) {
    case Special::kNone:
      return "";
    case Special::kMmap:
    case Special::kMunmap:
    case Special::kMremap:
    case Special::kBrk:
    case Special::kMprotect:
    case Special::kMadvise:
    case Special::kShmat:
    case Special::kShmdt:
    case Special::kProcessMadvise:
      return "address space";
    case Special::kClone:
    case Special::kClone3:
    case Special::kExec:
    case Special::kExit:
    case Special::kExitGroup:
    case Special::kSetTidAddress:
    case Special::kSetRobustList:
    case Special::kWait:
      return "process tree";
    case Special::kSigreturn:
    case Special::kSigaction:
    case Special::kSigprocmask:
    case Special::kSigaltstack:
      return "signals";
    case Special::kRestart:
      return "restart";
    case Special::kOpen:
      return "files that are masked";
    case Special::kSetAffinity:
      return "one CPU for all";
    case Special::kProcessVmWritev:
      return "memory of another process";
    case Special::kSeccomp:
    case Special::kSeccompReceive:
      return "the program's filters";
    case Special::kTellTime:
      return "answered by the recorder";
    case Special::kBpf:
    case Special::kPerfEvent:
      return "see above";
    case Special::kSetTsc:
    case Special::kDumpable:
    case Special::kPacResetKeys:
    case Special::kTaggedAddresses:
    case Special::kVectorLength:
    case Special::kSetLimit:
      return "state of the thread";
  }
  return "";
}

std::string number_of(const OutputSpec& spec) { return std::to_string(spec.pointer.number); }

// "2: bytes, as many as 3 says"
std::string output_text(const OutputSpec& spec) {
  const std::string pointer = number_of(spec);
  const std::string count = std::to_string(spec.count.number);
  const std::string unit = std::to_string(spec.unit);
  switch (spec.shape) {
    case Shape::kObject:
      return pointer + ": " + unit + " bytes" + (spec.is_in_place ? " in place" : "");
    case Shape::kArray:
      if (spec.unit == 1 && spec.prefix > 0)
        return pointer + ": " + std::to_string(spec.prefix) + " bytes and up to " + "argument " +
               count;
      if (spec.unit == 1) return pointer + ": up to argument " + count + " bytes";
      return pointer + ": " + unit + " bytes × argument " + count;
    case Shape::kBytesLenAt:
      return pointer + ": up to the length at argument " + count;
    case Shape::kBits:
      return pointer + ": argument " + count + " bits";
    case Shape::kPages:
      return pointer + ": a byte for each page of argument " + count;
    case Shape::kIovec:
      return pointer + ": buffers of argument " + count + " iovecs";
    case Shape::kMsghdr:
      return pointer + ": what a message header points to";
    case Shape::kMmsghdr:
      return pointer + ": what argument " + count + " message headers point to";
    case Shape::kObjectVia:
      return pointer + ": " + unit + " bytes through the pointer at offset " +
             std::to_string(spec.offset);
    case Shape::kBytesVia:
      return pointer + ": a buffer through the pointer at offset " + std::to_string(spec.offset);
    case Shape::kTrailing:
      if (spec.prefix == 0) return pointer + ": as many bytes as it says itself";
      return pointer + ": " + std::to_string(spec.prefix) + " bytes and what follows them";
    case Shape::kIoctlSize:
      return pointer + ": as many bytes as the command says";
    case Shape::kBpfPart:
      return pointer + ": " + (spec.unit == 0 ? "keys" : "values") +
             " of the map through the pointer at offset " + std::to_string(spec.offset);
    case Shape::kBpfInfo:
      return pointer + ": what is known of the object, and the arrays it has room for";
  }
  return "";
}

std::string when_text(const OutputSpec& spec) {
  if (spec.when == kOnPositive) return ", if the result is above 0";
  if (spec.when == kInterrupted) return ", when interrupted";
  if (spec.when & kOnOtherErrors) return ", after an error too";
  if (spec.when & kOnInvalid) return ", after EINVAL too";
  if (spec.when & kInterrupted) return ", when interrupted too";
  return "";
}

std::string flags_text(const OutputSpec& spec) {
  if (spec.flags == 0) return "";
  std::string names = describe_flags(*find_flag_set("clone"), spec.flags);
  std::ranges::replace(names, '|', '+');  // it would divide the page's table
  return ", if the flags have " + names;
}

std::string writes(const Row& row) {
  std::string text;
  for (size_t i = 0; i < row.output_count; ++i) {
    const OutputSpec& spec = row.output_specs[i];
    text += (i == 0 ? "" : "; ") + output_text(spec) + when_text(spec) + flags_text(spec);
  }
  return text;
}

std::string handling(const Row& row) {
  if (row.is_refused())
    return "**refused**, " + errno_name(row.refusal.error) + ": " + row.refusal.reason;
  std::string text = row.replay == Replay::kExecute ? "executed" : "emulated";
  if (row.may_block()) text += ", may block";
  if (row.special != Special::kNone) text += "; " + special_name(row.special);
  return text;
}

void add_row(std::ostringstream& page, const std::string& number, const Row& row) {
  const bool has_sub_commands = row.dispatch.rows != nullptr;
  page << "| " << number << " | " << row.name << " | "
       << (has_sub_commands ? "by sub-command, below" : handling(row)) << " | " << writes(row)
       << " |\n";
}

void add_table_head(std::ostringstream& page, const char* first) {
  page << "| " << first << " | name | replay | writes (argument: what) |\n|---|---|---|---|\n";
}

std::string command_number(const Row& row) {
  std::ostringstream text;
  const auto number = static_cast<uint32_t>(row.number);
  if (number > 0xfff) text << std::hex << std::showbase;
  text << number;
  return text.str();
}

void add_fallback(std::ostringstream& page, const Row& row, std::vector<const Row*>& shown) {
  if (std::find(shown.begin(), shown.end(), &row) != shown.end()) return;
  shown.push_back(&row);
  add_row(page, "", row);
}

void add_sub_commands(std::ostringstream& page, const std::string& title, const Row& row) {
  page << "\n### " << title << "\n\n";
  add_table_head(page, "value");
  const Dispatch& dispatch = row.dispatch;
  for (const Row& sub : dispatch.rows()) add_row(page, command_number(sub), sub);
  // One command of each kind that the fallback tells apart: by direction, and a device's.
  std::vector<const Row*> shown;
  for (const uint32_t command :
       {0x00000000u, 0x000089f0u, 0x40007000u, 0x80007000u, 0xc0006400u, 0xc000fd00u})
    add_fallback(page, dispatch.otherwise(command), shown);
  for (const Row& sub : dispatch.rows()) {
    if (sub.dispatch.rows != nullptr) add_sub_commands(page, title + ", " + sub.name, sub);
  }
}

constexpr const char* kAboutBpf = R"(
## bpf

Programs for sockets, networks and groups of processes, and maps that are looked at by calls. Without the privilege the
kernel answers EPERM itself. Not there, each answered as a kernel that lacks it would:

* programs that trace (for kprobes, tracepoints, perf events, LSM, struct_ops, and those that make calls), EPERM: they
  may write a process's memory at any time, and are attached to what the recorder does, too;
* maps whose memory a program shares (BPF_F_MMAPABLE, ring buffers, arenas), EINVAL: they change without a call;
* BPF_PROG_TEST_RUN without a size for its output, EINVAL: the kernel would write as much as it has.

## perf_event_open

Events are counted, and read, as without a recorder, whose own counter is pinned and comes first. Not there: samples in
a mapped ring (mmap of the descriptor fails with EINVAL), since they change without a call; SIGTRAP at an event, and
hardware events that are pinned or exclusive (EINVAL); probes in programs and in the kernel (ENOENT), whose
instructions the recording would not have.
)";

}  // namespace

std::string generate_syscalls_page() {
  std::ostringstream page;
  const auto rows = all_rows();
  const auto refused =
      std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.is_refused(); });
  page << "# System calls\n\n"
          "Made from the table in `src/syscalls/`; a unit test keeps this page equal to it and "
          "prints how to make it\nanew. "
       << rows.size() << " calls have a row, " << refused
       << " of them are refused. A number without a row is answered ENOSYS without being run,\n"
          "and logged.\n\n"
          "*emulated*: replay puts the recorded result and outputs in place. *executed*: replay "
          "makes the call come true.\n*may block*: what it writes goes to scratch memory first. "
          "*refused*: answered with the error, not run. After EFAULT\nall that a call could have "
          "written is recorded.\n\n"
          "## Calls\n\n";
  add_table_head(page, "number");
  for (const Row& row : rows) add_row(page, std::to_string(row.number), row);
  page << kAboutBpf << "\n## Sub-commands\n";
  std::vector<const Row*> shown;
  for (const Row& row : rows) {
    if (row.dispatch.rows == nullptr) continue;
    const Row* first = row.dispatch.rows().data();
    if (std::find(shown.begin(), shown.end(), first) != shown.end()) continue;  // quotactl_fd
    shown.push_back(first);
    add_sub_commands(page, row.name, row);
  }
  return page.str();
}

}  // namespace rr::syscalls
