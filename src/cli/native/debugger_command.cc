#include "cli/native/debugger_command.h"

#include <fstream>

#include "gdb/init_script.h"
#include "gdb/lldb_script.h"

namespace rr::cli {
namespace {

using Words = std::vector<std::string>;

void append(Words& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

std::string write_script(const DebuggerPlace& place, const std::string& text) {
  std::string path = place.folder + "/init";
  std::ofstream(path) << text;
  return path;
}

// One word of a debugger's command, whatever it has in it: gdb and lldb read it alike.
std::string quoted_word(const std::string& text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"";
}

// The user's own ~/.gdbinit is read before all of this, as always.
Words gdb_command(const ReplayRequest& request, const DebuggerPlace& place) {
  Words words = {request.debugger, "-q", "-l", "10000"};
  if (!request.interpreter.empty()) words.push_back("--interpreter=" + request.interpreter);
  if (request.full_names) words.push_back("--fullname");
  append(words, {"-x", write_script(place, gdb::gdb_init_script())});
  if (!place.files_are_here) {
    append(words, {"-ex", "set sysroot target:"});
  } else if (!place.executable.empty()) {
    append(words, {"-ex", "file " + quoted_word(place.executable)});
  }
  append(words, {"-ex", "target extended-remote " + place.socket});
  for (const std::string& script : request.scripts) append(words, {"-x", script});
  return words;
}

Words lldb_command(const ReplayRequest& request, const DebuggerPlace& place) {
  Words words = {request.debugger, "--source-quietly"};
  append(words, {"-s", write_script(place, gdb::lldb_init_script())});
  if (!place.executable.empty())
    append(words, {"-o", "target create " + quoted_word(place.executable)});
  append(words, {"-o", "process connect --plugin gdb-remote " +
                           quoted_word("unix-connect://" + place.socket)});
  for (const std::string& script : request.scripts) append(words, {"-s", script});
  return words;
}

bool is_lldb(const std::string& debugger) {
  return debugger.substr(debugger.rfind('/') + 1).find("lldb") != std::string::npos;
}

}  // namespace

Words debugger_command(const ReplayRequest& request, const DebuggerPlace& place) {
  Words words =
      is_lldb(request.debugger) ? lldb_command(request, place) : gdb_command(request, place);
  words.insert(words.end(), request.debugger_options.begin(), request.debugger_options.end());
  return words;
}

}  // namespace rr::cli
