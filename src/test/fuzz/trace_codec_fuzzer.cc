// libFuzzer's entry: trace_codec_fuzzer src/test/fuzz/corpus/trace_codec_fuzzer
#include <cstdint>

// One source: what it shares with the ordinary test is not linked to it.
#include "fuzz/targets/trace_codec_target.cc"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  rr::trace::decode_hostile_bytes(std::as_bytes(std::span(data, size)));
  return 0;
}
