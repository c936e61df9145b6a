#include "gdb/lldb_script.h"

namespace rr::gdb {

std::string lldb_init_script() {
  return R"(settings set prompt "(rr) "
settings set plugin.process.gdb-remote.packet-timeout 10000
command alias when process plugin packet monitor when
command alias when-ticks process plugin packet monitor when-ticks
command alias when-tid process plugin packet monitor when-tid
command alias elapsed-time process plugin packet monitor elapsed-time
)";
}

}  // namespace rr::gdb
