// A frame as a line of text and as JSON.
#include <cstring>
#include <gtest/gtest.h>

#include "cli/describe_frame.h"
#include "cli/frame_memory.h"
#include "support/trace_samples.h"

namespace rr::cli {
namespace {

using trace::bytes_from;

trace::Frame call_frame(int32_t number, std::vector<uint64_t> arguments, int64_t result) {
  trace::Frame frame;
  frame.tid = {7};
  frame.ticks = {100};
  frame.before.x[8] = static_cast<uint64_t>(number);
  std::copy(arguments.begin(), arguments.end(), frame.before.x.begin());
  frame.after = frame.before;
  frame.after.x[0] = static_cast<uint64_t>(result);
  frame.event = trace::SyscallEvent{.number = number};
  return frame;
}

TEST(FrameMemory, ReadsAcrossPiecesAndPrefersTheLater) {
  const std::vector<trace::MemoryWrite> pieces = {
      {{100}, bytes_from("abcd")}, {{104}, bytes_from("ef")}, {{101}, bytes_from("X")}};
  const FrameMemory memory(pieces);
  Bytes out(10);
  EXPECT_EQ(memory.read({100}, out), 6u);
  EXPECT_EQ(std::memcmp(out.data(), "aXcdef", 6), 0);
  EXPECT_EQ(memory.read({99}, out), 0u);
}

TEST(DescribeFrame, ShowsPathsThatTheCallWasGiven) {
  trace::Frame frame = call_frame(56, {static_cast<uint64_t>(-100), 0x5000, 0}, -2);
  frame.inputs = {{{0x5000}, Bytes(10)}};
  std::memcpy(frame.inputs[0].bytes.data(), "/etc/none", 10);
  EXPECT_EQ(describe_frame({3}, frame),
            "3 tid 7 ticks 100: openat(AT_FDCWD, \"/etc/none\", O_RDONLY, 0) = -1 ENOENT (No such "
            "file or directory)");
}

TEST(DescribeFrame, ShowsWhatWasReadAndWhatWasWritten) {
  trace::Frame frame = call_frame(63, {3, 0x6000, 100}, 5);
  frame.writes = {{{0x6000}, bytes_from("hello and what may have changed")}};
  EXPECT_EQ(describe_frame({1}, frame), "1 tid 7 ticks 100: read(3, \"hello\", 100) = 5");
  frame = call_frame(64, {1, 0x6000, 40}, 40);
  frame.inputs = {{{0x6000}, bytes_from(std::string(33, 'x'))}};
  EXPECT_EQ(describe_frame({1}, frame),
            "1 tid 7 ticks 100: write(1, \"" + std::string(32, 'x') + "\"..., 40) = 40");
}

TEST(DescribeFrame, WithoutMemoryPointersStayPointers) {
  const trace::Frame frame = call_frame(64, {1, 0x6000, 40}, 40);
  EXPECT_EQ(describe_frame({1}, frame), "1 tid 7 ticks 100: write(1, 0x6000, 40) = 40");
}

TEST(DescribeFrame, ACallThatIsMadeAgainHasNoResult) {
  trace::Frame frame = call_frame(63, {3, 0x6000, 100}, 3);
  frame.before.pc = 0x1004;
  frame.after.pc = 0x1000;
  EXPECT_EQ(describe_frame({1}, frame),
            "1 tid 7 ticks 100: read(3, 0x6000, 100) = ? (to be restarted)");
  const std::string json = frame_json({1}, frame, FrameDetail::kNone);
  EXPECT_EQ(json.find("\"result\": "), std::string::npos) << json;
  EXPECT_NE(json.find("\"resultText\": \"? (to be restarted)\""), std::string::npos) << json;
}

TEST(DescribeFrame, QuotesWhatIsNotOneBareWord) {
  trace::Frame frame;
  frame.tid = {7};
  frame.event = trace::ExecEvent{.executable = "/bin/my sh",
                                 .arguments = {"sh", "-c", "echo \"a\"\necho b", "", "--x=y"}};
  EXPECT_EQ(describe_frame({1}, frame),
            "1 tid 7 ticks 0: exec \"/bin/my sh\" -c \"echo \\\"a\\\"\\necho b\" \"\" --x=y");
}

TEST(FrameJson, HasOneLineForEveryKindOfEvent) {
  for (uint64_t i = 0; i < trace::sample_events().size(); ++i) {
    const std::string text = frame_json({i + 1}, trace::sample_frame(i), FrameDetail::kAll);
    EXPECT_EQ(text.front(), '{');
    EXPECT_EQ(text.back(), '}');
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const std::string kind = event_name(trace::sample_frame(i).event);
    EXPECT_NE(text.find("\"event\": \"" + kind + "\""), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace rr::cli
