#include "replay/proc_facts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "arch/aarch64/syscall_numbers.h"
#include "arch/arch.h"

namespace rr::replay {
namespace {

// The kernel cuts names so (TASK_COMM_LEN, include/linux/sched.h).
constexpr size_t kLongestName = 15;
// "/proc/PID/task/TID/comm", with room.
constexpr size_t kLongestNamePath = 64;

// What there is before a null byte, and before what cannot be read.
std::string text_at(const Task& task, Address address, size_t most) {
  std::string text(most, '\0');
  text.resize(task.thread.space().read(address, std::as_writable_bytes(std::span(text))));
  return text.substr(0, text.find('\0'));
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<int32_t> take_id(std::string_view& text) {
  int32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return id;
}

// Whose name the file holds: `/proc/self/task/42/comm`, as pthread_setname_np opens it, and its
// like.
std::optional<Tid> named_by(const Task& task, std::string_view path) {
  if (!take_word(path, "/proc/")) return std::nullopt;
  Tid named{task.process->pid.value};
  if (take_word(path, "thread-self")) {
    named = task.thread.id();
  } else if (!take_word(path, "self")) {
    const auto pid = take_id(path);
    if (!pid) return std::nullopt;
    named = {*pid};
  }
  if (take_word(path, "/task/")) {
    const auto tid = take_id(path);
    if (!tid) return std::nullopt;
    named = {*tid};
  }
  return path == "/comm" ? std::optional(named) : std::nullopt;
}

void note_opened(Task& task, int32_t fd, Address path) {
  const auto named = named_by(task, text_at(task, path, kLongestNamePath));
  task.process->name_fds.erase(fd);
  if (named) task.process->name_fds.emplace(fd, *named);
}

// A name that links lead to stays as the program has it, since the file system of then is not here:
// getcwd, where the program asks, tells it better.
void change_directory(Process& process, const std::string& path) {
  if (path.starts_with('/')) {
    process.directory = path;
  } else if (!process.directory.empty() && path != ".") {
    process.directory += (process.directory.ends_with('/') ? "" : "/") + path;
  }
  const bool has_way_up = process.directory.find("/..") != std::string::npos ||
                          process.directory.find("/./") != std::string::npos;
  if (has_way_up) process.directory.clear();
}

}  // namespace

// The name that was given to execve, which for a script is the script's; AT_EXECFN is its path.
void follow_exec(Task& task) {
  const Bytes& vector = task.process->auxiliary_vector;
  std::string path = task.process->executable;
  for (size_t at = 0; at + 16 <= vector.size(); at += 16) {
    const auto entry = object_from<std::array<uint64_t, 2>>(std::span(vector).subspan(at, 16));
    if (entry && (*entry)[0] == AT_EXECFN) path = text_at(task, {(*entry)[1]}, PATH_MAX);
  }
  task.name = path.substr(path.rfind('/') + 1).substr(0, kLongestName);
  task.process->name_fds.clear();
}

void follow_call(Task& task, const trace::Frame& frame,
                 const std::map<Tid, std::unique_ptr<Task>>& tasks) {
  const int64_t result = Arch::syscall_result(frame.after);
  if (result < 0) return;
  const SyscallArguments call = Arch::syscall_arguments(frame.before);
  const auto fd = static_cast<int32_t>(call.args[0]);
  Process& process = *task.process;
  switch (call.number) {
    case aarch64::kSysPrctl:
      if (call.args[0] == PR_SET_NAME) task.name = text_at(task, {call.args[1]}, kLongestName);
      return;
    case aarch64::kSysOpenat:
      return note_opened(task, static_cast<int32_t>(result), {call.args[1]});
    case aarch64::kSysClose:
      process.name_fds.erase(fd);
      return;
    case aarch64::kSysWrite:
      if (const auto named = process.name_fds.find(fd); named != process.name_fds.end()) {
        const auto found = tasks.find(named->second);
        const size_t size = std::min<uint64_t>(call.args[2], kLongestName);
        if (found != tasks.end()) found->second->name = text_at(task, {call.args[1]}, size);
      }
      return;
    case aarch64::kSysChdir:
      return change_directory(process, text_at(task, {call.args[0]}, PATH_MAX));
    case aarch64::kSysGetcwd:
      process.directory = text_at(task, {call.args[0]}, PATH_MAX);
      return;
    case aarch64::kSysFchdir:
    case aarch64::kSysChroot:
      process.directory.clear();
      return;
    default:
      return;
  }
}

}  // namespace rr::replay
