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
command regex checkpoint 's/^$/process plugin packet monitor checkpoint/'
command regex info-checkpoints 's/^$/process plugin packet monitor info-checkpoints/'
command regex delete-checkpoint 's/^(.+)$/process plugin packet monitor delete-checkpoint %1/'
command regex restart 's/^$/process plugin packet monitor restart/' 's/^(.+)$/process plugin packet monitor restart %1/'
command regex run-to 's/^(.+)$/process plugin packet monitor run %1/'
command regex seek-ticks 's/^(.+)$/process plugin packet monitor seek-ticks %1/'
command regex back 's/^$/process plugin packet monitor back/'
command regex forward 's/^$/process plugin packet monitor forward/'
)";
}

}  // namespace rr::gdb
