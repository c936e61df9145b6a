#include "syscall_audit/audit.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/kernel_objects.h"
#include "syscalls/describe.h"
#include "syscalls/outputs.h"
#include "syscalls/table.h"
#include "util/check.h"

namespace rr::test {
namespace {

using syscalls::Output;
using syscalls::Row;

// The caller's own memory, of which any part may be missing.
class OwnMemory final : public MemoryReader {
 public:
  size_t read(Address address, std::span<std::byte> out) const override {
    size_t done = 0;
    while (done < out.size()) {
      // A page at a time: what can be read is not given up for what follows it.
      const uint64_t at = address.value + done;
      const size_t want = std::min<size_t>(out.size() - done, 4096 - at % 4096);
      const ::iovec to{out.data() + done, want};
      const ::iovec from{reinterpret_cast<void*>(at), want};
      const ssize_t n = ::process_vm_readv(::getpid(), &to, 1, &from, 1, 0);
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }
};

// A child that the call makes ends at once, without touching the stack.
[[gnu::noinline]] int64_t run_call(const SyscallArguments& call, bool makes_child) {
  register uint64_t x0 asm("x0") = call.args[0];
  register uint64_t x1 asm("x1") = call.args[1];
  register uint64_t x2 asm("x2") = call.args[2];
  register uint64_t x3 asm("x3") = call.args[3];
  register uint64_t x4 asm("x4") = call.args[4];
  register uint64_t x5 asm("x5") = call.args[5];
  register uint64_t x8 asm("x8") = static_cast<uint64_t>(call.number);
  register uint64_t x9 asm("x9") = makes_child ? 1 : 0;
  asm volatile(
      "svc #0\n"
      "cbz x9, 1f\n"
      "cbnz x0, 1f\n"
      "mov x8, #93\n"
      "svc #0\n"
      "1:\n"
      : "+r"(x0)
      : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8), "r"(x9)
      : "memory");
  return static_cast<int64_t>(x0);
}

// What one run reports to the parent, in memory that both share.
struct Report {
  const Row* row;
  bool is_done;
  int64_t result;
  uint32_t needed;
  uint32_t lent;           // bit i: argument i points to lent memory
  uint64_t undeclared;     // how many bytes
  uint64_t first_address;  // of them
  SyscallArguments call;
};

// A copy that met a fault may have changed bytes beyond those it counts (quirk partial-copy), which
// the recorder allows for.
constexpr uint64_t kPartialCopySlack = 128;

bool covers(const Output& output, uint64_t address, uint64_t slack) {
  const uint64_t counted = std::min(output.possible, output.written + slack);
  const uint64_t size = output.is_counted ? counted : output.possible;
  return address >= output.address.value && address - output.address.value < size;
}

std::vector<uint64_t> undeclared_of(const std::vector<uint64_t>& changed,
                                    const std::vector<Output>& declared, uint64_t slack) {
  std::vector<uint64_t> left;
  for (const uint64_t address : changed) {
    const bool is_declared = std::any_of(declared.begin(), declared.end(), [&](const Output& o) {
      return covers(o, address, slack);
    });
    if (!is_declared) left.push_back(address);
  }
  return left;
}

Row without_output(const Row& row, size_t index) {
  Row less = row;
  for (size_t i = index; i + 1 < row.output_count; ++i) {
    less.output_specs.at(i) = less.output_specs.at(i + 1);
  }
  --less.output_count;
  return less;
}

// Moves the object that argument `index` points to, so that its second half cannot be touched.
// False where that argument points to nothing lent, or to a single byte.
bool tear(SyscallArguments& call, size_t index, const Arena& arena) {
  const uint64_t reach = arena.reach(call.args.at(index));
  if (reach < 2) return false;
  auto* from = reinterpret_cast<std::byte*>(call.args.at(index));
  const uint64_t kept = reach / 2;
  std::byte* to = from + (reach - kept);
  std::memmove(to, from, kept);
  call.args.at(index) = reinterpret_cast<uint64_t>(to);
  return true;
}

constexpr size_t kNothingTorn = 6;

syscalls::BpfObject own_object(int32_t fd) { return record::bpf_object(Tid{::getpid()}, fd); }

void run_here(const Case& audited, std::byte pattern, size_t torn, Report& report) {
  Arena arena(pattern);
  SyscallArguments call = audited.prepare(arena);
  report.call = call;
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (arena.reach(call.args.at(i)) != 0) report.lent |= 1u << i;
  }
  if (torn != kNothingTorn && !tear(call, torn, arena)) return;
  const OwnMemory memory;
  const Row* row = syscalls::resolve(call);
  CHECK(row != nullptr) << audited.about << " has no row";
  report.row = row;
  std::vector<syscalls::Plan> plans = {syscalls::plan(*row, call, memory, own_object)};
  std::vector<Row> poorer;
  poorer.reserve(row->output_count);
  for (size_t i = 0; i < row->output_count; ++i) {
    poorer.push_back(without_output(*row, i));
    plans.push_back(syscalls::plan(poorer.back(), call, memory, own_object));
  }
  using syscalls::Special;
  const bool makes_child = row->special == Special::kClone || row->special == Special::kClone3;
  arena.remember();
  report.result = run_call(call, makes_child);
  const std::vector<uint64_t> changed = arena.changed();
  for (size_t i = 0; i < plans.size(); ++i) {
    std::vector<Output> declared;
    syscalls::outputs(plans[i], report.result, memory, declared);
    const auto left =
        undeclared_of(changed, declared, torn == kNothingTorn ? 0 : kPartialCopySlack);
    if (left.empty()) continue;
    if (i > 0) {
      report.needed |= 1u << (i - 1);
      continue;
    }
    report.undeclared = left.size();
    report.first_address = left.front();
  }
  report.is_done = true;
}

int run_in_child(const Case& audited, std::byte pattern, size_t torn, Report& report) {
  const pid_t child = ::fork();
  CHECK(child >= 0) << "no process for a case";
  if (child == 0) {
    // One whose arguments were torn may wait for what never comes.
    ::alarm(torn == kNothingTorn ? 4 : 1);
    run_here(audited, pattern, torn, report);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

std::string complaint_about(const Report& report, const char* how) {
  std::ostringstream text;
  text << syscalls::describe_call(report.call, report.result) << how << ": " << report.undeclared
       << " changed bytes are in no output of row " << report.row->name << ", the first at 0x"
       << std::hex << report.first_address;
  return text.str();
}

void judge(const Case& audited, const Report& report, int status, Finding& finding) {
  if (!report.is_done) {
    finding.complaint =
        std::string(audited.about) + " did not come back: wait status " + std::to_string(status);
    return;
  }
  finding.row = report.row;
  const int error =
      report.result < 0 && report.result >= -4095 ? static_cast<int>(-report.result) : 0;
  const auto& lacking = audited.lacking;
  if (error == ENOSYS || std::find(lacking.begin(), lacking.end(), error) != lacking.end()) {
    finding.is_lacking = true;
  } else if (error != audited.error) {
    finding.complaint = std::string(audited.about) + ": " +
                        syscalls::describe_call(report.call, report.result) + ", expected errno " +
                        std::to_string(audited.error);
  }
}

}  // namespace

SyscallArguments make_call(const char* name, std::vector<uint64_t> arguments) {
  for (const Row& row : syscalls::all_rows()) {
    if (std::string_view(row.name) != name) continue;
    SyscallArguments made{row.number, {}};
    std::copy(arguments.begin(), arguments.end(), made.args.begin());
    return made;
  }
  CHECK(false) << "no row is named " << name;
  return {};
}

Finding audit(const Case& audited) {
  void* shared =
      ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED) << "no memory for a report";
  auto& report = *static_cast<Report*>(shared);
  Finding finding;
  uint32_t lent = 0;
  // Two patterns: what the kernel writes may be what was there.
  for (const std::byte pattern : {std::byte{0x5a}, std::byte{0xa5}}) {
    report = {};
    const int status = run_in_child(audited, pattern, kNothingTorn, report);
    judge(audited, report, status, finding);
    if (report.undeclared != 0) finding.complaint = complaint_about(report, "");
    finding.needed |= report.needed;
    lent |= report.lent;
    if (!finding.complaint.empty() || finding.is_lacking) break;
  }
  // The same call with each of its objects half out of reach: how it ends is the kernel's choice.
  for (size_t torn = 0; torn < kNothingTorn && finding.complaint.empty(); ++torn) {
    if ((lent & 1u << torn) == 0) continue;
    report = {};
    run_in_child(audited, std::byte{0x5a}, torn, report);
    if (report.is_done && report.undeclared != 0) {
      finding.complaint = complaint_about(report, " (an argument half out of reach)");
    }
  }
  ::munmap(shared, sizeof(Report));
  return finding;
}

}  // namespace rr::test
