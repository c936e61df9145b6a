#include "syscalls/inputs.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <array>
#include <vector>
#include <xxhash.h>

#include "arch/aarch64/syscall_numbers.h"
#include "util/types.h"

namespace rr::syscalls {
namespace {

constexpr uint64_t kMostTogether = uint64_t{1} << 20;
constexpr uint64_t kMostParts = 64;

class Checksum {
 public:
  explicit Checksum(const MemoryReader& reader) : reader_(reader) { XXH3_64bits_reset(&state_); }

  void add(AddressRange range) {
    std::array<std::byte, 16384> buffer;
    uint64_t left = std::min(range.size, kMostTogether - total_);
    Address at = range.start;
    while (left != 0) {
      const size_t want = std::min<uint64_t>(left, buffer.size());
      const size_t n = reader_.read(at, std::span(buffer).first(want));
      XXH3_64bits_update(&state_, buffer.data(), n);
      total_ += n;
      if (n < want) return;
      at = at + n;
      left -= n;
    }
  }

  uint64_t result() const { return total_ == 0 ? 0 : XXH3_64bits_digest(&state_) | 1; }

 private:
  const MemoryReader& reader_;
  XXH3_state_t state_;
  uint64_t total_ = 0;
};

}  // namespace

uint64_t input_checksum(const SyscallArguments& call, const MemoryReader& reader) {
  switch (call.number) {
    case aarch64::kSysWrite:
    case aarch64::kSysPwrite64:
    case aarch64::kSysSendto: {
      Checksum sum(reader);
      sum.add({{call.args[1]}, call.args[2]});
      return sum.result();
    }
    case aarch64::kSysWritev: {
      Checksum sum(reader);
      for (uint64_t i = 0; i < std::min(call.args[2], kMostParts); ++i) {
        const auto part = reader.read_object<std::array<uint64_t, 2>>({call.args[1] + 16 * i});
        if (!part) break;
        sum.add({{(*part)[0]}, (*part)[1]});
      }
      return sum.result();
    }
    default:
      return 0;
  }
}

}  // namespace rr::syscalls
