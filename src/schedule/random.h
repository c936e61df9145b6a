// Random numbers that are the same for the same seed wherever they are drawn: unlike the standard
// library's distributions, whose results are an implementation's own.
#pragma once

#include <cstdint>

namespace rr::schedule {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood, 2014).
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 … bound - 1. The bias of the remainder is of no account here.
  uint64_t below(uint64_t bound) { return next() % bound; }
  bool one_in(uint64_t count) { return below(count) == 0; }
  // 1 … limit, each power of two as likely as another: small numbers often, large ones too.
  uint64_t up_to(uint64_t limit) {
    uint64_t bits = 0;
    while ((limit >> bits) > 1) ++bits;
    const uint64_t scale = uint64_t{1} << below(bits + 1);
    const uint64_t value = scale + below(scale);
    return value < limit ? value : limit;
  }

 private:
  uint64_t state_;
};

}  // namespace rr::schedule
