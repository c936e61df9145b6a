#include "arch/aarch64/clock_stub.h"

namespace rr::aarch64 {

namespace {

constexpr uint32_t kSystemCall = 0xd4000001;
constexpr size_t kFillingCall = kClockReturn / 4 - 1;
constexpr size_t kBufferToX9[] = {0, 11};

// x9: the buffer, w10: offset of the slot, x11: the slot, x12: where the program wants the time,
// x13: what its nanoseconds are divided by. A caller of the vDSO expects none of these to be kept.
constexpr ClockCode kCode = {
    // kReadClock
    0x52a00009,   //  0  mov   w9, #buffer
    0xb940012a,   //  4  ldr   w10, [x9]
    0x3400008a,   //  8  cbz   w10, 24
    0xaa0103ec,   // 12  mov   x12, x1
    0xd280002d,   // 16  mov   x13, #1
    0x1400000c,   // 20  b     68
    0xd2800e28,   // 24  mov   x8, #113 (clock_gettime)
    kSystemCall,  // 28  svc   #0
    0xd65f03c0,   // 32  ret
    // kReadTimeOfDay: without a place for the time, or with one for a time zone, as a system call
    0xb40002a0,  // 36  cbz   x0, 120
    0xb5000281,  // 40  cbnz  x1, 120
    0x52a00009,  // 44  mov   w9, #buffer
    0xb940012a,  // 48  ldr   w10, [x9]
    0x3400022a,  // 52  cbz   w10, 120
    0xaa0003ec,  // 56  mov   x12, x0
    0xd2807d0d,  // 60  mov   x13, #1000
    0xd2800000,  // 64  mov   x0, #0 (CLOCK_REALTIME)
    // of both
    0x8b0a012b,   // 68  add   x11, x9, x10
    0xaa0b03e1,   // 72  mov   x1, x11
    0xd2800e28,   // 76  mov   x8, #113
    kSystemCall,  // 80  svc   #0; in a replay ldr x0, [x11, #16]
    0xf9000960,   // 84  str   x0, [x11, #16]
    0x1100814a,   // 88  add   w10, w10, #32
    0x1200354a,   // 92  and   w10, w10, #16383
    0xb900012a,   // 96  str   w10, [x9]
    0xb5000080,   // 100 cbnz  x0, 116
    0xa9403d6e,   // 104 ldp   x14, x15, [x11]
    0x9acd09ef,   // 108 udiv  x15, x15, x13
    0xa9003d8e,   // 112 stp   x14, x15, [x12]
    0xd65f03c0,   // 116 ret
    0xd2801528,   // 120 mov   x8, #169 (gettimeofday)
    kSystemCall,  // 124 svc   #0
    0xd65f03c0,   // 128 ret
};
constexpr uint32_t kLoadResult = 0xf9400960;  // ldr x0, [x11, #16]

static_assert(sizeof(ClockSlot) == 32 && offsetof(ClockSlot, result) == 16);
static_assert(kCode[kFillingCall] == kSystemCall);

}  // namespace

ClockCode clock_code(Address buffer, ClockSource source) {
  ClockCode code = kCode;
  for (const size_t i : kBufferToX9) code[i] |= static_cast<uint32_t>(buffer.value >> 16) << 5;
  if (source == ClockSource::kBuffer) code[kFillingCall] = kLoadResult;
  return code;
}

}  // namespace rr::aarch64
