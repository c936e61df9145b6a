// The command line as a whole: the tree of commands and options from which parsing, --help, the
// manual pages and the shell's completion all come.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace rr::cli {

// The command that is asked for; empty where options stand alone. Without a command word a folder
// is replayed, anything else is recorded: then the word is put in.
std::string insert_default_command(std::vector<std::string>& arguments, Context& context);

// `context` outlives it. With all commands, in alphabetical order, where their tree is asked for
// (`command` is empty or "help"); otherwise with that one alone, for the time that the others take.
std::unique_ptr<CLI::App> make_application(const std::string& command, Context& context);

// Parses and runs the command; the process's exit code, or in `context.outcome` more than that.
// Prints what the parser has to say; throws Error for what the command refuses.
int run(CLI::App& app, const std::vector<std::string>& arguments, Context& context);

std::vector<std::string> command_names(const CLI::App& app);
// "-o", "--output-trace-dir", …; what is hidden is left out.
std::vector<std::string> option_names(const CLI::App& app);
std::vector<const CLI::Option*> shown_options(const CLI::App& app);
// `rr dump [OPTIONS] [trace] …`
std::string usage_of(const CLI::App& command);

}  // namespace rr::cli
