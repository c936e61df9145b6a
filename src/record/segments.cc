#include "record/segments.h"

#include <fstream>
#include <sstream>
#include <string>

#include "util/log.h"

namespace rr::record {
namespace {

// A line of /proc/sysvipc/shm (ipc/shm.c, sysvipc_shm_proc_show).
struct Line {
  int64_t key, segment, permissions, size, creator, last_user, attached;
  int64_t ids_and_times[7];
  uint64_t resident, swapped;
};

std::istream& operator>>(std::istream& in, Line& line) {
  in >> line.key >> line.segment >> line.permissions >> line.size >> line.creator >>
      line.last_user >> line.attached;
  for (int64_t& value : line.ids_and_times) in >> value;
  return in >> line.resident >> line.swapped;
}

}  // namespace

bool may_hold_anything(int32_t segment) {
  std::ifstream list("/proc/sysvipc/shm");
  std::string text;
  std::getline(list, text);  // names of the columns
  while (std::getline(list, text)) {
    std::istringstream in(text);
    Line line{};
    if (!(in >> line) || line.segment != segment) continue;
    if (line.attached > 1) {
      LOG(kWarn, "record") << "segment " << segment
                           << " of shared memory is attached by a process that is not recorded: "
                              "what it writes there the replay will not show";
    }
    return line.resident + line.swapped != 0;
  }
  return true;  // of another IPC namespace
}

}  // namespace rr::record
