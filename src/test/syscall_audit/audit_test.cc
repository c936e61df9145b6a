// Every row of the table that can be reached here, against the kernel.
#include "syscall_audit/audit.h"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <unistd.h>

#include "syscalls/table.h"

namespace rr::test {
namespace {

using syscalls::Row;

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (auto* cases : {file_cases,
                      poll_cases,
                      socket_cases,
                      time_cases,
                      signal_cases,
                      process_cases,
                      memory_cases,
                      ipc_cases,
                      key_cases,
                      command_cases,
                      terminal_cases,
                      device_cases,
                      network_device_cases,
                      bpf_cases,
                      perf_cases,
                      silent_file_cases,
                      silent_mount_cases,
                      silent_process_cases,
                      silent_memory_cases,
                      silent_fcntl_cases,
                      silent_prctl_cases,
                      silent_key_cases,
                      silent_ipc_cases,
                      silent_terminal_cases,
                      silent_device_cases,
                      silent_namespace_cases}) {
    const std::vector<Case> some = cases();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// Each case is run once, however many tests look at it.
const std::vector<std::pair<Case, Finding>>& findings() {
  static const auto found = [] {
    std::vector<std::pair<Case, Finding>> made;
    for (const Case& c : all_cases()) made.emplace_back(c, audit(c));
    return made;
  }();
  return found;
}

// Rows that no case reaches, and why. A star stands for the rest of a name.
constexpr const char* kNoQuota = "no file system here keeps quotas";
constexpr const char* kNoPhy = "needs a network device with a transceiver of its own";
constexpr const char* kNoDrive = "needs a drive of its kind";
constexpr const char* kNoPulses = "no pulses per second come to this machine";
constexpr const char* kNoKeyboard = "needs a keyboard";
constexpr const char* kNoAsymmetricKeys = "needs the kernel's module for asymmetric keys";
constexpr const char* kTakesAll = "does not come back to who makes it";
constexpr const char* kNoDevice = "no device here answers it";
constexpr const char* kNoLine = "needs a serial line with somebody at its other end";
const std::map<std::string, const char*> kUnreached = {
    {"BLKPG", "needs a disk with partitions"},
    {"BLKREPORTZONE", "needs a zoned disk"},
    {"BLKSECDISCARD", kNoDrive},
    {"BPF_ITER_CREATE", "needs a program that traces"},
    {"BPF_TOKEN_CREATE", "needs a user namespace that was given rights"},
    {"BLKTRACE*", "needs the kernel's tracing of block devices, set up by a refused command"},
    {"CDROM*", kNoDrive},
    {"IOCTL_VM_SOCKETS_GET_LOCAL_CID", "needs a module for sockets of virtual machines"},
    {"KDGETKEYCODE", kNoKeyboard},
    {"KDKBDREP", kNoKeyboard},
    {"KDSETKEYCODE", kNoKeyboard},
    {"KEYCTL_DH_COMPUTE", "needs the kernel's module for Diffie-Hellman"},
    {"KEYCTL_PKEY_*", kNoAsymmetricKeys},
    {"KEYCTL_WATCH_KEY", "needs a kernel with pipes of notifications"},
    {"LOOP_CHANGE_FD", "needs a loop device that is read-only"},
    {"LOOP_CTL_ADD", "adds a device for good"},
    {"LOOP_CTL_REMOVE", "needs a device that is nobody's"},
    {"PERF_EVENT_IOC_QUERY_BPF", "needs a program that traces"},
    {"PIO_*", "changes the console's font for good"},
    {"PPS_*", kNoPulses},
    {"Q_*", kNoQuota},
    {"RTC_*", "the machine's clock tells the time and little else"},
    {"SECCOMP_IOCTL_NOTIF_RECV", "needs another process that a filter holds back"},
    {"SCSI_IOCTL_*", kNoDrive},
    {"SG_*", kNoDrive},
    {"SECCOMP_SET_MODE_STRICT", "leaves a process that cannot look at what changed"},
    {"SIOCADDMULTI", kNoDevice},
    {"SIOCBOND*", "needs a module for bonds"},
    {"SIOCBR*", "needs a module for bridges"},
    {"SIOCDARP", "needs a neighbour"},
    {"SIOCDELMULTI", kNoDevice},
    {"SIOCDIFADDR", kNoDevice},
    {"SIOCGHWTSTAMP", kNoPhy},
    {"SIOCGIFCOUNT", kNoDevice},
    {"SIOCGIFENCAP", kNoDevice},
    {"SIOCGIFMEM", kNoDevice},
    {"SIOCGIFPFLAGS", kNoDevice},
    {"SIOCGIFSLAVE", kNoDevice},
    {"SIOCGIFVLAN", "needs a module for VLANs"},
    {"SIOCGMII*", kNoPhy},
    {"SIOCRTMSG", kNoDevice},
    {"SIOCSARP", "needs a neighbour"},
    {"SIOCSHWTSTAMP", kNoPhy},
    {"SIOCSIFENCAP", kNoDevice},
    {"SIOCSIFHW*", kNoDevice},
    {"SIOCSIFLINK", kNoDevice},
    {"SIOCSIFMEM", kNoDevice},
    {"SIOCSIFMETRIC", kNoDevice},
    {"SIOCSIFPFLAGS", kNoDevice},
    {"SIOCSIFSLAVE", kNoDevice},
    {"SIOCSIFVLAN", "needs a module for VLANs"},
    {"SIOCSMIIREG", kNoPhy},
    {"TIOCCONS", "takes the machine's console away"},
    {"TIOCMIWAIT", kNoLine},
    {"VT_RELDISP", "needs a process that consoles are changed by"},
    {"VT_RESIZE*", "changes the console for good"},
    {"VT_SENDSIG", "no kernel has it"},
    {"VT_SETACTIVATE", "changes the console for good"},
    {"VT_WAITEVENT", "waits for somebody who changes consoles"},
    {"commands of the device mapper", "needs a module for it"},
    {"exit", kTakesAll},
    {"exit_group", kTakesAll},
    {"rt_sigreturn", kTakesAll},
};

const char* excuse_for(std::string_view name) {
  for (const auto& [form, why] : kUnreached) {
    const std::string_view wanted = form;
    const bool is_prefix =
        wanted.ends_with('*') && name.starts_with(wanted.substr(0, wanted.size() - 1));
    if (is_prefix || name == wanted) return why;
  }
  return nullptr;
}

// What can be made at all: a refused call never comes to the kernel, and one with sub-commands is
// always one of them.
bool is_made(const Row& row) { return !row.is_refused() && row.dispatch.rows == nullptr; }

void collect(std::span<const Row> rows, std::vector<const Row*>& found) {
  const auto add = [&found](const Row& row) {
    const bool is_new = std::find(found.begin(), found.end(), &row) == found.end();
    if (is_made(row) && is_new) found.push_back(&row);
  };
  for (const Row& row : rows) {
    add(row);
    if (row.dispatch.rows == nullptr) continue;
    collect(row.dispatch.rows(), found);
    for (const uint32_t command : {0u, 0x40007000u, 0x80007000u, 0xc0006400u, 0xc000fd00u})
      add(row.dispatch.otherwise(command));
  }
}

struct Account {
  std::map<const Row*, uint32_t> needed;  // of the rows that a case has reached
  std::set<const Row*> lacking;
};

Account account() {
  Account made;
  for (const auto& [audited, finding] : findings()) {
    if (finding.row == nullptr) continue;
    if (finding.is_lacking) {
      made.lacking.insert(finding.row);
    } else {
      made.needed[finding.row] |= finding.needed;
    }
  }
  return made;
}

TEST(SyscallAudit, ChangesNothingThatTheRowsDoNotDeclare) {
  for (const auto& [audited, finding] : findings())
    EXPECT_EQ(finding.complaint, "") << audited.about;
}

// Also what a row without outputs is: one that no case makes could have forgotten them.
TEST(SyscallAudit, ReachesEveryRowAndNoticesWhenAnyOutputIsTakenAway) {
  const Account found = account();
  std::vector<const Row*> rows;
  collect(syscalls::all_rows(), rows);
  int reached = 0;
  for (const Row* row : rows) {
    const uint32_t all = (1u << row->output_count) - 1;
    const auto needed = found.needed.find(row);
    const char* excuse = excuse_for(row->name);
    if (needed != found.needed.end() && needed->second == all) {
      ++reached;
      EXPECT_FALSE(kUnreached.contains(row->name)) << row->name << " is reached after all";
    } else if (excuse != nullptr) {
      std::cout << "not reached: " << row->name << ": " << excuse << "\n";
    } else if (found.lacking.contains(row)) {
      std::cout << "not on this kernel or machine: " << row->name << "\n";
    } else if (needed == found.needed.end()) {
      ADD_FAILURE() << row->name << ": no case makes it";
    } else {
      ADD_FAILURE() << row->name << ": no case notices when output(s) of mask "
                    << (all & ~needed->second) << " are missing";
    }
  }
  std::cout << reached << " of " << rows.size() << " rows are audited by " << findings().size()
            << " cases\n";
  EXPECT_GT(reached, 500);
}

}  // namespace
}  // namespace rr::test
