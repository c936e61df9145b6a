#include "gdb/init_script.h"

#include <string_view>

namespace rr::gdb {
namespace {

// The program's files are the recorded ones, at the same paths on this machine; a debugger
// elsewhere sets sysroot to "target:" afterwards. Confirmation of `run` and `quit` protects a live
// process; a replay can always be started again.
constexpr std::string_view kScript = R"(set prompt (rr) 
set confirm off
set breakpoint pending on
set pagination off
set sysroot /
set non-stop off
set unwindonsignal on
set remotetimeout 10000
handle SIGURG stop

define when
  monitor when
end
document when
Print the last event of the recording that has been replayed.
end

define when-ticks
  monitor when-ticks
end
document when-ticks
Print how far the current thread has run since it was started.
end

define when-tid
  monitor when-tid
end
document when-tid
Print the number that the current thread had when it was recorded.
end

define elapsed-time
  monitor elapsed-time
end
document elapsed-time
Print the recorded time since the start of the recording, in seconds.
end

define checkpoint
  monitor checkpoint
end
document checkpoint
Keep this place. `restart N` comes back to it at once.
end

define info checkpoints
  monitor info-checkpoints
end
document info checkpoints
List the checkpoints that you made.
end

define delete checkpoint
  if $argc == 1
    monitor delete-checkpoint $arg0
  else
    echo Give the number of one checkpoint, as `info checkpoints` shows it.\n
  end
end
document delete checkpoint
delete checkpoint N: give up a checkpoint.
end

# A `continue` passes Ctrl-C on at any time, which `run` does not while gdb starts the program.
define go-to-place
  if $_thread == 0
    run $arg0
  else
    monitor way $arg0
    continue
  end
end
document go-to-place
go-to-place PLACE: what `run PLACE` does, for a program that has not ended.
end

define restart
  if $argc == 0
    starti @
  else
    go-to-place c$arg0
  end
end
document restart
restart N: go to checkpoint N. Without a number: to the beginning of the program.
`run EVENT` goes to an event of the recording, `run end` to just before its end.
end

define seek-ticks
  go-to-place t$arg0
end
document seek-ticks
seek-ticks N: go to where the current thread has run N ticks, in either direction.
end

define back
  go-to-place back
end
document back
Go to the place of the stop before this one.
end

define forward
  go-to-place forward
end
document forward
Undo `back`.
end

define end-diversion
  starti @here
end
document end-diversion
Go back to the replay from where registers or memory were changed, or functions were called.
end

# Of all the stops that gdb makes, `back` is to know those that are shown. No Python, no $_streq.
if !$_isvoid($_streq)
python
import re
def rr_tell(words):
    try:
        gdb.execute("monitor " + words, to_string=True)
    except gdb.error:
        pass
gdb.events.stop.connect(lambda event: rr_tell("shown"))
def rr_forget_arguments(event):
    gdb.execute("set args", to_string=True)
gdb.events.cont.connect(rr_forget_arguments)
# Nor is there a packet for `catch fork`.
def rr_tell_caught(point, is_gone=False):
    if point.type != getattr(gdb, "BP_CATCHPOINT", None):
        return
    lines = gdb.execute("info breakpoints", to_string=True)
    caught = re.findall(r"^(\d+) +catchpoint +\w+ +y +(v?fork)\b", lines, re.M)
    gone = str(point.number) if is_gone else ""
    rr_tell("catches " + " ".join(kind for number, kind in caught if number != gone))
if hasattr(gdb.events, "breakpoint_modified"):
    gdb.events.breakpoint_created.connect(rr_tell_caught)
    gdb.events.breakpoint_modified.connect(rr_tell_caught)
    gdb.events.breakpoint_deleted.connect(lambda point: rr_tell_caught(point, True))
end
end

# Or the next `run` would have the arguments of this one. At a terminal gdb leaves this hook out,
# hence rr_forget_arguments.
define hookpost-run
  set args
end
define hookpost-starti
  set args
  monitor refusal
end
)";

}  // namespace

std::string gdb_init_script() { return std::string(kScript); }

}  // namespace rr::gdb
