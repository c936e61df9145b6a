// Packing: a recording keeps nothing outside itself, and equal contents once.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>

#include "support/trace_samples.h"
#include "trace/block_writer.h"
#include "trace/file_store.h"
#include "trace/layout.h"
#include "trace/pack.h"
#include "util/error.h"

namespace rr::trace {
namespace {

namespace fs = std::filesystem;

const PackProgress kSilent = [](uint64_t, uint64_t) {};

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ino_t inode(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_ino;
}

// Three stored files: a hard link to one outside, one with the same contents, one of its own.
class PackTest : public ::testing::Test {
 protected:
  PackTest() {
    fs::create_directories(trace_ + "/files.d");
    put(outside_, "library");
    fs::create_hard_link(outside_, stored(0));
    put(stored(1), "library");
    put(stored(2), "program");
    write_table(7);
    put(trace_ + "/" + kVersionName, version_text(kFormatVersion));
  }

  void write_table(uint64_t size_of_program) const {
    BlockWriter writer(trace_ + "/" + kFilesName, 0);
    StoredFileTable table(writer);
    table.add({0}, {"/lib/a", {.size = 7}, Storage::kHardLink, {}});
    table.add({1}, {"/lib/b", {.size = 7}, Storage::kCopy, {}});
    table.add({2}, {"/bin/c", {.size = size_of_program}, Storage::kReflink, {}});
  }

  std::string stored(int id) const { return trace_ + "/files.d/" + std::to_string(id); }

  const TemporaryDirectory directory_;
  const std::string outside_ = directory_ / "outside";
  const std::string trace_ = directory_ / "trace";
};

TEST_F(PackTest, HardLinksBecomeCopiesAndEqualContentsAreOneFile) {
  const PackResult result = pack(trace_, "", kSilent);
  EXPECT_EQ(result.files, 3u);
  EXPECT_EQ(result.copied, 1u);
  EXPECT_EQ(result.shared, 1u);
  EXPECT_NE(inode(stored(0)), inode(outside_));
  EXPECT_EQ(inode(stored(0)), inode(stored(1)));
  put(outside_, "changed since");
  EXPECT_EQ(contents(stored(0)), "library");
}

TEST_F(PackTest, TheTableTellsTheSameFilesWithTheirHashes) {
  pack(trace_, "", kSilent);
  const StoredFiles files = StoredFiles::open(trace_);
  ASSERT_EQ(files.count(), 3u);
  EXPECT_EQ(files.info({0}).original_path, "/lib/a");
  EXPECT_EQ(files.info({0}).storage, Storage::kCopy);
  EXPECT_EQ(files.info({2}).storage, Storage::kReflink);
  for (uint32_t id = 0; id < 3; ++id) {
    EXPECT_TRUE(files.info({id}).hash.has_value());
    files.verify({id});
  }
}

TEST_F(PackTest, PackingAgainChangesNothing) {
  pack(trace_, "", kSilent);
  const ino_t before = inode(stored(0));
  const PackResult again = pack(trace_, "", kSilent);
  EXPECT_EQ(again.copied, 0u);
  EXPECT_EQ(inode(stored(0)), before);
}

TEST_F(PackTest, APoolHoldsEachContentsOnce) {
  const std::string pool = directory_ / "pool";
  pack(trace_, pool, kSilent);
  EXPECT_EQ(std::distance(fs::directory_iterator(pool), {}), 2);
  EXPECT_EQ(contents(stored(0)), "library");
  EXPECT_EQ(contents(stored(2)), "program");
}

TEST_F(PackTest, InterruptedItLeavesEveryFileAndNoTemporaryOne) {
  for (int steps = 0; steps < 3; ++steps) {
    int left = steps;
    const PackProgress stop = [&left](uint64_t, uint64_t) {
      if (left-- == 0) fail("stopped");
    };
    EXPECT_THROW(pack(trace_, "", stop), Error);
    const StoredFiles files = StoredFiles::open(trace_);
    for (uint32_t id = 0; id < 3; ++id) EXPECT_EQ(contents(files.path({id})).size(), 7u);
    EXPECT_EQ(std::distance(fs::directory_iterator(trace_ + "/files.d"), {}), 3);
  }
}

TEST_F(PackTest, ProgressIsToldWithinAFile) {
  const std::string large(size_t{3} << 20, 'x');
  fs::remove(trace_ + "/" + kFilesName);
  write_table(large.size());
  put(stored(2), large);
  std::vector<uint64_t> told;
  uint64_t all = 0;
  pack(trace_, directory_ / "pool", [&](uint64_t done, uint64_t total) {
    told.push_back(done);
    all = total;
  });
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_GT(told.size(), 20u);
  EXPECT_LE(told.back(), all);
}

TEST_F(PackTest, WhatAKilledPackingLeftIsRemoved) {
  put(stored(0) + ".new", "half");
  pack(trace_, "", kSilent);
  EXPECT_FALSE(fs::exists(stored(0) + ".new"));
}

TEST_F(PackTest, AStoredFileThatChangedIsNamed) {
  pack(trace_, "", kSilent);
  fs::permissions(stored(2), fs::perms::owner_all);
  put(stored(2), "PROGRAM");
  try {
    pack(trace_, "", kSilent);
    FAIL() << "not noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData);
    EXPECT_NE(std::string(error.what()).find("/bin/c"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace rr::trace
