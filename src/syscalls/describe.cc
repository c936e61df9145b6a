#include "syscalls/describe.h"

#include <cstring>
#include <sstream>
#include <vector>

#include "syscalls/errno_names.h"
#include "syscalls/flags.h"
#include "syscalls/outputs.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

constexpr int32_t kAtFdcwd = -100;

std::string hexadecimal(uint64_t number) {
  std::ostringstream text;
  text << "0x" << std::hex << number;
  return text.str();
}

std::string octal(uint64_t number) {
  std::ostringstream text;
  text << std::oct << std::showbase << number;
  return text.str();
}

int32_t low(uint64_t argument) { return static_cast<int32_t>(argument); }

struct Word {
  std::string_view name;
  std::string (*show)(uint64_t argument);
};

std::string show_int(uint64_t a) { return std::to_string(low(a)); }
std::string show_uint(uint64_t a) { return std::to_string(static_cast<uint32_t>(a)); }
std::string show_long(uint64_t a) { return std::to_string(static_cast<int64_t>(a)); }
// A length beyond any memory is shown as the number it was made from.
std::string show_size(uint64_t a) { return a >> 63 ? hexadecimal(a) : std::to_string(a); }
std::string show_pointer(uint64_t a) { return a == 0 ? "NULL" : hexadecimal(a); }
std::string show_dirfd(uint64_t a) { return low(a) == kAtFdcwd ? "AT_FDCWD" : show_int(a); }
std::string show_signal(uint64_t a) { return signal_name(low(a)); }
std::string show_device(uint64_t a) { return hexadecimal(static_cast<uint32_t>(a)); }
std::string show_mode(uint64_t a) { return octal(static_cast<uint32_t>(a)); }

constexpr Word kWords[] = {
    {"dev", show_device},   {"dirfd", show_dirfd}, {"fd", show_int},      {"hex", hexadecimal},
    {"int", show_int},      {"long", show_long},   {"mode", show_mode},   {"off", show_long},
    {"path", show_pointer}, {"pid", show_int},     {"ptr", show_pointer}, {"sig", show_signal},
    {"size", show_size},    {"str", show_pointer}, {"uint", show_uint},
};

// Shown by the name of the row that the dispatch finds.
constexpr std::string_view kCommandWords[] = {"bpf",   "fcntl",   "ioctl",  "keyctl", "msgctl",
                                              "prctl", "seccomp", "semctl", "shmctl"};

const Word* find_word(std::string_view name) {
  for (const Word& word : kWords) {
    if (word.name == name) return &word;
  }
  return nullptr;
}

bool is_command_word(std::string_view name) {
  for (const std::string_view word : kCommandWords) {
    if (word == name) return true;
  }
  return false;
}

// The name of the sub-command that the argument chooses.
std::string show_command(size_t argument, const Row& row, const SyscallArguments& call) {
  const auto command = static_cast<uint32_t>(call.args.at(argument - 1));
  for (const Row* current = &row; current->dispatch.rows != nullptr;) {
    const Row& sub = sub_row(*current, call);
    const bool is_chosen_here = current->dispatch.argument == argument;
    if (is_chosen_here && static_cast<uint32_t>(sub.number) == command) return sub.name;
    current = &sub;
  }
  return hexadecimal(command);
}

// Wide flags are those of mmap-like calls; none has a bit above the lower half.
std::string show(std::string_view word, uint64_t argument) {
  if (const FlagSet* set = find_flag_set(word))
    return describe_flags(*set, static_cast<uint32_t>(argument));
  const Word* known = find_word(word);
  return known == nullptr ? hexadecimal(argument) : known->show(argument);
}

struct Signature {
  std::vector<std::string_view> arguments;
  std::string_view result;
};

// "ptr size prot = ptr"
Signature parse(std::string_view text) {
  Signature signature;
  bool is_result = false;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word == "=") {
      is_result = true;
    } else if (is_result) {
      signature.result = word;
    } else {
      signature.arguments.push_back(word);
    }
  }
  return signature;
}

Signature signature_of(const Row& row, const Row& resolved) {
  return parse(std::strlen(resolved.arguments) > 0 ? resolved.arguments : row.arguments);
}

}  // namespace

std::string call_name(int32_t number) {
  const Row* row = find(number);
  return row == nullptr ? "call " + std::to_string(number) : row->name;
}

std::vector<std::string> describe_arguments(const SyscallArguments& call) {
  std::vector<std::string> texts;
  const Row* row = find(call.number);
  if (row == nullptr) {
    for (const uint64_t argument : call.args) texts.push_back(hexadecimal(argument));
    return texts;
  }
  const Row& resolved = resolve(*row, call);
  const Signature signature = signature_of(*row, resolved);
  for (size_t i = 0; i < signature.arguments.size() && i < call.args.size(); ++i) {
    const std::string_view word = signature.arguments[i];
    texts.push_back(is_command_word(word) ? show_command(i + 1, *row, call)
                                          : show(word, call.args[i]));
  }
  return texts;
}

std::string describe_call(const SyscallArguments& call) {
  std::string text = call_name(call.number) + "(";
  bool is_first = true;
  for (const std::string& argument : describe_arguments(call)) {
    text += (is_first ? "" : ", ") + argument;
    is_first = false;
  }
  return text + ")";
}

std::string describe_result(const SyscallArguments& call, int64_t result) {
  if (is_error(result)) {
    const int64_t error = -result;
    return (error >= 512 ? "? " : "-1 ") + errno_name(error);
  }
  const Row* row = find(call.number);
  if (row == nullptr) return std::to_string(result);
  const Row& resolved = resolve(*row, call);
  const std::string_view word = signature_of(*row, resolved).result;
  if (word.empty()) return std::to_string(result);
  return show(word, static_cast<uint64_t>(result));
}

std::string describe_call(const SyscallArguments& call, int64_t result) {
  return describe_call(call) + " = " + describe_result(call, result);
}

bool is_argument_word(std::string_view word) {
  return find_word(word) != nullptr || is_command_word(word) || find_flag_set(word) != nullptr;
}

}  // namespace rr::syscalls
