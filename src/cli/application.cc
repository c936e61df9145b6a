#include "cli/application.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/absent_options.h"
#include "cli/command_words.h"
#include "cli/nearest_word.h"
#include "cli/program_file.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::cli {
namespace {

struct CommandRow {
  std::string_view name;
  void (*add)(CLI::App&, Context&);
};
constexpr CommandRow kCommands[] = {
    {"buildid", add_buildid_command},
    {"doctor", add_doctor_command},
    {"dump", add_dump_command},
    {"filename", add_filename_command},
    {"gdbinit", add_gdbinit_command},
    {"help", add_help_command},
    {"lldbinit", add_lldbinit_command},
    {"ls", add_ls_command},
    {"mv", add_mv_command},
    {"pack", add_pack_command},
    {"ps", add_ps_command},
    {"record", add_record_command},
    {"replay", add_replay_command},
    {"rm", add_rm_command},
    {"sources", add_sources_command},
    {"traceinfo", add_traceinfo_command},
};

// Shown at the top; a command takes them as well, silently.
void add_global_options(CLI::App& app, GlobalOptions& options, const std::string& group) {
  app.add_option("--log", options.log, "Log levels, as all:warn,record:debug (also RR_LOG)")
      ->type_name("SPEC")
      ->group(group);
  app.add_flag("-M,--mark-stdio", options.mark_stdio,
               "Put [rr PID EVENT] before what the program prints")
      ->group(group);
  app.add_flag("-E,--fatal-errors", options.warnings_are_fatal, "Abort at the first warning")
      ->group(group);
  app.add_flag("--non-interactive", options.is_unattended,
               "Nobody is there: a replay that diverges starts no debugger")
      ->group(group);
  // There are none; scripts turn them off.
  app.add_flag("-S,--suppress-environment-warnings")->group("");
}

std::string value_of(const Environment& environment, const std::string& name) {
  const auto it = environment.find(name);
  return it == environment.end() ? "" : it->second;
}

void set_up_log(const Context& context) {
  if (const auto path = value_of(context.environment, "RR_APPEND_LOG_FILE"); !path.empty()) {
    append_log_to(path);
  } else if (const auto fresh = value_of(context.environment, "RR_LOG_FILE"); !fresh.empty()) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(fresh, ignored))
      std::filesystem::resize_file(fresh, 0, ignored);
    append_log_to(fresh);
  }
  set_log_specification(value_of(context.environment, "RR_LOG"));
  set_log_specification(context.global.log);
  if (context.global.warnings_are_fatal) make_warnings_fatal();
}

constexpr std::string_view kGlobalFlags[] = {"--fatal-errors", "--mark-stdio", "--non-interactive",
                                             "--suppress-environment-warnings"};
constexpr std::string_view kShortGlobalFlags = "EMS";

// How many words of `arguments`, from `at` on, are options of rr itself.
size_t global_option_length(const std::vector<std::string>& arguments, size_t at) {
  const std::string& word = arguments[at];
  if (word == "--log") return 2;
  if (word.starts_with("--log=")) return 1;
  if (std::ranges::find(kGlobalFlags, word) != std::end(kGlobalFlags)) return 1;
  const bool is_short = word.size() > 1 && word[0] == '-';
  return is_short && word.find_first_not_of(kShortGlobalFlags, 1) == std::string::npos ? 1 : 0;
}

size_t place_of_command(const std::vector<std::string>& arguments) {
  size_t at = 0;
  while (at < arguments.size()) {
    const size_t length = global_option_length(arguments, at);
    if (length == 0) break;
    at += length;
  }
  return std::min(at, arguments.size());
}

bool is_folder_here(const std::string& path) {
  std::error_code unreadable;
  return std::filesystem::is_directory(path, unreadable);
}

bool is_command(std::string_view word) {
  return std::any_of(std::begin(kCommands), std::end(kCommands),
                     [&](const CommandRow& row) { return row.name == word; });
}

// A command that was mistyped was taken for a program.
void refuse_mistyped_command(const Context& context) {
  const std::string& word = context.assumed_program;
  if (word.empty() || word.find('/') != std::string::npos) return;
  if (!look_up_program(word, context.environment).empty()) return;
  if (const std::string_view reason = why_command_is_absent(word); !reason.empty())
    fail("'" + word + "' is a command of other rr's: " + std::string(reason),
         ExitCode::kUnavailable);
  std::vector<std::string> names;
  for (const CommandRow& row : kCommands) names.emplace_back(row.name);
  const std::string meant = suggestion(word, names);
  if (meant.empty()) return;
  fail("'" + word + "' is neither a command of rr" + meant + " nor a program in PATH",
       ExitCode::kUnavailable);
}

std::string hint_at_option(const CLI::App& command, const std::string& word) {
  const std::string_view reason = why_absent(command.get_name(), word);
  if (!reason.empty()) return ", which other rr's have: " + std::string(reason);
  return suggestion(word, option_names(command));
}

