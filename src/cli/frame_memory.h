// What a frame tells of memory: pieces, the later ones over the earlier.
#pragma once

#include <vector>

#include "trace/frame.h"
#include "util/memory_reader.h"

namespace rr::cli {

class FrameMemory final : public MemoryReader {
 public:
  // `pieces` outlives it.
  explicit FrameMemory(const std::vector<trace::MemoryWrite>& pieces) : pieces_(pieces) {}

  size_t read(Address address, std::span<std::byte> out) const override;

 private:
  const std::vector<trace::MemoryWrite>& pieces_;
};

}  // namespace rr::cli
