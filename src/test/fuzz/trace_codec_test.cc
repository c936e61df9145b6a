// The corpus of the decoder's fuzz target, as it is and bent at random. RR_FUZZ_ROUNDS (5,000) and
// RR_FUZZ_SEED as for the other randomised tests. `src/test/fuzz/targets` has what libFuzzer runs.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>

// A fuzz test is one source: what it shares with the libFuzzer target is not linked to it.
#include "fuzz/targets/trace_codec_target.cc"
#include "support/trace_samples.h"

namespace rr::trace {
namespace {

using Input = std::vector<std::byte>;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<Input> corpus() {
  std::vector<Input> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(RR_CORPUS "/trace_codec_fuzzer")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto view = std::as_bytes(std::span(bytes));
    inputs.emplace_back(view.begin(), view.end());
  }
  return inputs;
}

// Frames of every kind, encoded as the recorder does.
Input sample_frames() {
  FrameEncoder encoder;
  encoder.begin_block();
  Buffer buffer;
  for (uint64_t i = 0; i < sample_events().size(); ++i) encoder.encode(sample_frame(i), {}, buffer);
  const auto bytes = buffer.bytes();
  return {bytes.begin(), bytes.end()};
}

TEST(TraceCodec, CorpusIsThereAndDecodes) {
  const std::vector<Input> inputs = corpus();
  ASSERT_GE(inputs.size(), 3u);
  size_t frames = 0;
  for (const Input& input : inputs) frames += decode_hostile_bytes(input);
  EXPECT_GT(frames, 20u);
  EXPECT_EQ(decode_hostile_bytes(sample_frames()), sample_events().size());
}

TEST(TraceCodec, BentInputIsRefusedOrDecoded) {
  std::vector<Input> seeds = corpus();
  seeds.push_back(sample_frames());
  std::mt19937_64 random(from_environment("RR_FUZZ_SEED", 1));
  const uint64_t rounds = from_environment("RR_FUZZ_ROUNDS", 5000);
  for (uint64_t round = 0; round < rounds; ++round) {
    Input input = seeds[random() % seeds.size()];
    for (uint64_t changes = 1 + random() % 4; changes > 0 && !input.empty(); --changes) {
      const size_t at = random() % input.size();
      switch (random() % 4) {
        case 0:
          input[at] ^= std::byte(1 << random() % 8);
          break;
        case 1:
          input[at] = std::byte(random());
          break;
        case 2:
          input.erase(input.begin() + static_cast<long>(at),
                      input.begin() + static_cast<long>(at + random() % (input.size() - at)));
          break;
        default:
          input.insert(input.begin() + static_cast<long>(at), std::byte(random() % 2 ? 0xff : 0));
      }
    }
    decode_hostile_bytes(input);
  }
}

}  // namespace
}  // namespace rr::trace
