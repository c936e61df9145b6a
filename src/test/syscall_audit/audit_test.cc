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
  for (auto* cases :
       {file_cases, poll_cases, socket_cases, time_cases, signal_cases, process_cases, memory_cases,
        ipc_cases, key_cases, command_cases, terminal_cases, device_cases, network_device_cases}) {
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

// Rows with outputs that no case reaches, and why.
constexpr const char* kNoQuota = "no file system here keeps quotas";
constexpr const char* kNoPhy = "needs a network device with a transceiver of its own";
constexpr const char* kNoDrive = "needs a drive of its kind";
const std::map<std::string, const char*> kUnreached = {
    {"CDROMMULTISESSION", kNoDrive},
    {"CDROMREADTOCENTRY", kNoDrive},
    {"CDROMREADTOCHDR", kNoDrive},
    {"CDROMSUBCHNL", kNoDrive},
    {"CDROMVOLREAD", kNoDrive},
    {"CDROM_GET_MCN", kNoDrive},
    {"CDROM_LAST_WRITTEN", kNoDrive},
    {"CDROM_NEXT_WRITABLE", kNoDrive},
    {"IOCTL_VM_SOCKETS_GET_LOCAL_CID", "needs a module for sockets of virtual machines"},
    {"KDGETKEYCODE", "needs a keyboard"},
    {"KDKBDREP", "needs a keyboard"},
    {"PPS_FETCH", "no pulses per second come to this machine"},
    {"PPS_GETCAP", "no pulses per second come to this machine"},
    {"PPS_GETPARAMS", "no pulses per second come to this machine"},
    {"SCSI_IOCTL_GET_BUS_NUMBER", kNoDrive},
    {"SCSI_IOCTL_GET_IDLUN", kNoDrive},
    {"SG_EMULATED_HOST", kNoDrive},
    {"SG_GET_RESERVED_SIZE", kNoDrive},
    {"SG_GET_VERSION_NUM", kNoDrive},
    {"SIOCGHWTSTAMP", kNoPhy},
    {"SIOCGIFCOUNT", "no device here answers it"},
    {"SIOCGIFENCAP", "no device here answers it"},
    {"SIOCGIFMEM", "no device here answers it"},
    {"SIOCGIFSLAVE", "no device here answers it"},
    {"SIOCGIFVLAN", "needs a module for VLANs"},
    {"SIOCSHWTSTAMP", kNoPhy},
    {"SIOCSIFVLAN", "needs a module for VLANs"},
    {"VT_WAITEVENT", "waits for somebody who changes consoles"},
    {"BLKREPORTZONE", "needs a zoned disk"},
    {"KEYCTL_DH_COMPUTE", "needs the kernel's module for Diffie-Hellman"},
    {"KEYCTL_PKEY_QUERY", "needs the kernel's module for asymmetric keys"},
    {"KEYCTL_PKEY_ENCRYPT", "needs the kernel's module for asymmetric keys"},
    {"KEYCTL_PKEY_DECRYPT", "needs the kernel's module for asymmetric keys"},
    {"KEYCTL_PKEY_SIGN", "needs the kernel's module for asymmetric keys"},
    {"Q_GETFMT", kNoQuota},
    {"Q_GETINFO", kNoQuota},
    {"Q_GETNEXTQUOTA", kNoQuota},
    {"Q_GETQUOTA", kNoQuota},
    {"Q_XGETNEXTQUOTA", kNoQuota},
    {"Q_XGETQSTAT", kNoQuota},
    {"Q_XGETQSTATV", kNoQuota},
    {"Q_XGETQUOTA", kNoQuota},
    {"SECCOMP_IOCTL_NOTIF_RECV", "needs another process that a filter holds back"},
    {"SIOCGIFPFLAGS", "no protocol answers it any more"},
    {"SIOCGMIIPHY", kNoPhy},
    {"SIOCGMIIREG", kNoPhy},
};

void collect(std::span<const Row> rows, std::vector<const Row*>& found) {
  for (const Row& row : rows) {
    const bool is_new = std::find(found.begin(), found.end(), &row) == found.end();
    if (row.output_count > 0 && is_new) found.push_back(&row);
    if (row.dispatch.rows == nullptr) continue;
    collect(row.dispatch.rows(), found);
    for (const uint32_t command : {0u, 0x40007000u, 0x80007000u, 0xc0006400u}) {
      const Row* other = &row.dispatch.otherwise(command);
      const bool is_known = std::find(found.begin(), found.end(), other) != found.end();
      if (other->output_count > 0 && !is_known) found.push_back(other);
    }
  }
}

TEST(SyscallAudit, ChangesNothingThatTheRowsDoNotDeclare) {
  for (const auto& [audited, finding] : findings())
    EXPECT_EQ(finding.complaint, "") << audited.about;
}

TEST(SyscallAudit, NoticesWhenAnyOutputIsTakenAway) {
  std::map<const Row*, uint32_t> needed;
  std::set<const Row*> lacking;
  for (const auto& [audited, finding] : findings()) {
    if (finding.row == nullptr) continue;
    needed[finding.row] |= finding.needed;
    if (finding.is_lacking) lacking.insert(finding.row);
  }
  std::vector<const Row*> rows;
  collect(syscalls::all_rows(), rows);
  int reached = 0;
  for (const Row* row : rows) {
    const uint32_t all = (1u << row->output_count) - 1;
    const auto found = needed.find(row);
    const uint32_t seen = found == needed.end() ? 0 : found->second;
    const auto excuse = kUnreached.find(row->name);
    if (seen == all) {
      ++reached;
      EXPECT_EQ(excuse, kUnreached.end()) << row->name << " is reached after all";
    } else if (excuse != kUnreached.end()) {
      std::cout << "not reached: " << row->name << ": " << excuse->second << "\n";
    } else if (lacking.contains(row)) {
      std::cout << "not on this kernel or machine: " << row->name << "\n";
    } else {
      ADD_FAILURE() << row->name << ": no case notices when output(s) of mask " << (all & ~seen)
                    << " are missing";
    }
  }
  std::cout << reached << " of " << rows.size() << " rows with outputs are audited by "
            << findings().size() << " cases\n";
  EXPECT_GT(reached, 180);
}

}  // namespace
}  // namespace rr::test
