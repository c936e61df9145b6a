#include "trace/pack.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "trace/content_hash.h"
#include "trace/file_copy.h"
#include "trace/file_store.h"
#include "trace/layout.h"
#include "trace/stored_file_table.h"
#include "util/error.h"

namespace rr::trace {

namespace {

namespace fs = std::filesystem;

constexpr mode_t kReadOnly = 0400;
constexpr uint64_t kTimesRead = 2;  // to know it, and to copy or compare it

std::string text_of(const ContentHash& hash) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%016llx%016llx",
                static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return text.data();
}

struct stat status_of(const std::string& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) fail_errno("inspect", path, "", ExitCode::kIoError);
  return status;
}

bool is_same_inode(const std::string& a, const std::string& b) {
  const struct stat x = status_of(a);
  const struct stat y = status_of(b);
  return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

// The hash finds candidates; only the bytes decide.
bool have_equal_contents(const std::string& a, const std::string& b) {
  return has_same_contents(open_trace_file(a).get(), open_trace_file(b).get());
}

// A file that goes again unless it was put in its place.
class NewFile final {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)) { ::unlink(path_.c_str()); }
  ~NewFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const std::string& path() const { return path_; }
  void replace(const std::string& place) {
    if (::rename(path_.c_str(), place.c_str()) != 0)
      fail_errno("put in place", place, "", ExitCode::kIoError);
    path_.clear();
  }

 private:
  std::string path_;
};

void copy_to(const std::string& from, const std::string& to, const BytesDone& progress) {
  const OwnedFd source = open_trace_file(from);
  const OwnedFd copy(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kReadOnly));
  if (!copy.is_open()) fail_errno("create", to, "", ExitCode::kIoError);
  copy_contents(source.get(), from, copy, to, progress);
  if (::fsync(copy.get()) != 0) fail_errno("write", to, "", ExitCode::kIoError);
}

class Packer {
 public:
  Packer(const std::string& directory, const std::string& pool, const PackProgress& progress)
      : directory_(directory),
        pool_(pool),
        progress_(progress),
        files_(StoredFiles::open(directory)) {}

  PackResult run() {
    if (!pool_.empty()) make_pool();
    remove_leftovers();
    for (uint32_t id = 0; id < files_.count(); ++id)
      total_ += kTimesRead * files_.info({id}).identity.size;
    for (uint32_t id = 0; id < files_.count(); ++id) take(id);
    write_table();
    result_.files = files_.count();
    return result_;
  }

 private:
  void make_pool() {
    std::error_code error;
    fs::create_directories(pool_, error);
    if (error) fail("cannot create " + pool_ + ": " + error.message(), ExitCode::kIoError);
  }

  // Of a packing that was killed.
  void remove_leftovers() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory_ + "/" + kFilesFolder, ignored)) {
      if (entry.path().extension() == ".new") fs::remove(entry.path(), ignored);
    }
  }

  void take(uint32_t id) {
    const uint64_t begun = done_;
    progress_(done_, total_);
    const std::string path = files_.path({id});
    StoredFile file = files_.info({id});
    const OwnedFd open_file = open_trace_file(path);
    const ContentHash hash = content_hash(open_file, path, count_);
    if (file.hash != hash) files_.verify({id});  // by the checksum, where there is no hash yet
    file.hash = hash;
    const auto [first, is_new] = first_with_.try_emplace(hash, path);
    if (!is_new && have_equal_contents(first->second, path)) {
      share(first->second, path);
      file.storage = Storage::kCopy;
    } else if (!pool_.empty()) {
      move_to_pool(path, hash);
      file.storage = Storage::kCopy;
    } else if (file.storage == Storage::kHardLink) {
      replace_by_copy(path);
      file.storage = Storage::kCopy;
    }
    table_.push_back(std::move(file));
    done_ = begun + kTimesRead * table_.back().identity.size;
  }

  void share(const std::string& with, const std::string& path) {
    ++result_.shared;
    if (is_same_inode(with, path)) return;
    NewFile link(path + ".new");
    if (::link(with.c_str(), link.path().c_str()) != 0)
      fail_errno("link " + with + " as", path, "", ExitCode::kIoError);
    link.replace(path);
  }

  void replace_by_copy(const std::string& path) {
    ++result_.copied;
    NewFile copy(path + ".new");
    copy_to(path, copy.path(), count_);
    copy.replace(path);
  }

  void move_to_pool(const std::string& path, const ContentHash& hash) {
    const std::string place = pool_ + "/" + text_of(hash);
    if (::access(place.c_str(), F_OK) != 0) {
      NewFile copy(place + ".new");
      copy_to(path, copy.path(), count_);
      copy.replace(place);
      ++result_.copied;
    } else if (!have_equal_contents(place, path)) {
      fail(place + " does not hold what its name says (remove it, and pack again)",
           ExitCode::kBadData);
    }
    NewFile link(path + ".new");
    if (::link(place.c_str(), link.path().c_str()) != 0)
      fail_errno("link into the recording", place, "the folder must be on the same file system",
                 ExitCode::kIoError);
    link.replace(path);
  }

  void write_table() {
    NewFile table(directory_ + "/" + kFilesName + ".new");
    {
      BlockWriter writer(table.path(), 0);
      StoredFileTable entries(writer);
      for (uint32_t id = 0; id < table_.size(); ++id) entries.add({id}, table_[id]);
      for (uint32_t id = 0; id < table_.size(); ++id) {
        if (table_[id].checksum) entries.add_checksum({id}, *table_[id].checksum);
        if (table_[id].hash) entries.add_hash({id}, *table_[id].hash);
        if (table_[id].changes) entries.add_changes({id});
      }
      if (const Failure failure = writer.sync()) fail(*failure, ExitCode::kIoError);
    }
    table.replace(directory_ + "/" + kFilesName);
    if (const Failure failure = sync_path(directory_)) fail(*failure, ExitCode::kIoError);
  }

  struct ByNumber {
    bool operator()(const ContentHash& a, const ContentHash& b) const {
      return a.high != b.high ? a.high < b.high : a.low < b.low;
    }
  };

  const std::string directory_;
  const std::string pool_;
  const PackProgress& progress_;
  const BytesDone count_ = [this](uint64_t bytes) { progress_(done_ += bytes, total_); };
  StoredFiles files_;
  std::vector<StoredFile> table_;
  std::map<ContentHash, std::string, ByNumber> first_with_;
  PackResult result_;
  uint64_t total_ = 0;
  uint64_t done_ = 0;
};

}  // namespace

PackResult pack(const std::string& directory, const std::string& pool,
                const PackProgress& progress) {
  return Packer(directory, pool, progress).run();
}

}  // namespace rr::trace
