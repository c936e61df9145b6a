#include "cli/native/recorded_files.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "gdb/server.h"

namespace rr::cli {
namespace {

bool is_unchanged(const trace::StoredFile& file) {
  struct stat status {};
  if (::stat(file.original_path.c_str(), &status) != 0) return false;
  const int64_t modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  return static_cast<uint64_t>(status.st_size) == file.identity.size &&
         modified_ns == file.identity.modified_ns;
}

// Of the others a debugger wants nothing.
bool is_program(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4> magic{};
  return fd.is_open() && ::pread(fd.get(), magic.data(), magic.size(), 0) == SELFMAG &&
         std::memcmp(magic.data(), ELFMAG, SELFMAG) == 0;
}

std::string without_symbolic_links(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) == nullptr ? "" : resolved;
}

}  // namespace

RecordedFiles::RecordedFiles(const std::string& trace) : stored_(trace::StoredFiles::open(trace)) {
  for (uint32_t i = 0; i < stored_.count(); ++i) {
    by_path_.insert_or_assign(stored_.info({i}).original_path, trace::FileId{i});
  }
}

// The recording names files as /proc shows them, without symbolic links. On another machine the
// one link that is everywhere is known: /lib is /usr/lib.
std::string RecordedFiles::find(const std::string& path) const {
  for (const std::string& name : {path, without_symbolic_links(path), "/usr" + path}) {
    const auto found = by_path_.find(name);
    if (found != by_path_.end()) return stored_.path(found->second);
  }
  return "";
}

OwnedFd RecordedFiles::open(const std::string& path) const {
  const std::string stored = find(path);
  return gdb::open_host_file(stored.empty() ? path : stored);
}

bool RecordedFiles::programs_are_still_here() const {
  return std::ranges::all_of(by_path_, [&](const auto& entry) {
    return is_unchanged(stored_.info(entry.second)) || !is_program(stored_.path(entry.second));
  });
}

}  // namespace rr::cli
