#include "trace/file_copy.h"

#include <algorithm>
#include <cerrno>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "util/error.h"

namespace rr::trace {

namespace {

// FICLONE: share the blocks of a whole file (btrfs, xfs).
constexpr unsigned long kShareContents = _IOW(0x94, 9, int);

struct Copy {
  int from;
  const std::string& from_path;
  int to;
  const std::string& to_path;
};

// File systems and kernels between which copy_file_range() does not work say so in several ways.
bool is_unsupported(int error) {
  return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS ||
         error == EPERM;
}

void copy_through_memory(const Copy& copy, off_t offset, off_t end) {
  std::vector<char> chunk(size_t{256} << 10);
  while (offset < end) {
    const size_t wanted = std::min(chunk.size(), static_cast<size_t>(end - offset));
    const ssize_t got = ::pread(copy.from, chunk.data(), wanted, offset);
    if (got < 0) fail_errno("read", copy.from_path, "", ExitCode::kIoError);
    if (got == 0) return;  // it shrank
    for (ssize_t done = 0; done < got;) {
      const ssize_t put =
          ::pwrite(copy.to, chunk.data() + done, static_cast<size_t>(got - done), offset + done);
      if (put < 0) fail_errno("write", copy.to_path, "", ExitCode::kIoError);
      done += put;
    }
    offset += got;
  }
}

void copy_range(const Copy& copy, off_t offset, off_t end) {
  while (offset < end) {
    off_t in = offset;
    off_t out = offset;
    const ssize_t count =
        ::copy_file_range(copy.from, &in, copy.to, &out, static_cast<size_t>(end - offset), 0);
    if (count < 0 && !is_unsupported(errno))
      fail_errno("copy " + copy.from_path + " to", copy.to_path, "", ExitCode::kIoError);
    // Nothing copied: the end, or a file (in /proc, or FUSE) whose length is not what it says.
    if (count <= 0) return copy_through_memory(copy, offset, end);
    offset += count;
  }
}

}  // namespace

CopyResult copy_contents(int from, const std::string& from_path, const OwnedFd& to,
                         const std::string& to_path) {
  if (::ioctl(to.get(), kShareContents, from) == 0) return CopyResult::kReflinked;

  struct stat status;
  if (::fstat(from, &status) != 0) fail_errno("inspect", from_path, "", ExitCode::kIoError);
  const Copy copy = {from, from_path, to.get(), to_path};
  const off_t size = status.st_size;
  if (::ftruncate(to.get(), size) != 0) fail_errno("write", to_path, "", ExitCode::kIoError);
  for (off_t offset = 0; offset < size;) {
    const off_t data = ::lseek(from, offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // a hole up to the end
    const off_t begin = data < 0 ? offset : data;
    const off_t hole = data < 0 ? size : ::lseek(from, begin, SEEK_HOLE);
    const off_t end = hole < 0 ? size : std::min(hole, size);
    copy_range(copy, begin, end);
    offset = end;
  }
  return CopyResult::kCopied;
}

}  // namespace rr::trace
