#include "cli/frame_memory.h"

#include <algorithm>

namespace rr::cli {

size_t FrameMemory::read(Address address, std::span<std::byte> out) const {
  size_t done = 0;
  while (done < out.size()) {
    const Address at = address + done;
    const auto piece = std::find_if(pieces_.rbegin(), pieces_.rend(), [at](const auto& candidate) {
      return AddressRange{candidate.address, candidate.bytes.size()}.contains(at);
    });
    if (piece == pieces_.rend()) break;
    const size_t offset = at - piece->address;
    size_t count = std::min(out.size() - done, piece->bytes.size() - offset);
    for (auto later = pieces_.rbegin(); later != piece; ++later) {
      if (later->address > at) count = std::min<size_t>(count, later->address - at);
    }
    std::copy_n(piece->bytes.begin() + static_cast<long>(offset), count,
                out.begin() + static_cast<long>(done));
    done += count;
  }
  return done;
}

}  // namespace rr::cli
