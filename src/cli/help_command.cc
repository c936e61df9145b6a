// rr help: the text of --help, a manual page, or the shell's completion, all from the same tree.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "cli/application.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "cli/nearest_word.h"
#include "util/error.h"

namespace rr::cli {
namespace {

struct HelpOptions {
  std::string command;
  bool manual = false;
  bool completion = false;
  std::string folder;  // where all documents are to be written
};

const CLI::App& find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name() == name) return *command;
  }
  fail("rr has no command '" + name + "'" + suggestion(name, command_names(app)) +
       "; `rr --list-commands` lists them");
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) fail_errno("write", path, "", ExitCode::kIoError);
}

void write_documents(const CLI::App& app, const std::string& folder) {
  write(folder + "/rr.bash", bash_completion(app));
  for (const CLI::App* command : app.get_subcommands(nullptr))
    write(folder + "/rr-" + command->get_name() + ".1", command_manual_page(*command));
  write(folder + "/rr.1", manual_page(app));
}

void help(const CLI::App& app, const HelpOptions& options) {
  if (!options.folder.empty()) return write_documents(app, options.folder);
  const CLI::App& subject = options.command.empty() ? app : find_command(app, options.command);
  std::string text;
  if (options.completion) {
    text = bash_completion(app);
  } else if (options.manual) {
    text = options.command.empty() ? manual_page(app) : command_manual_page(subject);
  } else {
    // App::help() would tell of the command that was parsed, which is this one.
    const std::string name = options.command.empty() ? "rr" : "rr " + options.command;
    text = subject.get_formatter()->make_help(&subject, name, CLI::AppFormatMode::Normal);
  }
  std::fputs(text.c_str(), stdout);
}

}  // namespace

void add_help_command(CLI::App& app, Context&) {
  auto options = std::make_shared<HelpOptions>();
  CLI::App* command = app.add_subcommand("help", "Print help for a command");
  command->add_option("command", options->command, "The command (default: rr itself)")
      ->type_name("COMMAND");
  CLI::Option* manual =
      command->add_flag("--man", options->manual, "As a manual page, for `man -l -`");
  command
      ->add_flag("--bash-completion", options->completion,
                 "Print the completion for bash, to be sourced")
      ->excludes(manual);
  // For the build.
  command->add_option("--write-documents", options->folder)->group("");
  command->callback([options, &app] { help(app, *options); });
}

}  // namespace rr::cli
