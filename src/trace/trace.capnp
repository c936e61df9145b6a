# What a recording says, in Cap'n Proto. docs/TRACE_FORMAT.md tells how these messages lie on disk and what the fields that
# are relative refer to. Fields and union members are appended, never renumbered, reused or given another meaning.
@0xb1ecd3fe133def61;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("rr::trace::schema");

# Data, not Text, holds what the recorded system may choose freely: file names and arguments need not be UTF-8.

enum TickUnit {
  none @0;
  instructions @1;
  takenBranches @2;
}

enum Echo {
  none @0;
  stdout @1;
  stderr @2;
}

enum SignalOutcome {
  handled @0;
  ignored @1;
  fatal @2;
  stopped @3;
}

struct Header {
  uuid @0 :Text;
  rrVersion @1 :Text;
  architecture @2 :Text;
  tickUnit @3 :TickUnit;
  pageSize @4 :UInt64;
  cpuModel @5 :UInt64;
  kernelRelease @6 :Text;
  hostName @7 :Text;
  startTimeNs @8 :Int64;
  lowPage @9 :UInt64;
  arguments @10 :List(Data);
  environment @11 :List(Data);
  workingDirectory @12 :Data;
  vectorLength @13 :UInt32;  # bytes of an SVE register when a program begins; 0: no SVE
}

struct Milestone {
  frames @0 :UInt64;  # so many had come
  ticks @1 :UInt64;   # when all threads together had run so far
}

# Written when the recording is closed cleanly.
struct Summary {
  frameCount @0 :UInt64;
  dataSize @1 :UInt64;       # bytes in the data substream, before compression
  status :union {
    unknown @2 :Void;
    waitStatus @3 :Int32;    # of the first process
  }
  endTimeNs @4 :Int64;       # CLOCK_REALTIME
  milestones @5 :List(Milestone);  # ascending
}

struct Mapping {
  start @0 :UInt64;
  size @1 :UInt64;
  protection @2 :UInt32;
  flags @3 :UInt32;
  fileOffset @4 :UInt64;
  source :union {
    anonymous @5 :Void;
    file @6 :UInt32;
    segment @8 :Int32;       # System V shared memory: shmget's result
  }
  name @7 :Data;
}

struct NewTask {
  tid @0 :Int32;
  pid @1 :Int32;
  cloneFlags @2 :UInt64;
}

struct RegisterSet {
  note @0 :UInt32;
  bytes @1 :Data;
}

struct ExecEvent {
  executable @0 :Data;
  arguments @1 :List(Data);
  mappings @2 :List(Mapping);
  programBreak @3 :UInt64;
  stackLimit @4 :UInt64;     # RLIMIT_STACK, bytes; 0: not known
}

# Most frames are system calls that map nothing and make no task: these are kept small, because a recorder makes one per
# call of the recorded program. What is rare lies behind a pointer of its own.
struct Frame {
  tid @0 :Int32;
  ticksDelta @1 :UInt64;     # since the thread's frame before in this block, modulo 2^64
  monotonicDelta @2 :UInt64; # since the frame before in this block, modulo 2^64
  state @3 :Data;            # registers before and after, and the shapes of the memory writes
  registerSets @4 :List(RegisterSet);
  event :union {
    exec @5 :ExecEvent;
    syscall :group {
      number @6 :Int32;
      echo @7 :Echo;
      mapping @8 :Mapping;   # null: none
      newTask @9 :NewTask;   # null: none
      inputChecksum @23 :UInt64;  # XXH3, 64 bits, lowest bit set; 0: none
    }
    syscallEnter :group {
      number @10 :Int32;
      echo @11 :Echo;
      newTask @12 :NewTask;
      inputChecksum @24 :UInt64;
    }
    syscallExit :group {
      number @13 :Int32;
      mapping @14 :Mapping;
    }
    signal :group {
      number @15 :Int32;
      outcome @16 :SignalOutcome;
      synchronous @17 :Bool;
      info @18 :Data;
    }
    instructionTrap :group {
      instruction @19 :UInt32;
    }
    preempt @20 :Void;
    taskExit :group {
      waitStatus @21 :Int32;
      lastOfProcess @22 :Bool;
    }
    fileChange :group {        # the memory writes are the file's: their addresses are offsets in it
      file @25 :UInt32;
      size @26 :UInt64;        # bytes, afterwards
    }
    remoteWrite :group {       # the memory writes are of that thread's process
      target @27 :Int32;
      stackLimit @31 :UInt64;    # RLIMIT_STACK that the call has given that process, bytes; 0: none
    }
    clockReads :group {         # the memory writes: what the thread reads the clock from, up to its next event
      count @30 :UInt32;
    }
  }
  inputs @28 :Data;          # what a call's arguments pointed to, for people: address, size, bytes; and again
  vectorChecksum @29 :UInt64;  # of the vector registers before the event: XXH3, 64 bits, lowest bit set; 0: none
}

# One message of the `files` substream.
struct StoredFile {
  id @0 :UInt32;
  union {
    added :group {           # before any frame that names it
      path @1 :Data;
      device @2 :UInt64;
      inode @3 :UInt64;
      size @4 :UInt64;
      modifiedNs @5 :Int64;
      changedNs @6 :Int64;
      how @7 :Storage;
    }
    hashed :group {          # once it has been packed
      low @8 :UInt64;        # XXH3, 128 bits, seed 0
      high @9 :UInt64;
    }
    changes @10 :Void;         # while it may be mapped: by fileChange frames, or through a shared mapping
    checked @11 :UInt32;       # CRC-32 of a hard link's contents; later, if at all
  }

  enum Storage {
    copy @0;
    reflink @1;
    hardLink @2;
  }
}
