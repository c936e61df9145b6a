// bpf: maps looked at by calls, a program that counts what comes through a socket, what the verifier
// says, and what is known of the objects. Without the privilege every call is refused.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { kKeys = 5 };

static int bpf(int command, union bpf_attr* attr) {
  return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int make_map(uint32_t type, uint32_t value_size, uint32_t flags) {
  union bpf_attr attr = {.map_type = type,
                         .key_size = type == BPF_MAP_TYPE_RINGBUF ? 0 : 4,
                         .value_size = value_size,
                         .max_entries = type == BPF_MAP_TYPE_RINGBUF ? 4096 : kKeys,
                         .map_flags = flags};
  return bpf(BPF_MAP_CREATE, &attr);
}

static int act(int command, int map, const void* key, void* value) {
  union bpf_attr attr = {0};
  attr.map_fd = (uint32_t)map;
  attr.key = (uint64_t)(uintptr_t)key;
  attr.value = (uint64_t)(uintptr_t)value;
  return bpf(command, &attr);
}

struct value {
  char text[20];
};

static void use_map(int map) {
  for (uint32_t key = 0; key < kKeys; ++key) {
    struct value value = {{0}};
    snprintf(value.text, sizeof value.text, "value %u", key);
    CHECK(act(BPF_MAP_UPDATE_ELEM, map, &key, &value) == 0);
  }
  const uint32_t three = 3;
  struct value got = {{0}};
  CHECK(act(BPF_MAP_LOOKUP_ELEM, map, &three, &got) == 0);
  CHECK(strcmp(got.text, "value 3") == 0);
  const uint32_t missing = 77;
  CHECK(act(BPF_MAP_LOOKUP_ELEM, map, &missing, &got) == -1 && errno == ENOENT);

  uint32_t keys[kKeys + 1];
  int found = 0;
  const void* last = NULL;
  while (act(BPF_MAP_GET_NEXT_KEY, map, last, &keys[found]) == 0) {
    printf("key %u\n", keys[found]);  // in an order that hangs on a random seed
    last = &keys[found++];
  }
  CHECK(errno == ENOENT && found == kKeys);
  CHECK(act(BPF_MAP_DELETE_ELEM, map, &three, NULL) == 0);

  struct value values[kKeys];
  uint64_t next = 0;
  union bpf_attr attr = {0};
  attr.batch.out_batch = (uint64_t)(uintptr_t)&next;
  attr.batch.keys = (uint64_t)(uintptr_t)keys;
  attr.batch.values = (uint64_t)(uintptr_t)values;
  attr.batch.count = kKeys;
  attr.batch.map_fd = (uint32_t)map;
  CHECK(bpf(BPF_MAP_LOOKUP_BATCH, &attr) == -1 && errno == ENOENT);
  CHECK(attr.batch.count == kKeys - 1);
  for (uint32_t i = 0; i < attr.batch.count; ++i) printf("%u: %s\n", keys[i], values[i].text);
}

// r1 = map; *(u32*)(r10 - 4) = 0; r2 = r10 - 4; call map_lookup_elem; if r0: *r0 += 1; r0 = -1 (all
// of the packet); exit.
static int load_counter(int map, char* log, uint32_t log_size, int is_wrong) {
  const struct bpf_insn code[] = {
      {.code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = map}, {0},
      {.code = 0x62, .dst_reg = 10, .off = -4, .imm = 0},
      {.code = 0xbf, .dst_reg = 2, .src_reg = 10},
      {.code = 0x07, .dst_reg = 2, .imm = -4},
      {.code = 0x85, .imm = 1},
      {.code = 0x15, .dst_reg = 0, .off = is_wrong ? 0 : 2, .imm = 0},
      {.code = 0xb7, .dst_reg = 1, .imm = 1},
      {.code = 0xdb, .dst_reg = 0, .src_reg = 1},
      {.code = 0xb7, .dst_reg = 0, .imm = -1},
      {.code = 0x95}};
  union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
  attr.insns = (uint64_t)(uintptr_t)code;
  attr.insn_cnt = sizeof code / sizeof code[0];
  attr.license = (uint64_t)(uintptr_t) "GPL";
  attr.log_buf = (uint64_t)(uintptr_t)log;
  attr.log_size = log_size;
  attr.log_level = log != NULL;
  return bpf(BPF_PROG_LOAD, &attr);
}

static void count_packets(int counter) {
  static char log[65536];
  CHECK(load_counter(counter, log, sizeof log, 1) == -1 && errno == EACCES);
  CHECK(strstr(log, "R0 invalid mem access") != NULL);
  printf("%s", log);
  const int program = load_counter(counter, log, sizeof log, 0);
  CHECK(program >= 0);

  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) == 0);
  for (int i = 0; i < 7; ++i) CHECK(write(ends[1], "packet", 6) == 6);
  const uint32_t zero = 0;
  uint64_t count = 0;
  CHECK(act(BPF_MAP_LOOKUP_ELEM, counter, &zero, &count) == 0 && count == 7);

  uint32_t map_ids[4] = {0};
  struct bpf_prog_info info = {.nr_map_ids = 4, .map_ids = (uint64_t)(uintptr_t)map_ids};
  union bpf_attr attr = {0};
  attr.info.bpf_fd = (uint32_t)program;
  attr.info.info_len = sizeof info;
  attr.info.info = (uint64_t)(uintptr_t)&info;
  CHECK(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0);
  CHECK(info.nr_map_ids == 1 && map_ids[0] != 0);
  printf("program %u of %u bytes, map %u, loaded at %llu\n", info.id, info.xlated_prog_len,
         map_ids[0], (unsigned long long)info.load_time);
}

static void be_refused(void) {
  CHECK(make_map(BPF_MAP_TYPE_ARRAY, 8, BPF_F_MMAPABLE) == -1 && errno == EINVAL);
  CHECK(make_map(BPF_MAP_TYPE_RINGBUF, 0, 0) == -1 && errno == EINVAL);
  union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_KPROBE};
  CHECK(bpf(BPF_PROG_LOAD, &attr) == -1 && errno == EPERM);
  CHECK(bpf(1 << 20, &attr) == -1 && errno == EINVAL);
}

int main(void) {
  const int map = make_map(BPF_MAP_TYPE_HASH, sizeof(struct value), 0);
  if (map < 0) {
    CHECK(errno == EPERM);
    printf("not privileged\n");
    return 0;
  }
  use_map(map);
  const int counter = make_map(BPF_MAP_TYPE_ARRAY, 8, 0);
  CHECK(counter >= 0);
  count_packets(counter);
  if (getenv("RUNNING_UNDER_RR") != NULL) be_refused();
  return 0;
}
