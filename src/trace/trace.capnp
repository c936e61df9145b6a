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

# The bytes lie in the data substream, in the order of frames and of writes within a frame.
struct MemoryWrite {
  address @0 :UInt64;
  size @1 :UInt64;
  runs @2 :List(UInt32);     # lengths, by turns of stored bytes and of zeros left out; empty: all stored
}

struct Frame {
  tid @0 :Int32;
  ticksDelta @1 :UInt64;     # since the thread's frame before in this block, modulo 2^64
  monotonicDelta @2 :UInt64; # since the frame before in this block, modulo 2^64
  registers @3 :Data;        # `before` and `after`
  registerSets @4 :List(RegisterSet);
  writes @5 :List(MemoryWrite);
  event :union {
    exec :group {
      executable @6 :Data;
      arguments @7 :List(Data);
      mappings @8 :List(Mapping);
      programBreak @9 :UInt64;
    }
    syscall :group {
      number @10 :Int32;
      echo @11 :Echo;
      mapping @12 :Mapping;  # null: none
      newTask @13 :NewTask;  # null: none
    }
    syscallEnter :group {
      number @14 :Int32;
      echo @15 :Echo;
      newTask @16 :NewTask;
    }
    syscallExit :group {
      number @17 :Int32;
      mapping @18 :Mapping;
    }
    signal :group {
      number @19 :Int32;
      outcome @20 :SignalOutcome;
      synchronous @21 :Bool;
      info @22 :Data;
    }
    instructionTrap :group {
      instruction @23 :UInt32;
    }
    preempt @24 :Void;
    taskExit :group {
      waitStatus @25 :Int32;
      lastOfProcess @26 :Bool;
    }
  }
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
    hashed :group {          # later, if at all
      low @8 :UInt64;        # XXH3, 128 bits, seed 0
      high @9 :UInt64;
    }
  }

  enum Storage {
    copy @0;
    reflink @1;
    hardLink @2;
  }
}
