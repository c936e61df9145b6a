#include "gdb/lldb_script.h"

namespace rr::gdb {

// No aliases: lldb 19 takes one for the command before it as long as there is no process.
std::string lldb_init_script() {
  return R"(settings set prompt "(rr) "
settings set plugin.process.gdb-remote.packet-timeout 10000
command regex when 's/^$/process plugin packet monitor when/'
command regex when-ticks 's/^$/process plugin packet monitor when-ticks/'
command regex when-tid 's/^$/process plugin packet monitor when-tid/'
command regex elapsed-time 's/^$/process plugin packet monitor elapsed-time/'
command regex end-diversion 's/^$/process plugin packet monitor end-diversion/'
)";
}

}  // namespace rr::gdb
