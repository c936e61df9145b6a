#include "cli/manual.h"

#include "cli/application.h"
#include "util/error.h"

namespace rr::cli {
namespace {

// Backslashes and hyphens as themselves, no request at the beginning of a line.
std::string escape(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (text.compare(i, 3, "…") == 0) {
      out += "\\&...";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

std::string names_of(const CLI::Option& option) {
  std::string text;
  const auto add = [&](const std::string& name) {
    text += (text.empty() ? "\\fB" : ", \\fB") + escape(name) + "\\fR";
  };
  for (const std::string& name : option.get_snames()) add("-" + name);
  for (const std::string& name : option.get_lnames()) add("--" + name);
  if (option.get_expected_max() == 0) return text;
  const std::string value = option.get_type_name();
  return text + " \\fI" + escape(value.empty() ? "VALUE" : value) + "\\fR";
}

std::string entry(const std::string& head, const std::string& text) {
  return ".TP\n" + head + "\n" + escape(text) + "\n";
}

std::string section(const std::string& name) { return ".SH \"" + name + "\"\n"; }

std::string title(const std::string& name) {
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return ".TH \"" + escape(upper) + "\" 1 \"\" \"rr " RR_VERSION "\" \"User Commands\"\n";
}

std::string options_section(const CLI::App& app) {
  std::string text = section("OPTIONS");
  for (const CLI::Option* option : shown_options(app)) {
    std::string description = option->get_description();
    const std::string fallback = option->get_default_str();
    if (!fallback.empty()) description += ". Default: " + fallback;
    text += entry(names_of(*option), description + ".");
  }
  return text;
}

std::string operands_section(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options(nullptr)) {
    if (!option->get_positional()) continue;
    text += entry("\\fI" + escape(option->get_name()) + "\\fR", option->get_description() + ".");
  }
  return text.empty() ? "" : section("ARGUMENTS") + text;
}

struct Described {
  const char* name;
  const char* text;
};

constexpr Described kExitCodes[] = {
    {"0", "It was done. `rr record` ends as the program did, also by its signal."},
    {"1", "A bad option or argument; or a refusal that has no better code."},
    {"2", "`rr replay`: no such process in the recording, or options that contradict each other."},
    {"3", "A recording inside a recording."},
    {"4", "`rr replay`: -k without -s."},
    {"65", "The recording is absent, damaged, cut where it must not be, or of another version."},
    {"69", "The program could not be started, or this machine lacks what recording needs."},
    {"70", "The replay diverged from the recording."},
    {"74", "Writing failed: no space, no permission."},
    {"130", "Interrupted by Ctrl-C; what was there before is still whole."},
};

constexpr Described kEnvironment[] = {
    {"_RR_TRACE_DIR",
     "Where recordings lie. Otherwise XDG_DATA_HOME/rr, HOME/.local/share/rr, or /tmp/rr."},
    {"RR_LOG", "Log levels, as all:warn,record:debug; --log overrides it."},
    {"RR_LOG_FILE", "The log goes to this file, which is emptied first."},
    {"RR_APPEND_LOG_FILE", "The log goes to the end of this file."},
    {"RUNNING_UNDER_RR", "Is 1 in a recorded program."},
};

template <size_t N>
std::string table(const std::string& heading, const Described (&rows)[N]) {
  std::string text = section(heading);
  for (const Described& row : rows) text += entry("\\fB" + escape(row.name) + "\\fR", row.text);
  return text;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string text = title("rr") + section("NAME") +
                     "rr \\- record a program once, replay it as often as you like\n" +
                     section("SYNOPSIS") + ".B " + escape(usage_of(app)) + "\n" +
                     section("DESCRIPTION") + escape(app.get_description()) + "\n.PP\n" +
                     escape(app.get_footer()) + "\n" + section("COMMANDS");
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    text += entry("\\fB" + escape(command->get_name()) + "\\fR", command->get_description() + ".");
  }
  text += options_section(app) + table("EXIT STATUS", kExitCodes) +
          table("ENVIRONMENT", kEnvironment) + section("SEE ALSO");
  std::string others;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    others += (others.empty() ? "" : ",\n") + (".BR rr\\-" + escape(command->get_name())) + " (1)";
  }
  return text + others + "\n";
}

std::string command_manual_page(const CLI::App& command) {
  const std::string name = "rr-" + command.get_name();
  std::string text = title(name) + section("NAME") + escape(name) + " \\- " +
                     escape(command.get_description()) + "\n" + section("SYNOPSIS") + ".B " +
                     escape(usage_of(command)) + "\n";
  text += operands_section(command) + options_section(command);
  if (!command.get_footer().empty()) text += section("NOTES") + escape(command.get_footer()) + "\n";
  return text + section("SEE ALSO") + ".BR rr (1)\n";
}

}  // namespace rr::cli
