#include "trace/file_copy.h"

#include <algorithm>
#include <cerrno>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "util/error.h"
#include "util/file_data.h"

namespace rr::trace {

namespace {

// FICLONE: share the blocks of a whole file (btrfs, xfs).
constexpr unsigned long kShareContents = _IOW(0x94, 9, int);

struct Copy {
  int from;
  const std::string& from_path;
  int to;
  const std::string& to_path;
  const BytesDone& progress;
};

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

// In the kernel, from page to page: each byte is moved once, and between any two file systems
// (copy_file_range refuses that since 5.19). What it cannot do is done through memory, which also
// tells why.
void copy_range(const Copy& copy, off_t offset, off_t end) {
  constexpr off_t kPortion = off_t{4} << 20;
  if (::lseek(copy.to, offset, SEEK_SET) == offset) {
    while (offset < end) {
      const ssize_t count = ::sendfile(copy.to, copy.from, &offset,
                                       static_cast<size_t>(std::min(end - offset, kPortion)));
      if (count <= 0) break;
      if (copy.progress) copy.progress(static_cast<uint64_t>(count));
    }
  }
  copy_through_memory(copy, offset, end);
}

// From here on, the first place where one of the two has data; the end where neither has.
off_t behind_hole(int one, int other, off_t offset) {
  const auto data_from = [offset](int file) {
    const off_t data = ::lseek(file, offset, SEEK_DATA);
    if (data >= 0) return data;
    return errno == ENXIO ? std::max(offset, ::lseek(file, 0, SEEK_END)) : offset;
  };
  return std::min(data_from(one), data_from(other));
}

}  // namespace

CopyResult copy_contents(int from, const std::string& from_path, const OwnedFd& to,
                         const std::string& to_path, const BytesDone& progress) {
  if (::ioctl(to.get(), kShareContents, from) == 0) return CopyResult::kReflinked;

  struct stat status;
  if (::fstat(from, &status) != 0) fail_errno("inspect", from_path, "", ExitCode::kIoError);
  const Copy copy = {from, from_path, to.get(), to_path, progress};
  const off_t size = status.st_size;
  if (::ftruncate(to.get(), size) != 0) fail_errno("write", to_path, "", ExitCode::kIoError);
  for (auto data = next_data(from, 0, size); data; data = next_data(from, data->end, size)) {
    copy_range(copy, data->begin, data->end);
  }
  return CopyResult::kCopied;
}

bool has_same_contents(int one, int other) {
  constexpr size_t kChunk = size_t{64} << 10;
  std::vector<char> first(kChunk);
  std::vector<char> second(kChunk);
  for (off_t offset = 0;;) {
    offset = behind_hole(one, other, offset);
    const ssize_t count = ::pread(one, first.data(), kChunk, offset);
    if (count < 0 || ::pread(other, second.data(), kChunk, offset) != count) return false;
    if (count == 0) return true;
    if (!std::equal(first.begin(), first.begin() + count, second.begin())) return false;
    offset += count;
  }
}

}  // namespace rr::trace
