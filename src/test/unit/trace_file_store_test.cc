#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>

#include "support/trace_samples.h"
#include "trace/content_hash.h"
#include "trace/file_copy.h"
#include "trace/file_pool.h"
#include "trace/file_store.h"
#include "trace/layout.h"
#include "trace/stored_file_table.h"
#include "util/error.h"

namespace rr::trace {
namespace {

OwnedFd open_for_reading(const std::string& path) {
  return OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

FileId add(FileStore& store, const std::string& path) {
  return store.add(open_for_reading(path).get(), path);
}

TEST(TraceFileStore, FileIsStoredOnceAndComesBack) {
  const TemporaryDirectory files;
  const TemporaryDirectory recording;
  write_text(files / "a", std::string(100'000, 'a'));
  write_text(files / "empty", "");
  FileStore store(recording.path());
  const FileId a = add(store, files / "a");
  const FileId empty = add(store, files / "empty");
  EXPECT_EQ(add(store, files / "a"), a);
  EXPECT_NE(a, empty);

  const StoredFiles stored = StoredFiles::open(recording.path());
  ASSERT_EQ(stored.count(), 2u);
  EXPECT_EQ(stored.info(a).original_path, files / "a");
  EXPECT_EQ(stored.info(a).identity.size, 100'000u);
  EXPECT_EQ(read_text(stored.path(a)), std::string(100'000, 'a'));
  EXPECT_EQ(read_text(stored.path(empty)), "");
  stored.verify(a);
  EXPECT_THROW(stored.info({2}), Error);
}

TEST(TraceFileStore, FileThatChangesWhileMappedIsMarked) {
  const TemporaryDirectory files;
  const TemporaryDirectory recording;
  write_text(files / "a", "a");
  write_text(files / "b", "b");
  FileStore store(recording.path());
  const FileId a = add(store, files / "a");
  const FileId b = add(store, files / "b");
  store.note_changes(a);
  const StoredFiles stored = StoredFiles::open(recording.path());
  EXPECT_TRUE(stored.info(a).changes);
  EXPECT_FALSE(stored.info(b).changes);
}

TEST(TraceFileStore, ChangedFileIsStoredAgain) {
  const TemporaryDirectory files;
  const TemporaryDirectory recording;
  FileStore store(recording.path());
  write_text(files / "a", "before");
  const FileId before = add(store, files / "a");
  write_text(files / "a", "afterwards");
  const FileId after = add(store, files / "a");
  const StoredFiles stored = StoredFiles::open(recording.path());
  EXPECT_EQ(read_text(stored.path(before)), "before");
  EXPECT_EQ(read_text(stored.path(after)), "afterwards");
}

TEST(TraceFileStore, HolesAreNotFilled) {
  const TemporaryDirectory files;
  const TemporaryDirectory recording;
  constexpr off_t kSize = off_t{1} << 30;
  write_text(files / "sparse", "begin");
  ASSERT_EQ(::truncate((files / "sparse").c_str(), kSize), 0);
  FileStore store(recording.path());
  const FileId id = add(store, files / "sparse");
  struct stat status;
  ASSERT_EQ(::stat(StoredFiles::open(recording.path()).path(id).c_str(), &status), 0);
  EXPECT_EQ(status.st_size, kSize);
  EXPECT_LT(status.st_blocks, 1000);
}

TEST(TraceFileCopy, ComparesFilesOfHolesByTheirData) {
  const TemporaryDirectory files;
  constexpr off_t kSize = off_t{1} << 40;
  const auto open_sparse = [&](const char* name, const char* middle) {
    write_text(files / name, "begin");
    OwnedFd file(::open((files / name).c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::ftruncate(file.get(), kSize), 0);
    EXPECT_EQ(::pwrite(file.get(), middle, 6, kSize / 2), 6);
    return file;
  };
  const OwnedFd one = open_sparse("one", "middle");
  const OwnedFd same = open_sparse("same", "middle");
  const OwnedFd other = open_sparse("other", "riddle");
  EXPECT_TRUE(has_same_contents(one.get(), same.get()));
  EXPECT_FALSE(has_same_contents(one.get(), other.get()));
  ASSERT_EQ(::ftruncate(same.get(), kSize + 1), 0);
  EXPECT_FALSE(has_same_contents(one.get(), same.get()));
}

// A stored file as a user's recording has it of a system's: the store makes none for root.
FileId add_hard_link(const TemporaryDirectory& recording, const std::string& file) {
  ::mkdir((recording / kFilesFolder).c_str(), 0700);
  EXPECT_EQ(::link(file.c_str(), (recording / kFilesFolder + "/0").c_str()), 0);
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  BlockWriter blocks(recording / kFilesName, 0);
  StoredFileTable table(blocks);
  const auto modified = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  table.add({0},
            {.original_path = file,
             .identity = {.size = static_cast<uint64_t>(status.st_size), .modified_ns = modified},
             .storage = Storage::kHardLink,
             .checksum = std::nullopt,
             .hash = std::nullopt});
  table.add_checksum({0}, checksum_of(open_for_reading(file), file));
  return {0};
}

TEST(TraceFileStore, WriteToAHardLinkedFileIsFound) {
  const TemporaryDirectory files;
  const TemporaryDirectory recording;
  write_text(files / "a", "contents");
  const FileId id = add_hard_link(recording, files / "a");
  const StoredFiles stored = StoredFiles::open(recording.path());
  const std::string path = stored.path(id);
  stored.verify(id);
  const timespec other[2] = {{1, 0}, {1, 0}};  // as in a copy of the recording
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), other, 0), 0);
  EXPECT_EQ(stored.path(id), path);
  write_text(files / "a", "Contents");
  EXPECT_THROW(stored.path(id), Error);
  EXPECT_THROW(stored.verify(id), Error);
  write_text(files / "a", "longer contents");
  EXPECT_THROW(stored.path(id), Error);
}

TEST(TraceFileStore, DirectoryIsNoFile) {
  const TemporaryDirectory recording;
  FileStore store(recording.path());
  EXPECT_THROW(add(store, recording.path()), Error);
}

TEST(TraceFileStore, OnlyAFileThatItsUserCannotChangeIsLinked) {
  constexpr uid_t kRoot = 0;
  constexpr uid_t kUser = 1000;
  EXPECT_TRUE(may_hard_link(kUser, kRoot, false));
  EXPECT_FALSE(may_hard_link(kUser, kRoot, true));
  EXPECT_FALSE(may_hard_link(kUser, kUser, false));  // could make it writable
  EXPECT_FALSE(may_hard_link(kRoot, kUser, false));
}

TEST(TraceFileStore, ChangeThatNoTimestampShowsIsNoticed) {
  const TemporaryDirectory files;
  const TemporaryDirectory recording;
  FileStore store(recording.path());
  write_text(files / "a", "one");
  const FileId one = add(store, files / "a");
  const timespec same[2] = {{1, 0}, {1, 0}};
  write_text(files / "a", "two");
  ASSERT_EQ(::utimensat(AT_FDCWD, (files / "a").c_str(), same, 0), 0);
  const FileId two = add(store, files / "a");
  write_text(files / "a", "six");
  ASSERT_EQ(::utimensat(AT_FDCWD, (files / "a").c_str(), same, 0), 0);
  const FileId six = add(store, files / "a");
  const StoredFiles stored = StoredFiles::open(recording.path());
  EXPECT_EQ(read_text(stored.path(one)), "one");
  EXPECT_EQ(read_text(stored.path(two)), "two");
  EXPECT_EQ(read_text(stored.path(six)), "six");
}

const FileIdentity kSomeFile = {
    .device = 1, .inode = 2, .size = 5, .modified_ns = 3, .changed_ns = 4};

uint64_t links_to(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_nlink : 0;
}

TEST(TraceFilePool, GivesALinkToWhatItKeeps) {
  const TemporaryDirectory folder;
  FilePool pool(folder / "pool");
  EXPECT_FALSE(pool.link_to(kSomeFile, folder / "none"));
  write_text(folder / "first", "bytes");
  pool.keep(kSomeFile, folder / "first");
  EXPECT_TRUE(pool.link_to(kSomeFile, folder / "second"));
  EXPECT_EQ(read_text(folder / "second"), "bytes");
  EXPECT_EQ(links_to(folder / "second"), 3u);
}

TEST(TraceFilePool, KnowsAFileByAllThatIdentifiesIt) {
  const TemporaryDirectory folder;
  FilePool pool(folder / "pool");
  write_text(folder / "first", "bytes");
  pool.keep(kSomeFile, folder / "first");
  FileIdentity touched = kSomeFile;
  ++touched.changed_ns;
  EXPECT_FALSE(pool.link_to(touched, folder / "second"));
}

TEST(TraceFilePool, DamagedCopyIsNotUsed) {
  const TemporaryDirectory folder;
  FilePool pool(folder / "pool");
  write_text(folder / "first", "bytes");
  pool.keep(kSomeFile, folder / "first");
  write_text(folder / "first", "byte");
  EXPECT_FALSE(pool.link_to(kSomeFile, folder / "second"));
}

TEST(TraceFilePool, CopyThatNoRecordingHasIsRemoved) {
  const TemporaryDirectory folder;
  write_text(folder / "first", "bytes");
  FilePool(folder / "pool").keep(kSomeFile, folder / "first");
  ASSERT_EQ(::unlink((folder / "first").c_str()), 0);
  FileIdentity other = kSomeFile;
  other.inode = 3;
  write_text(folder / "other", "bytes");
  FilePool(folder / "pool").keep(other, folder / "other");
  EXPECT_FALSE(FilePool(folder / "pool").link_to(kSomeFile, folder / "second"));
  EXPECT_TRUE(FilePool(folder / "pool").link_to(other, folder / "third"));
}

}  // namespace
}  // namespace rr::trace
