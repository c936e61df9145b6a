// The command line as a whole: the tree of commands and options from which parsing, --help, the
// manual pages and the shell's completion all come.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace rr::cli {

// `context` outlives it. Its commands in alphabetical order.
std::unique_ptr<CLI::App> make_application(Context& context);

// Parses and runs the command; the process's exit code, or in `context.outcome` more than that.
// Prints what the parser has to say; throws Error for what the command refuses.
int run(CLI::App& app, std::vector<std::string> arguments, Context& context);

std::vector<std::string> command_names(const CLI::App& app);
// "-o", "--output-trace-dir", …; what is hidden is left out.
std::vector<std::string> option_names(const CLI::App& app);
std::vector<const CLI::Option*> shown_options(const CLI::App& app);
// `rr dump [OPTIONS] [trace] …`
std::string usage_of(const CLI::App& command);

}  // namespace rr::cli
