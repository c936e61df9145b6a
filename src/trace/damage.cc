#include "trace/damage.h"

#include "util/error.h"

namespace rr::trace {

namespace {

std::string at(const Place& place) {
  return place.path + " at offset " + std::to_string(place.offset) + ": ";
}

}  // namespace

void fail_damaged(const Place& place, const std::string& what) {
  fail(at(place) + what +
           " (the recording is damaged: copy it again from where it was made, or record again)",
       ExitCode::kBadData);
}

void fail_newer(const Place& place, const std::string& what) {
  fail(at(place) + what + " (written by a newer rr: replay it with that version)",
       ExitCode::kBadData);
}

}  // namespace rr::trace
