// The clock's buffer of one address space (arch/aarch64/clock_stub.h), seen from the recorder. It
// is switched on when the program turns out to read the clock often. What the kernel has put into
// it becomes an event, of which the replay fills it before the program runs to where it reads.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "record/trace_sink.h"
#include "tracee/address_space.h"
#include "util/types.h"

namespace rr::record {

class ClockBuffer {
 public:
  bool is_on() const { return is_on_; }

  // The program has read the clock by a system call. If the buffer is to take its next readings the
  // header is written, also into the sink's next frame.
  void note_call(tracee::AddressSpace& space, TraceSink& sink);

  // Adds what has been filled since the last time to the sink's next frame: how many readings.
  // `now`: the registers of the thread that has made them.
  uint32_t take_down(const tracee::AddressSpace& space, const Registers& now, TraceSink& sink);

 private:
  bool is_on_ = false;
  int calls_ = 0;
  uint32_t taken_ = 0;  // up to this offset; 0: it is full
};

// Whether the thread must go on before anything else happens to it.
bool holds_clock_slot(const Registers& registers);

}  // namespace rr::record
