// Copies a recording and changes one thing in it, so that a replay must notice:
//   plant_divergence FROM TO flip FRAME OFFSET        one bit of the frame's recorded memory
//   plant_divergence FROM TO register FRAME NAME      the lowest bit of a register before the event
//   plant_divergence FROM TO ticks FRAME NUMBER       so many ticks more up to the event
//   plant_divergence FROM TO drop FRAME               the frame is left out
// Frames are numbered from 1, as `rr dump` prints them.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "trace/layout.h"
#include "trace/reader.h"
#include "trace/writer.h"
#include "util/error.h"

namespace {

namespace fs = std::filesystem;
using rr::trace::Frame;

void flip(Frame& frame, size_t offset) {
  for (rr::trace::MemoryWrite& write : frame.writes) {
    if (offset < write.bytes.size()) {
      write.bytes[offset] ^= std::byte{1};
      return;
    }
    offset -= write.bytes.size();
  }
  rr::fail("the frame has not recorded that many bytes");
}

void change_register(Frame& frame, const std::string& name) {
  namespace arch = rr::aarch64;
  for (int i = 0; i < arch::kGeneralRegisterCount; ++i) {
    if (arch::general_register_name(i) != name) continue;
    arch::set_general_register(frame.before, i, arch::general_register(frame.before, i) ^ 1);
    return;
  }
  rr::fail("there is no register " + name);
}

struct Change {
  std::string what;
  uint64_t frame;
  std::string detail;
};

// Whether the frame is to be kept.
bool apply(const Change& change, Frame& frame) {
  if (change.what == "drop") return false;
  if (change.what == "flip") {
    flip(frame, std::stoull(change.detail));
  } else if (change.what == "register") {
    change_register(frame, change.detail);
  } else if (change.what == "ticks") {
    frame.ticks.value += std::stoull(change.detail);
  } else {
    rr::fail("there is no change called " + change.what);
  }
  return true;
}

void copy(const std::string& from, const std::string& to, const Change& change) {
  rr::trace::Reader reader = rr::trace::Reader::open(from);
  if (change.frame < 1 || change.frame > reader.frame_count()) rr::fail("there is no such frame");
  const auto writer = rr::trace::Writer::create(to, reader.header());
  Frame frame;
  for (uint64_t number = 1; reader.next(frame); ++number) {
    if (number != change.frame || apply(change, frame)) writer->append(frame);
  }
  writer->finish(reader.summary() ? reader.summary()->wait_status : std::nullopt);
  for (const char* part : {rr::trace::kFilesName, rr::trace::kFilesFolder}) {
    if (fs::exists(fs::path(from) / part)) {
      fs::copy(fs::path(from) / part, fs::path(to) / part, fs::copy_options::recursive);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 4) {
    std::fputs("usage: plant_divergence FROM TO flip|register|ticks|drop FRAME [DETAIL]\n", stderr);
    return 1;
  }
  try {
    copy(arguments[0], arguments[1],
         {.what = arguments[2],
          .frame = std::stoull(arguments[3]),
          .detail = arguments.size() > 4 ? arguments[4] : "0"});
  } catch (const rr::Error& error) {
    std::fprintf(stderr, "plant_divergence: %s\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
