#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include "support/fake_memory.h"
#include "syscalls/outputs.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

using test::FakeMemory;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int32_t kBpf = 280;
constexpr uint64_t kAttributes = 0x1000;

// The offsets in bpf.cc and bpf_outputs.cc, where the headers of the compiler have the fields.
static_assert(offsetof(union bpf_attr, value) == 16);
static_assert(offsetof(union bpf_attr, log_size) == 28 && offsetof(union bpf_attr, log_buf) == 32);
static_assert(offsetof(union bpf_attr, btf_log_buf) == 8);
static_assert(offsetof(union bpf_attr, btf_log_size) == 20);
static_assert(offsetof(union bpf_attr, batch.count) == 32);
static_assert(offsetof(union bpf_attr, batch.map_fd) == 36);
static_assert(offsetof(union bpf_attr, test.data_out) == 24);
static_assert(offsetof(union bpf_attr, test.data_size_out) == 12);
static_assert(offsetof(union bpf_attr, test.ctx_out) == 56);
static_assert(offsetof(union bpf_attr, test.ctx_size_out) == 44);
static_assert(offsetof(union bpf_attr, query.prog_ids) == 16);
static_assert(offsetof(union bpf_attr, query.prog_cnt) == 24);
static_assert(offsetof(union bpf_attr, task_fd_query.buf) == 16);
static_assert(offsetof(union bpf_attr, task_fd_query.buf_len) == 12);
static_assert(offsetof(struct bpf_prog_info, jited_prog_insns) == 24);
static_assert(offsetof(struct bpf_prog_info, map_ids) == 56);
static_assert(offsetof(struct bpf_prog_info, nr_map_ids) == 52);
static_assert(offsetof(struct bpf_prog_info, jited_ksyms) == 112);
static_assert(offsetof(struct bpf_prog_info, jited_func_lens) == 120);
static_assert(offsetof(struct bpf_prog_info, func_info) == 136);
static_assert(offsetof(struct bpf_prog_info, nr_func_info) == 144);
static_assert(offsetof(struct bpf_prog_info, line_info) == 152);
static_assert(offsetof(struct bpf_prog_info, jited_line_info) == 160);
static_assert(offsetof(struct bpf_prog_info, line_info_rec_size) == 172);
static_assert(offsetof(struct bpf_prog_info, jited_line_info_rec_size) == 176);
static_assert(offsetof(struct bpf_prog_info, prog_tags) == 184);
static_assert(offsetof(struct bpf_btf_info, name) == 16);

struct BpfOutputs : testing::Test {
  FakeMemory memory;
  BpfObject object;

  std::vector<Output> after(uint32_t command, int64_t result) {
    const SyscallArguments call{kBpf, {command, kAttributes, 120}};
    const BpfObjects objects = [this](int32_t fd) { return fd == 7 ? object : BpfObject{}; };
    std::vector<Output> out;
    outputs(plan(*resolve(call), call, memory, objects), result, memory, out);
    return out;
  }
  void word(uint64_t address, uint32_t value) { memory.put_object<uint32_t>({address}, value); }
  void pointer(uint64_t address, uint64_t value) { memory.put_object<uint64_t>({address}, value); }
};

TEST_F(BpfOutputs, ALookupWritesAValueOfTheMapsSize) {
  object = {BpfObject::Kind::kMap, 4, 24};
  word(kAttributes, 7);
  pointer(kAttributes + 16, 0x5000);
  EXPECT_THAT(after(BPF_MAP_LOOKUP_ELEM, 0), ElementsAre(Output{{0x5000}, 0, 24}));
  EXPECT_THAT(after(BPF_MAP_GET_NEXT_KEY, 0), ElementsAre(Output{{0x5000}, 0, 4}));
  EXPECT_THAT(after(BPF_MAP_LOOKUP_ELEM, -2), IsEmpty());
  word(kAttributes, 8);  // not a map's
  EXPECT_THAT(after(BPF_MAP_LOOKUP_ELEM, 0), IsEmpty());
}

TEST_F(BpfOutputs, ABatchWritesAsManyAsItHasRoomForAlsoWhereItFails) {
  object = {BpfObject::Kind::kMap, 2, 24};
  pointer(kAttributes + 8, 0x4000);
  pointer(kAttributes + 16, 0x5000);
  pointer(kAttributes + 24, 0x6000);
  word(kAttributes + 32, 10);
  word(kAttributes + 36, 7);
  const auto written = after(BPF_MAP_LOOKUP_BATCH, -2);
  ASSERT_EQ(written.size(), 4u);
  EXPECT_EQ(written[0].address, Address{kAttributes});
  EXPECT_EQ(written[1], (Output{{0x4000}, 0, 4}));  // a bucket's number is longer than the key
  EXPECT_EQ(written[2], (Output{{0x5000}, 0, 20}));
  EXPECT_EQ(written[3], (Output{{0x6000}, 0, 240}));
}

TEST_F(BpfOutputs, AProgramsInfoFillsTheArraysThatItPointsTo) {
  object.kind = BpfObject::Kind::kProgram;
  constexpr uint64_t kInfo = 0x2000;
  word(kAttributes, 7);
  word(kAttributes + 4, 64);
  pointer(kAttributes + 8, kInfo);
  pointer(kInfo + 24, 0);
  pointer(kInfo + 32, 0x5000);
  word(kInfo + 16, 0);
  word(kInfo + 20, 100);
  word(kInfo + 52, 3);
  pointer(kInfo + 56, 0x6000);
  pointer(kInfo + 112, 0x7000);  // behind the length that was given
  word(kInfo + 104, 9);
  const auto written = after(BPF_OBJ_GET_INFO_BY_FD, 0);
  ASSERT_EQ(written.size(), 4u);
  EXPECT_EQ(written[1], (Output{{kInfo}, 0, 64}));
  EXPECT_EQ(written[2].address, Address{0x5000});
  EXPECT_EQ(written[2].possible, 100u);
  EXPECT_EQ(written[3].address, Address{0x6000});
  EXPECT_EQ(written[3].possible, 12u);
}

TEST_F(BpfOutputs, ALengthThatNoMemoryHasIsBounded) {
  object.kind = BpfObject::Kind::kProgram;
  word(kAttributes, 7);
  word(kAttributes + 4, UINT32_MAX);
  pointer(kAttributes + 8, 0x2000);
  for (const Output& output : after(BPF_OBJ_GET_INFO_BY_FD, -14)) {
    EXPECT_LE(output.possible, 64u << 20);
  }
}

TEST(BpfRows, TracingIsRefused) {
  const auto refused = [](uint32_t command) {
    return resolve({kBpf, {command, kAttributes, 120}})->is_refused();
  };
  EXPECT_TRUE(refused(BPF_RAW_TRACEPOINT_OPEN));
  EXPECT_TRUE(refused(1 << 16));
  EXPECT_FALSE(refused(BPF_MAP_CREATE));
}

}  // namespace
}  // namespace rr::syscalls
