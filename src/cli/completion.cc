#include "cli/completion.h"

#include "cli/application.h"
#include "cli/command_words.h"

namespace rr::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool takes_trace(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options(nullptr)) {
    const bool is_positional = option->get_positional();
    if (is_positional && option->get_type_name().find("TRACE") != std::string::npos) return true;
  }
  return false;
}

std::string case_of(const CLI::App& command) {
  const std::string options = joined(option_names(command));
  std::string what = "_rr_files";
  if (takes_program(command)) what = "_rr_program";
  if (takes_trace(command)) what = "_rr_traces";
  if (command.get_name() == "help") what = "_rr_commands";
  return "    " + command.get_name() + ") options='" + options + "'; operands=" + what + " ;;\n";
}

// A word with a value of its own ends the completion of options; the rest is bash's affair.
constexpr const char* kFunctions = R"bash(
_rr_commands() { COMPREPLY=($(compgen -W "$_rr_command_words" -- "$1")); }
_rr_files() { COMPREPLY=($(compgen -f -- "$1")); }
_rr_traces() { COMPREPLY=($(compgen -W "$(rr ls 2>/dev/null)" -- "$1") $(compgen -d -- "$1")); }
_rr_program() {
  if [[ $1 == */* ]]; then COMPREPLY=($(compgen -f -- "$1")); else COMPREPLY=($(compgen -c -- "$1")); fi
}
)bash";

constexpr const char* kMain = R"bash(  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -z $command ]]; then
    _rr_commands "$current"
    COMPREPLY+=($(compgen -d -- "$current") $(compgen -c -- "$current"))
  else
    $operands "$current"
  fi
}
complete -o filenames -F _rr rr
)bash";

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string text = "# Completion of rr for bash; `rr help --bash-completion` prints it.\n";
  text += "_rr_command_words='" + joined(command_names(app)) + "'\n";
  text += kFunctions;
  text +=
      "\n_rr() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} command='' options operands=_rr_files word\n"
      "  COMPREPLY=()\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    if [[ $word != -* ]]; then command=$word; break; fi\n"
      "  done\n"
      "  case $command in\n";
  text += "    '') options='" + joined(option_names(app)) + "' ;;\n";
  for (const CLI::App* command : app.get_subcommands(nullptr)) text += case_of(*command);
  text += kMain;
  return text;
}

}  // namespace rr::cli