// The parser's own text, with the option that was perhaps meant.
int explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string name = chosen.empty() ? "rr" : "rr " + command.get_name();
  std::string text = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError))
    text = "an argument is missing: " + usage_of(command);
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    const std::vector<std::string> extras = app.remaining(true);
    const std::string word =
        extras.empty() ? "" : extras.front().substr(0, extras.front().find('='));
    const bool is_option = word.rfind('-', 0) == 0;
    text = (is_option ? "unknown option '" : "unexpected argument '") + word + "'";
    if (is_option) text += hint_at_option(command, word);
  }
  std::fprintf(stderr, "rr: %s\nrr: `%s --help` lists the options\n", text.c_str(), name.c_str());
  return static_cast<int>(ExitCode::kUsage);
}

// The line that the manual pages have, too.
class Usage final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "Usage: " + usage_of(*app) + "\n";
  }
};

bool has_long_name(const CLI::Option& option) { return !option.get_lnames().empty(); }

}  // namespace

std::string insert_default_command(std::vector<std::string>& arguments, Context& context) {
  const size_t at = place_of_command(arguments);
  if (at == arguments.size()) return "";
  // What stands behind -- is no command.
  const bool has_dashes = arguments[at] == "--";
  const std::string word = !has_dashes                 ? arguments[at]
                           : at + 1 < arguments.size() ? arguments[at + 1]
                                                       : "";
  if (!has_dashes && word.starts_with('-')) return "";
  if (!has_dashes && is_command(word)) return word;
  const auto place = arguments.begin() + static_cast<long>(at);
  if (is_folder_here(word)) {
    if (has_dashes) arguments.erase(place);
    arguments.insert(arguments.begin() + static_cast<long>(at), "replay");
    return "replay";
  }
  if (!has_dashes) context.assumed_program = word;
  arguments.insert(place, "record");
  return "record";
}

std::unique_ptr<CLI::App> make_application(const std::string& chosen, Context& context) {
  auto app = std::make_unique<CLI::App>(
      "rr records a program once and replays it as often as you like, bit for bit, under gdb.",
      "rr");
  app->formatter(std::make_shared<Usage>());
  app->set_version_flag("-N,--version", "rr " RR_VERSION);
  app->require_subcommand(0, 1);
  add_global_options(*app, context.global, "Options");
  app->add_flag_callback(
      "-L,--list-commands",
      [tree = app.get()] {
        std::string list;
        for (const CLI::App* command : tree->get_subcommands(nullptr)) {
          list += command->get_name() + std::string(12 - command->get_name().size(), ' ') +
                  command->get_description() + "\n";
        }
        std::fputs(list.c_str(), stdout);
        throw CLI::Success();
      },
      "List the commands");
  app->parse_complete_callback([&context] { set_up_log(context); });
  const bool has_all = chosen.empty() || chosen == "help";
  for (const CommandRow& row : kCommands) {
    if (has_all || row.name == chosen) row.add(*app, context);
  }
  // Behind them: a command would take it over.
  app->footer(
      "Without a command, a folder is replayed and a program is recorded.\n"
      "`rr help COMMAND` or `rr COMMAND --help` tells the options of a command.");
  for (CLI::App* command : app->get_subcommands(nullptr)) {
    add_global_options(*command, context.global, "");
  }
  return app;
}

int run(CLI::App& app, const std::vector<std::string>& arguments, Context& context) {
  try {
    refuse_mistyped_command(context);
    CommandWords words = split_words(app, arguments);
    context.rest = std::move(words.rest);
    app.parse(std::vector<std::string>(words.own.rbegin(), words.own.rend()));
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stdout);
    return static_cast<int>(ExitCode::kUsage);
  }
  return context.outcome.exit_code;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::vector<const CLI::Option*> shown_options(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : app.get_options(nullptr)) {
    const bool is_positional = option->get_snames().empty() && !has_long_name(*option);
    if (!option->get_group().empty() && !is_positional) options.push_back(option);
  }
  return options;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : shown_options(app)) {
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string usage_of(const CLI::App& command) {
  std::string text = command.get_name() == "rr" ? "rr" : "rr " + command.get_name();
  text += " [OPTIONS]";
  if (!command.get_subcommands(nullptr).empty()) text += " COMMAND …";
  for (const CLI::Option* option : command.get_options(nullptr)) {
    if (!option->get_positional()) continue;
    const bool is_list = option->get_items_expected_max() > 1;
    const std::string name = option->get_name() + (is_list ? "..." : "");
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  if (takes_program(command)) text += " [--] PROGRAM [ARGUMENTS]";
  if (takes_debugger_options(command)) text += " [-- DEBUGGER OPTIONS]";
  return text;
}

}  // namespace rr::cli
