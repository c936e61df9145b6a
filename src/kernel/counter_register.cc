#include "kernel/counter_register.h"

namespace rr::kernel {

uint64_t read_counter_register(aarch64::CounterRegister source) {
  uint64_t value = 0;
  switch (source) {
    case aarch64::CounterRegister::kFrequency:
      asm volatile("mrs %0, cntfrq_el0" : "=r"(value));
      break;
    case aarch64::CounterRegister::kVirtualCount:
    case aarch64::CounterRegister::kVirtualCountOrdered:
      asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value));
      break;
  }
  return value;
}

}  // namespace rr::kernel
