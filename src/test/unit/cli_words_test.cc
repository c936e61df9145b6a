// Suggestions for what was mistyped, and text that becomes JSON.
#include <gtest/gtest.h>

#include "cli/json.h"
#include "cli/nearest_word.h"

namespace rr::cli {
namespace {

const std::vector<std::string> kCommands = {"dump", "ls", "mv", "pack", "ps", "record", "replay"};

TEST(NearestWord, FindsWhatWasMeant) {
  EXPECT_EQ(nearest_word("recrod", kCommands), "record");
  EXPECT_EQ(nearest_word("dunp", kCommands), "dump");
  EXPECT_EQ(nearest_word("repaly", kCommands), "replay");
  EXPECT_EQ(nearest_word("sl", kCommands), "ls");
}

TEST(NearestWord, SaysNothingOfWhatIsFarFromAll) {
  EXPECT_EQ(nearest_word("gcc", kCommands), "");
  EXPECT_EQ(suggestion("firefox", kCommands), "");
}

TEST(NearestWord, CountsASwapOfNeighboursAsOneMistake) {
  EXPECT_EQ(edit_distance("autopliot", "autopilot"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

TEST(Json, EscapesWhatJsonMustEscape) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01\x7f"), "\"a\\\"b\\\\c\\n\\u0001\\u007f\"");
}

TEST(Json, KeepsUtf8AndMarksWhatIsNot) {
  EXPECT_EQ(json_string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
  EXPECT_EQ(json_string("\xff"), "\"\\udcff\"");
  EXPECT_EQ(json_string("\xc0\xaf"), "\"\\udcc0\\udcaf\"");             // too long a form
  EXPECT_EQ(json_string("\xed\xa0\x80"), "\"\\udced\\udca0\\udc80\"");  // a surrogate
  EXPECT_EQ(json_string("\xe2\x82"), "\"\\udce2\\udc82\"");
}

TEST(Json, NestsObjectsAndArrays) {
  JsonObject object;
  object.add("n", 7).add("yes", true).add_raw("list", json_strings(std::vector<std::string>{"a"}));
  EXPECT_EQ(object.text(), R"({"n": 7, "yes": true, "list": ["a"]})");
  EXPECT_EQ(JsonArray().text(), "[]");
}

}  // namespace
}  // namespace rr::cli
