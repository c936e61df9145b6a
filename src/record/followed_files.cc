#include "record/followed_files.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/proc.h"
#include "record/file_effects.h"
#include "record/outside_sharing.h"
#include "util/log.h"

namespace rr::record {
namespace {

using Where = FileEffect::Where;

int64_t nanoseconds(const struct statx_timestamp& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::string proc_folder(Tid tid) { return "/proc/" + std::to_string(tid.value) + "/"; }

// What the call's target is called here.
std::string path_of(const FileTarget& target, Tid tid, const MemoryReader& memory) {
  if (target.fd) return proc_folder(tid) + "fd/" + std::to_string(*target.fd);
  std::string path;
  for (Address at = target.path; path.size() < PATH_MAX; at = at + 1) {
    const auto byte = memory.read_object<char>(at);
    if (!byte || *byte == 0) break;
    path += *byte;
  }
  return proc_folder(tid) + (path.starts_with('/') ? "root" : "cwd/") + path;
}

// A number of /proc/PID/fdinfo/FD: decimal `pos`, octal `flags`.
uint64_t descriptor_info(const std::string& text, const std::string& name, int base) {
  const size_t at = text.find(name + ":");
  if (at == std::string::npos) return 0;
  return std::strtoull(text.c_str() + at + name.size() + 1, nullptr, base);
}

struct Span {
  uint64_t offset;
  uint64_t length;
};

Span span_of(const FileEffect& effect, Tid tid, uint64_t size) {
  const auto up_to = [&](uint64_t end) {
    return Span{end - std::min(end, effect.length), effect.length};
  };
  switch (effect.where) {
    case Where::kBehindPosition:
    case Where::kAt: {
      const std::string text =
          kernel::read_proc_file(tid, "fdinfo/" + std::to_string(*effect.target.fd));
      if ((descriptor_info(text, "flags", 8) & O_APPEND) != 0) return up_to(size);
      if (effect.where == Where::kAt) return {effect.offset, effect.length};
      return up_to(descriptor_info(text, "pos", 10));
    }
    case Where::kExactly:
      return {effect.offset, effect.length};
    case Where::kEnd:
      return up_to(size);
    case Where::kToEnd:
      return {effect.offset, size - std::min(size, effect.offset)};
    case Where::kNowhere:
      break;
  }
  return {0, 0};
}

// Files of sysfs that show a device's registers call themselves regular and have a size.
bool is_readable(int file) {
  std::byte first{};
  return ::pread(file, &first, sizeof first, 0) >= 0;
}

// The file that a loop device shows the contents of.
struct Backing {
  uint64_t device;
  uint64_t inode;
};
std::optional<Backing> backing_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
  if (major(status.st_rdev) != LOOP_MAJOR) return std::nullopt;
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct loop_info64 info {};
  if (!fd.is_open() || ::ioctl(fd.get(), LOOP_GET_STATUS64, &info) != 0) return std::nullopt;
  return Backing{info.lo_device, info.lo_inode};
}

bool is_same_file(const struct stat& file, const std::string& path) {
  struct stat other {};
  return ::stat(path.c_str(), &other) == 0 && other.st_dev == file.st_dev &&
         other.st_ino == file.st_ino;
}

// Where we find what the thread's descriptor calls `name`, which may be a name in another mount
// namespace, and before its root was changed.
std::optional<std::string> path_here(Tid tid, const struct stat& file, const std::string& name) {
  if (is_same_file(file, name)) return name;
  const std::string root = proc_folder(tid) + "root";
  for (size_t at = 0; at != std::string::npos; at = name.find('/', at + 1)) {
    if (is_same_file(file, root + name.substr(at))) return root + name.substr(at);
  }
  return std::nullopt;
}

// A descriptor of /proc/PID/mem, or of /proc/PID/task/TID/mem, in any mount of proc.
ChangeByCall process_memory_change(const FileEffect& effect, Tid tid, const std::string& path) {
  constexpr std::string_view kMemory = "/mem";
  struct statfs system {};
  struct stat file {};
  if (::statfs(path.c_str(), &system) != 0 || system.f_type != PROC_SUPER_MAGIC) return {};
  const std::string name = kernel::read_link(path);
  if (!name.ends_with(kMemory) || ::stat(path.c_str(), &file) != 0) return {};
  const auto here = path_here(tid, file, name);
  if (!here) return {};
  const Span span = span_of(effect, tid, 0);
  return ProcessMemoryChange{kernel::own_name(here->substr(0, here->size() - kMemory.size())),
                             {{span.offset}, span.length}};
}

}  // namespace

size_t FileReader::read(Address offset, std::span<std::byte> out) const {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::pread(file_.get(), out.data() + done, out.size() - done,
                              static_cast<off_t>(offset.value + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

std::optional<std::pair<FollowedFiles::Key, trace::FileIdentity>> FollowedFiles::look_at(
    int folder, const char* path) {
  struct statx status {};
  constexpr unsigned kWanted = STATX_BASIC_STATS | STATX_BTIME;
  const int flags = *path == '\0' ? AT_EMPTY_PATH : 0;
  if (::statx(folder, path, flags, kWanted, &status) != 0 || !S_ISREG(status.stx_mode)) {
    return std::nullopt;
  }
  const uint64_t device = makedev(status.stx_dev_major, status.stx_dev_minor);
  return std::pair{Key{device, status.stx_ino, nanoseconds(status.stx_btime)},
                   trace::FileIdentity{.device = device,
                                       .inode = status.stx_ino,
                                       .size = status.stx_size,
                                       .modified_ns = nanoseconds(status.stx_mtime),
                                       .changed_ns = nanoseconds(status.stx_ctime)}};
}

std::optional<trace::FileId> FollowedFiles::map(const std::string& path, const std::string& name,
                                                MappedFor purpose) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.is_open()) return std::nullopt;
  const auto found = look_at(fd.get(), "");
  if (!found || !is_readable(fd.get())) return std::nullopt;
  const auto& [key, identity] = *found;
  const auto [it, is_new] = files_.try_emplace(key);
  Followed& file = it->second;
  if (is_new || file.identity != identity) {
    file.id = store_.add(fd.get(), name);
    // Storing it as a hard link changes its times.
    if (const auto stored = look_at(fd.get(), "")) file.identity = stored->second;
  }
  if (purpose == MappedFor::kSharedWriting) {
    if (!file.is_marked) warn_if_shared_outside(identity.device, identity.inode, name);
    mark(file);
  }
  return file.id;
}

ChangeByCall FollowedFiles::changed_by(Tid tid, const SyscallArguments& call, int64_t result,
                                       const MemoryReader& memory) {
  const auto effect = file_effect(call, result, memory);
  if (!effect) return {};
  const std::string path = path_of(effect->target, tid, memory);
  const auto found = look_at(AT_FDCWD, path.c_str());
  if (!found) {
    warn_if_changed_below(tid, path);
    return {};
  }
  const auto& [key, identity] = *found;
  const auto known = files_.find(key);
  if (known == files_.end()) {
    const bool may_be_in_proc = identity.size == 0 && major(identity.device) == 0;
    return may_be_in_proc ? process_memory_change(*effect, tid, path) : ChangeByCall{};
  }
  Followed& file = known->second;
  file.identity = identity;
  mark(file);
  const Span span = span_of(*effect, tid, identity.size);
  FileChange change{.file = file.id, .contents = {}, .size = identity.size};
  if (span.offset < identity.size) {
    change.offset = span.offset;
    change.length = std::min(span.length, identity.size - span.offset);
  }
  if (change.length != 0) change.contents = OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return change;
}

// When the kernel passes on to the file what a loop device has been written is nobody's call.
void FollowedFiles::warn_if_changed_below(Tid tid, const std::string& path) {
  const auto backing = backing_of(path);
  if (!backing) return;
  for (auto& [key, file] : files_) {
    if (key.device != backing->device || key.inode != backing->inode || file.is_warned_of) continue;
    file.is_warned_of = true;
    LOG(kWarn, "record") << "process " << tid.value << " writes to " << kernel::read_link(path)
                         << ", whose file is mapped: when the mapping shows it is not recorded, and"
                            " the replay may diverge";
  }
}

void FollowedFiles::mark(Followed& file) {
  if (file.is_marked) return;
  store_.note_changes(file.id);
  file.is_marked = true;
}

}  // namespace rr::record
