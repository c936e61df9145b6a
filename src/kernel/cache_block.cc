#include "kernel/cache_block.h"

namespace rr::kernel {

uint64_t zeroed_block_size() {
  uint64_t value = 0;
  asm("mrs %0, dczid_el0" : "=r"(value));
  return uint64_t{4} << (value & 15);
}

}  // namespace rr::kernel
