// bpf's commands. Fields of the union bpf_attr go by their offsets
// (include/uapi/linux/bpf.h, 6.12).
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <initializer_list>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall_audit/silent.h"
#include "syscall_audit/surroundings.h"

namespace rr::test {
namespace {

struct Field {
  size_t offset;
  uint64_t value;
  size_t size = 4;
};
Field field(size_t offset, uint64_t value) { return {offset, value, 4}; }
template <typename T>
Field pointer(size_t offset, T* value) {
  return {offset, as_argument(value), 8};
}

using Attributes = std::array<std::byte, 144>;

Attributes attributes(std::initializer_list<Field> fields) {
  Attributes made{};
  for (const Field& f : fields) std::memcpy(made.data() + f.offset, &f.value, f.size);
  return made;
}

int run(uint32_t command, std::initializer_list<Field> fields, const char* what) {
  Attributes attr = attributes(fields);
  return must(static_cast<int>(::syscall(SYS_bpf, command, &attr, attr.size())), what);
}

SyscallArguments bpf(Arena& a, uint32_t command, std::initializer_list<Field> fields) {
  return call("bpf", command, a.object(attributes(fields)), sizeof(Attributes));
}

constexpr uint32_t kHash = 1;
constexpr uint32_t kArray = 2;
constexpr uint32_t kPerCpuArray = 6;
constexpr uint32_t kQueue = 22;

int map_of(uint32_t type, uint32_t key_size, uint32_t value_size) {
  return run(BPF_MAP_CREATE,
             {field(0, type), field(4, key_size), field(8, value_size), field(12, 8)},
             "BPF_MAP_CREATE");
}

// Keys 1, 2, 3.
int filled_map(uint32_t type = kHash) {
  const int map = map_of(type, 4, 24);
  for (uint32_t key = 1; key <= 3; ++key) {
    const std::array<uint64_t, 24> value = {key, 7, 9};  // of each possible CPU
    run(BPF_MAP_UPDATE_ELEM,
        {field(0, static_cast<uint32_t>(map)), pointer(8, &key), pointer(16, value.data())},
        "BPF_MAP_UPDATE_ELEM");
  }
  return map;
}

SyscallArguments element(Arena& a, uint32_t command, int map, size_t written) {
  return bpf(a, command,
             {field(0, static_cast<uint32_t>(map)), pointer(8, a.object(uint32_t{1})),
              pointer(16, a.space(written))});
}

SyscallArguments batch(Arena& a, uint32_t command, int map, std::byte* next, uint32_t count) {
  std::byte* keys = a.space(4 * size_t{count});
  for (uint32_t i = 0; i < count; ++i) std::memcpy(keys + 4 * size_t{i}, &i, 4);
  return bpf(a, command,
             {pointer(8, next), pointer(16, keys), pointer(24, a.space(24 * size_t{count})),
              field(32, count), field(36, static_cast<uint32_t>(map))});
}

// r0 = 0, exit; and one that may not be: exit without r0.
constexpr std::array<uint64_t, 2> kReturnsZero = {0xb7, 0x95};
constexpr std::array<uint64_t, 1> kForbidden = {0x95};
constexpr uint32_t kSocketFilter = 1;
constexpr uint32_t kScheduler = 3;
constexpr uint32_t kRawTracepoint = 17;
constexpr uint32_t kCgroupSkb = 8;

int program(uint32_t type = kSocketFilter) {
  return run(BPF_PROG_LOAD,
             {field(0, type), field(4, kReturnsZero.size()), pointer(8, kReturnsZero.data()),
              pointer(16, "GPL")},
             "BPF_PROG_LOAD");
}

// From 6.4 on the kernel tells how long the log is; older ones want nothing in that field.
template <size_t N>
SyscallArguments load(Arena& a, const std::array<uint64_t, N>& instructions, uint32_t log_size) {
  return bpf(a, BPF_PROG_LOAD,
             {field(0, kSocketFilter), field(4, N), pointer(8, a.object(instructions)),
              pointer(16, a.text("GPL")), field(24, 1), field(28, log_size),
              pointer(32, a.space(log_size)), field(140, 1)});
}

// A header and one type, `int`, with its name.
constexpr std::array<uint32_t, 6 + 4 + 2> kTypes = {
    0x0001eb9f, 24,         0, 16,
    16,         5,                          // magic, version, length of header; types, strings
    1,          0x01000000, 4, 0x01000020,  // int, 4 bytes, signed
    0x746e6900, 0x00000000};                // "\0int\0"

int types() {
  return run(BPF_BTF_LOAD, {pointer(0, kTypes.data()), field(16, 24 + 16 + 5)}, "BPF_BTF_LOAD");
}

SyscallArguments load_types(Arena& a) {
  return bpf(a, BPF_BTF_LOAD,
             {pointer(0, a.object(kTypes)), pointer(8, a.space(2048)), field(16, 24 + 16 + 5),
              field(20, 2048), field(24, 1), field(28, 1)});
}

// A program whose info has everything: it uses a map.
int program_with_map() {
  const auto map = static_cast<uint64_t>(static_cast<uint32_t>(map_of(kArray, 4, 8)));
  // r1 = the map (two instructions), r0 = 0, exit.
  const std::array<uint64_t, 4> instructions = {0x1118 | map << 32, 0, 0xb7, 0x95};
  return run(BPF_PROG_LOAD,
             {field(0, kSocketFilter), field(4, instructions.size()),
              pointer(8, instructions.data()), pointer(16, "GPL")},
             "BPF_PROG_LOAD");
}

SyscallArguments info(Arena& a, int fd, std::byte* structure, uint32_t length) {
  return bpf(a, BPF_OBJ_GET_INFO_BY_FD,
             {field(0, static_cast<uint32_t>(fd)), field(4, length), pointer(8, structure)});
}

SyscallArguments info_of_program(Arena& a) {
  constexpr uint32_t kLength = 224;
  std::byte* structure = a.space(kLength);
  std::memset(structure, 0, kLength);
  const auto put = [&](size_t pointer_at, size_t count_at, uint32_t count, size_t unit) {
    const uint64_t address = as_argument(a.space(count * unit));
    std::memcpy(structure + pointer_at, &address, sizeof address);
    std::memcpy(structure + count_at, &count, sizeof count);
  };
  put(24, 16, 1024, 1);
  put(32, 20, 1024, 1);
  put(56, 52, 8, 4);
  put(112, 104, 2, 8);
  put(120, 108, 2, 4);
  put(184, 180, 2, 8);
  return info(a, program_with_map(), structure, kLength);
}

SyscallArguments info_of_types(Arena& a) {
  std::array<uint64_t, 4> structure = {as_argument(a.space(128)), 128, as_argument(a.space(16)),
                                       16};
  return info(a, types(), reinterpret_cast<std::byte*>(a.object(structure)), sizeof structure);
}

SyscallArguments info_of_link(Arena& a) {
  const int link =
      run(BPF_RAW_TRACEPOINT_OPEN,
          {pointer(0, "sched_switch"), field(8, static_cast<uint32_t>(program(kRawTracepoint)))},
          "BPF_RAW_TRACEPOINT_OPEN");
  std::array<uint64_t, 8> structure = {0, 0, as_argument(a.space(32)), 32};
  return info(a, link, reinterpret_cast<std::byte*>(a.object(structure)), sizeof structure);
}

SyscallArguments test_run(Arena& a, uint32_t output_size) {
  constexpr size_t kContext = 192;  // struct __sk_buff
  std::byte* context = a.space(kContext);
  std::memset(context, 0, kContext);
  std::byte* packet = a.space(64);
  std::memset(packet, 1, 64);
  return bpf(
      a, BPF_PROG_TEST_RUN,
      {field(0, static_cast<uint32_t>(program(kScheduler))), field(8, 64), field(12, output_size),
       pointer(16, packet), pointer(24, a.space(output_size)), field(40, kContext),
       field(44, kContext), pointer(48, context), pointer(56, a.space(kContext))});
}

// The loopback device of a network of one's own, with a program before what it receives.
constexpr uint32_t kTcxIngress = 46;
uint32_t guarded_loopback() {
  must(::unshare(CLONE_NEWNET), "unshare");
  const uint32_t lo = ::if_nametoindex("lo");
  Attributes attr = attributes(
      {field(0, lo), field(4, static_cast<uint32_t>(program(kScheduler))), field(8, kTcxIngress)});
  ::syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, attr.size());  // from 6.6 on
  return lo;
}

SyscallArguments query_device(Arena& a) {
  const uint32_t lo = guarded_loopback();
  return bpf(a, BPF_PROG_QUERY,
             {field(0, lo), field(4, kTcxIngress), pointer(16, a.space(16)), field(24, 4),
              pointer(32, a.space(16)), pointer(40, a.space(16)), pointer(48, a.space(16))});
}

// A group of processes, with a program for what it sends.
int new_group() {
  const std::string folder = new_folder();
  must(::unshare(CLONE_NEWNS), "unshare");
  must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  must(::mount("none", folder.c_str(), "cgroup2", 0, nullptr), "cgroup2");
  const std::string group = folder + "/audited-" + std::to_string(::getpid());
  must(::mkdir(group.c_str(), 0700), "mkdir");
  return must(::open(group.c_str(), O_RDONLY | O_DIRECTORY), "open");
}

Case plain(const char* about, uint32_t command, std::function<std::vector<Field>(Arena&)> fields) {
  return {about, [=](Arena& a) {
            Attributes attr{};
            for (const Field& f : fields(a)) std::memcpy(attr.data() + f.offset, &f.value, f.size);
            return call("bpf", command, a.object(attr), attr.size());
          }};
}
uint32_t fd_of(int fd) { return static_cast<uint32_t>(fd); }

std::string pinned_map() {
  const std::string folder = new_folder();
  must(::unshare(CLONE_NEWNS), "unshare");
  must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  must(::mount("none", folder.c_str(), "bpf", 0, nullptr), "bpf");
  const std::string path = folder + "/map";
  run(BPF_OBJ_PIN, {pointer(0, path.c_str()), field(8, fd_of(filled_map()))}, "BPF_OBJ_PIN");
  return path;
}

uint32_t id_of(uint32_t next_command) {
  Attributes attr{};
  must(static_cast<int>(::syscall(SYS_bpf, next_command, &attr, attr.size())), "next id");
  uint32_t id;
  std::memcpy(&id, attr.data() + 4, sizeof id);
  return id;
}

int group_link() {
  return run(BPF_LINK_CREATE,
             {field(0, fd_of(program(kCgroupSkb))), field(4, fd_of(new_group())), field(8, 1)},
             "BPF_LINK_CREATE");
}

}  // namespace

