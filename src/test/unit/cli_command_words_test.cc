// What of a command line is rr's own, and in which form the parser gets it.
#include <gtest/gtest.h>

#include "cli/absent_options.h"
#include "cli/command_words.h"

namespace rr::cli {
namespace {

using Words = std::vector<std::string>;

class CommandWordsTest : public ::testing::Test {
 protected:
  CommandWordsTest() : app_("", "rr") {
    app_.add_option("--log");
    for (const char* name : {"record", "replay", "rm"}) {
      CLI::App* command = app_.add_subcommand(name);
      command->add_flag("-n,--no-syscall-buffer");
      command->add_option("-o,--output");
      command->add_option("-v,--env")->allow_extra_args(false);
    }
  }

  // The program or the debugger's words behind a bar.
  Words split(const Words& arguments) const {
    CommandWords words = split_words(app_, arguments);
    if (words.rest.empty()) return words.own;
    words.own.emplace_back("|");
    words.own.insert(words.own.end(), words.rest.begin(), words.rest.end());
    return words.own;
  }

  CLI::App app_;
};

TEST_F(CommandWordsTest, TheFirstWordThatIsNoOptionBeginsTheProgram) {
  EXPECT_EQ(split({"record", "-n", "ls", "-n", "-o=x", "--", "-l"}),
            (Words{"record", "-n", "|", "ls", "-n", "-o=x", "--", "-l"}));
  EXPECT_EQ(split({"record", "-o", "x", "--env", "A=1", "ls"}),
            (Words{"record", "-o", "x", "--env", "A=1", "|", "ls"}));
}

TEST_F(CommandWordsTest, DashesBeforeTheProgramEndTheOptions) {
  EXPECT_EQ(split({"record", "--", "ls", "-d", "/"}), (Words{"record", "|", "ls", "-d", "/"}));
  EXPECT_EQ(split({"record", "-n", "--", "-odd", "--"}),
            (Words{"record", "-n", "|", "-odd", "--"}));
  EXPECT_EQ(split({"record", "--"}), (Words{"record"}));
}

TEST_F(CommandWordsTest, DashesMayBeAValue) {
  EXPECT_EQ(split({"record", "-o", "--", "ls"}), (Words{"record", "-o", "--", "|", "ls"}));
}

TEST_F(CommandWordsTest, AnEqualsSignMayStandBehindAShortName) {
  EXPECT_EQ(split({"record", "-o=DIR", "-v=A=5", "-n", "-v=", "ls"}),
            (Words{"record", "-o", "DIR", "-v", "A=5", "-n", "-v", "", "|", "ls"}));
  EXPECT_EQ(split({"record", "-no=DIR", "ls"}), (Words{"record", "-no", "DIR", "|", "ls"}));
  EXPECT_EQ(split({"record", "-oDIR", "--output=DIR", "ls"}),
            (Words{"record", "-oDIR", "--output=DIR", "|", "ls"}));
}

TEST_F(CommandWordsTest, BehindDashesStandsTheDebuggers) {
  EXPECT_EQ(split({"replay", "-o=x", "A", "-n", "--", "-ex", "--", "p"}),
            (Words{"replay", "-o", "x", "A", "-n", "|", "-ex", "--", "p"}));
  EXPECT_EQ(split({"replay", "--"}), (Words{"replay"}));
}

TEST_F(CommandWordsTest, OtherCommandsGetAllWords) {
  EXPECT_EQ(split({"--log", "all:info", "rm", "-o=x", "A", "--", "-o=y"}),
            (Words{"--log", "all:info", "rm", "-o", "x", "A", "--", "-o=y"}));
}

TEST(AbsentOptions, ReasonsAreFoundByEveryFormOfTheOption) {
  EXPECT_NE(why_absent("record", "-i"), "");
  EXPECT_EQ(why_absent("record", "-iUSR1"), why_absent("record", "--ignore-signal=USR1"));
  EXPECT_NE(why_absent("dump", "-C"), "");
  EXPECT_EQ(why_absent("dump", "-i"), "");
  EXPECT_EQ(why_absent("record", "--nest"), "");
}

}  // namespace
}  // namespace rr::cli
