#include "cli/command_words.h"

namespace rr::cli {
namespace {

using Words = std::vector<std::string>;

bool takes_value(const CLI::Option& option) { return option.get_expected_max() > 0; }

const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  return command.get_option_no_throw(name);
}

const CLI::App* find_subcommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

// Whether the word's value, if its option has one, stands in the next word.
struct OptionWord {
  Words words;
  bool wants_value = false;
};

OptionWord long_option(const CLI::App& command, const std::string& word) {
  if (word.find('=') != std::string::npos) return {{word}};
  const CLI::Option* option = find_option(command, word);
  return {{word}, option != nullptr && takes_value(*option)};
}

// -x, -xVALUE, -x=VALUE, and flags before them: -qx=VALUE.
OptionWord short_options(const CLI::App& command, const std::string& word) {
  for (size_t at = 1; at < word.size(); ++at) {
    const CLI::Option* option = find_option(command, std::string("-") + word[at]);
    if (option == nullptr) break;
    if (!takes_value(*option)) continue;
    if (at + 1 == word.size()) return {{word}, true};
    if (word[at + 1] == '=') return {{word.substr(0, at + 1), word.substr(at + 2)}};
    break;
  }
  return {{word}};
}

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

bool takes_program(const CLI::App& command) { return command.get_name() == "record"; }

bool takes_debugger_options(const CLI::App& command) { return command.get_name() == "replay"; }

CommandWords split_words(const CLI::App& app, const std::vector<std::string>& arguments) {
  CommandWords split;
  const CLI::App* command = &app;
  auto word = arguments.begin();
  for (; word != arguments.end() && *word != "--"; ++word) {
    if (is_option(*word)) {
      const OptionWord option =
          word->starts_with("--") ? long_option(*command, *word) : short_options(*command, *word);
      split.own.insert(split.own.end(), option.words.begin(), option.words.end());
      if (option.wants_value && word + 1 != arguments.end()) split.own.push_back(*++word);
      continue;
    }
    if (takes_program(*command)) break;
    split.own.push_back(*word);
    const CLI::App* const named = command == &app ? find_subcommand(app, *word) : nullptr;
    if (named != nullptr) command = named;
  }
  const bool is_set_apart = takes_program(*command) || takes_debugger_options(*command);
  if (is_set_apart && word != arguments.end() && *word == "--") ++word;
  Words& target = is_set_apart ? split.rest : split.own;
  target.insert(target.end(), word, arguments.end());
  return split;
}

}  // namespace rr::cli
