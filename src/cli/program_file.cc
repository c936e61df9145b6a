#include "cli/program_file.h"

#include <cerrno>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/elf_file.h"
#include "util/error.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  fail("cannot record " + path + ": " + why, ExitCode::kUnavailable);
}

// The program in a script's first line, as the kernel reads it; empty if it is no script.
std::string interpreter_of_script(const std::string& path) {
  constexpr size_t kLongestLine = 256;
  std::ifstream file(path, std::ios::binary);
  std::string line(kLongestLine, '\0');
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<size_t>(file.gcount()));
  if (!line.starts_with("#!")) return "";
  line = line.substr(2, line.find('\n') - 2);
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return line.substr(begin, line.find_first_of(" \t", begin) - begin);
}

std::string why_not_started(const std::string& path) {
  if (const auto elf = ElfFile::open(path)) {
    if (elf->machine() != EM_AARCH64 || !elf->is_64_bit())
      return "it is a program for " + elf->machine_name() + "; this machine runs aarch64";
    const std::string linker = elf->interpreter();
    if (!linker.empty() && !is_file(linker))
      return "its dynamic linker " + linker +
             " is not there (install the C library it was built for)";
    return "";
  }
  const std::string interpreter = interpreter_of_script(path);
  if (interpreter.empty()) return "";
  if (!is_file(interpreter))
    return "its first line asks for " + interpreter + ", which is not there";
  if (::access(interpreter.c_str(), X_OK) != 0)
    return "its first line asks for " + interpreter + ", which may not be executed";
  return "";
}

}  // namespace

std::string look_up_program(const std::string& program, const Environment& environment) {
  const auto it = environment.find("PATH");
  std::istringstream path(it == environment.end() ? "/usr/bin:/bin" : it->second);
  std::string found_but_denied;
  for (std::string folder; std::getline(path, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + program;
    if (!is_file(candidate)) continue;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    found_but_denied = candidate;
  }
  return found_but_denied;
}

std::string find_program(const std::string& program, const Environment& environment) {
  if (program.find('/') != std::string::npos) return program;
  std::string found = look_up_program(program, environment);
  if (!found.empty()) return found;
  fail("cannot record '" + program +
           "': there is no such program in PATH (one in this folder is "
           "named ./" +
           program + ")",
       ExitCode::kUnavailable);
}

void check_program(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) refuse(path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) refuse(path, "it is a folder");
  if (!S_ISREG(status.st_mode)) refuse(path, "it is no regular file");
  if (::access(path.c_str(), X_OK) != 0)
    refuse(path, std::string(std::strerror(errno)) + " (is it executable? `chmod +x` makes it so)");
  if (status.st_size == 0) refuse(path, "the file is empty");
  const auto elf = ElfFile::open(path);
  if (elf && elf->machine() == EM_ARM)
    refuse(path, "it is a 32-bit ARM program, and only 64-bit programs are recorded");
}

std::string explain_exec_failure(const std::string& path, int error) {
  const std::string text = "cannot record " + path + ": " + std::strerror(error);
  const std::string why = why_not_started(path);
  if (!why.empty()) return text + ": " + why;
  if (error == ENOEXEC) return text + ": it is neither a program nor a script that begins with #!";
  return text;
}

}  // namespace rr::cli