std::vector<Case> bpf_cases() {
  const auto next_id = [](const char* about, uint32_t command, auto make) {
    return Case{about, [=](Arena& a) {
                  make();
                  return bpf(a, command, {});
                }};
  };
  return {
      plain("bpf MAP_CREATE", BPF_MAP_CREATE,
            [](Arena&) {
              return std::vector{field(0, kHash), field(4, 4), field(8, 8), field(12, 8)};
            }),
      {"bpf LOOKUP_ELEM",
       [](Arena& a) { return element(a, BPF_MAP_LOOKUP_ELEM, filled_map(), 24); }},
      {"bpf LOOKUP_ELEM, of each CPU",
       [](Arena& a) {
         const auto cpus = static_cast<size_t>(::sysconf(_SC_NPROCESSORS_CONF));
         return element(a, BPF_MAP_LOOKUP_ELEM, filled_map(kPerCpuArray), 24 * cpus);
       }},
      plain("bpf UPDATE_ELEM", BPF_MAP_UPDATE_ELEM,
            [](Arena& a) {
              return std::vector{field(0, fd_of(filled_map())), pointer(8, a.space(4)),
                                 pointer(16, a.space(24))};
            }),
      plain("bpf DELETE_ELEM", BPF_MAP_DELETE_ELEM,
            [](Arena& a) {
              return std::vector{field(0, fd_of(filled_map())), pointer(8, a.object(uint32_t{2}))};
            }),
      {"bpf GET_NEXT_KEY",
       [](Arena& a) { return element(a, BPF_MAP_GET_NEXT_KEY, filled_map(kArray), 4); }},
      {"bpf LOOKUP_AND_DELETE_ELEM",
       [](Arena& a) { return element(a, BPF_MAP_LOOKUP_AND_DELETE_ELEM, filled_map(), 24); }},
      {"bpf LOOKUP_AND_DELETE_ELEM of a queue",
       [](Arena& a) {
         const int queue = map_of(kQueue, 0, 24);
         const std::array<uint64_t, 3> value = {1, 2, 3};
         run(BPF_MAP_UPDATE_ELEM, {field(0, fd_of(queue)), pointer(16, value.data())}, "push");
         return bpf(a, BPF_MAP_LOOKUP_AND_DELETE_ELEM,
                    {field(0, fd_of(queue)), pointer(16, a.space(24))});
       }},
      {"bpf LOOKUP_BATCH of an array",
       [](Arena& a) { return batch(a, BPF_MAP_LOOKUP_BATCH, filled_map(kArray), a.space(4), 3); }},
      {"bpf LOOKUP_BATCH of all of a hash table",
       [](Arena& a) { return batch(a, BPF_MAP_LOOKUP_BATCH, filled_map(), a.space(4), 8); },
       ENOENT},
      {"bpf LOOKUP_AND_DELETE_BATCH",
       [](Arena& a) {
         return batch(a, BPF_MAP_LOOKUP_AND_DELETE_BATCH, filled_map(), a.space(4), 8);
       },
       ENOENT},
      {"bpf UPDATE_BATCH",
       [](Arena& a) { return batch(a, BPF_MAP_UPDATE_BATCH, map_of(kArray, 4, 24), nullptr, 9); },
       E2BIG},
      {"bpf DELETE_BATCH",
       [](Arena& a) { return batch(a, BPF_MAP_DELETE_BATCH, filled_map(), nullptr, 9); }, ENOENT},
      {"bpf PROG_LOAD", [](Arena& a) { return load(a, kReturnsZero, 4096); }, 0, {EINVAL, E2BIG}},
      {"bpf PROG_LOAD, refused",
       [](Arena& a) { return load(a, kForbidden, 4096); },
       EACCES,
       {EINVAL, E2BIG}},
      {"bpf BTF_LOAD", load_types, 0, {EINVAL}},
      {"bpf OBJ_GET_INFO_BY_FD of a program", info_of_program},
      {"bpf OBJ_GET_INFO_BY_FD of types", info_of_types},
      {"bpf OBJ_GET_INFO_BY_FD of a link", info_of_link},
      {"bpf OBJ_GET_INFO_BY_FD of a map",
       [](Arena& a) {
         constexpr uint32_t kLongerThanKnown = 256;
         std::byte* structure = a.space(kLongerThanKnown);
         std::memset(structure, 0, kLongerThanKnown);
         return info(a, filled_map(), structure, kLongerThanKnown);
       }},
      {"bpf PROG_TEST_RUN", [](Arena& a) { return test_run(a, 256); }},
      {"bpf PROG_TEST_RUN without room", [](Arena& a) { return test_run(a, 16); }, ENOSPC},
      {"bpf PROG_QUERY of a device", query_device, 0, {EINVAL}},
      {"bpf TASK_FD_QUERY",
       [](Arena& a) {
         const int link =
             run(BPF_RAW_TRACEPOINT_OPEN,
                 {pointer(0, "sched_switch"), field(8, fd_of(program(kRawTracepoint)))}, "raw");
         return bpf(a, BPF_TASK_FD_QUERY,
                    {field(0, static_cast<uint32_t>(::getpid())), field(4, fd_of(link)),
                     field(12, 32), pointer(16, a.space(32))});
       }},
      next_id("bpf PROG_GET_NEXT_ID", BPF_PROG_GET_NEXT_ID, [] { return program(); }),
      next_id("bpf MAP_GET_NEXT_ID", BPF_MAP_GET_NEXT_ID, [] { return filled_map(); }),
      next_id("bpf BTF_GET_NEXT_ID", BPF_BTF_GET_NEXT_ID, types),
      next_id("bpf LINK_GET_NEXT_ID", BPF_LINK_GET_NEXT_ID, group_link),
      plain("bpf OBJ_PIN", BPF_OBJ_PIN,
            [](Arena& a) {
              const std::string path = pinned_map() + "2";
              return std::vector{pointer(0, a.text(path)), field(8, fd_of(filled_map()))};
            }),
      plain("bpf OBJ_GET", BPF_OBJ_GET,
            [](Arena& a) { return std::vector{pointer(0, a.text(pinned_map()))}; }),
      plain("bpf PROG_ATTACH", BPF_PROG_ATTACH,
            [](Arena&) {
              return std::vector{field(0, fd_of(new_group())), field(4, fd_of(program(kCgroupSkb))),
                                 field(8, 1)};
            }),
      plain("bpf PROG_DETACH", BPF_PROG_DETACH,
            [](Arena&) {
              const int group = new_group();
              const int loaded = program(kCgroupSkb);
              run(BPF_PROG_ATTACH, {field(0, fd_of(group)), field(4, fd_of(loaded)), field(8, 1)},
                  "BPF_PROG_ATTACH");
              return std::vector{field(0, fd_of(group)), field(4, fd_of(loaded)), field(8, 1)};
            }),
      plain("bpf PROG_GET_FD_BY_ID", BPF_PROG_GET_FD_BY_ID,
            [](Arena&) {
              program();
              return std::vector{field(0, id_of(BPF_PROG_GET_NEXT_ID))};
            }),
      plain("bpf MAP_GET_FD_BY_ID", BPF_MAP_GET_FD_BY_ID,
            [](Arena&) {
              filled_map();
              return std::vector{field(0, id_of(BPF_MAP_GET_NEXT_ID))};
            }),
      plain("bpf BTF_GET_FD_BY_ID", BPF_BTF_GET_FD_BY_ID,
            [](Arena&) {
              types();
              return std::vector{field(0, id_of(BPF_BTF_GET_NEXT_ID))};
            }),
      plain("bpf MAP_FREEZE", BPF_MAP_FREEZE,
            [](Arena&) { return std::vector{field(0, fd_of(filled_map()))}; }),
      plain("bpf LINK_CREATE", BPF_LINK_CREATE,
            [](Arena&) {
              return std::vector{field(0, fd_of(program(kCgroupSkb))), field(4, fd_of(new_group())),
                                 field(8, 1)};
            }),
      plain(
          "bpf LINK_UPDATE", BPF_LINK_UPDATE,
          [](Arena&) {
            return std::vector{field(0, fd_of(group_link())), field(4, fd_of(program(kCgroupSkb)))};
          }),
      plain("bpf LINK_GET_FD_BY_ID", BPF_LINK_GET_FD_BY_ID,
            [](Arena&) {
              group_link();
              return std::vector{field(0, id_of(BPF_LINK_GET_NEXT_ID))};
            }),
      plain("bpf LINK_DETACH", BPF_LINK_DETACH,
            [](Arena&) { return std::vector{field(0, fd_of(group_link()))}; }),
      plain("bpf ENABLE_STATS", BPF_ENABLE_STATS, [](Arena&) { return std::vector<Field>{}; }),
      plain("bpf PROG_BIND_MAP", BPF_PROG_BIND_MAP,
            [](Arena&) {
              return std::vector{field(0, fd_of(program())), field(4, fd_of(filled_map()))};
            }),
  };
}

}  // namespace rr::test
