#include "record/lost_rights.h"

#include <cstdlib>
#include <string_view>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "kernel/proc.h"

namespace rr::record {
namespace {

uint64_t number_in_status(const std::string& status, std::string_view name, int base) {
  const size_t at = status.find("\n" + std::string(name) + ":");
  if (at == std::string::npos) return 0;
  return std::strtoull(status.c_str() + at + name.size() + 2, nullptr, base);
}

// Without CAP_SYS_ADMIN the recorder needs the promise (kernel/spawn.cc).
bool has_promised() {
  constexpr uint64_t kSysAdmin = uint64_t{1} << 21;
  const std::string own = kernel::read_file("/proc/self/status");
  return (number_in_status(own, "CapEff", 16) & kSysAdmin) == 0;
}

}  // namespace

std::string rights_lost_by(Tid tid) {
  const std::string path = "/proc/" + std::to_string(tid.value) + "/exe";
  struct stat file {};
  struct statvfs system {};
  if (::stat(path.c_str(), &file) != 0 || ::statvfs(path.c_str(), &system) != 0) return "";
  const bool is_plain = (file.st_mode & (S_ISUID | S_ISGID)) == 0 &&
                        ::getxattr(path.c_str(), "security.capability", nullptr, 0) <= 0;
  if (is_plain || (system.f_flag & ST_NOSUID) != 0 || !has_promised()) return "";
  const std::string status = kernel::read_proc_file(tid, "status");
  if ((file.st_mode & S_ISUID) != 0 && file.st_uid != number_in_status(status, "Uid", 10)) {
    return "set-user-ID";
  }
  constexpr mode_t kSetsGroup = S_ISGID | S_IXGRP;
  if ((file.st_mode & kSetsGroup) == kSetsGroup &&
      file.st_gid != number_in_status(status, "Gid", 10)) {
    return "set-group-ID";
  }
  const bool has_capabilities = ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  return has_capabilities ? "file capabilities" : "";
}

}  // namespace rr::record
