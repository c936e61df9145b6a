// The words of a command line before the parser has them: what is the recorded program's or the
// debugger's is set apart, and -x=VALUE is made what the parser knows.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rr::cli {

struct CommandWords {
  std::vector<std::string> own;   // for the parser
  std::vector<std::string> rest;  // what begins with the program, or stands behind --
};

// `app` has the command that the words name.
CommandWords split_words(const CLI::App& app, const std::vector<std::string>& arguments);

// Whether the first word that is neither an option nor its value begins another's command line.
bool takes_program(const CLI::App& command);
// Whether what stands behind -- is for the debugger.
bool takes_debugger_options(const CLI::App& command);

}  // namespace rr::cli
