#include "record/kernel_objects.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kernel/proc.h"
#include "util/bytes.h"

namespace rr::record {
namespace {

using syscalls::BpfObject;

constexpr std::string_view kMapLink = "anon_inode:bpf-map";
constexpr std::string_view kPerfEventLink = "anon_inode:[perf_event]";

// include/uapi/linux/bpf.h, 6.12: enum bpf_cmd, bpf_map_type, bpf_prog_type, and map_flags.
constexpr uint32_t kMapCreate = 0;
constexpr uint32_t kProgLoad = 5;
constexpr uint32_t kProgTestRun = 10;

constexpr uint64_t kPerCpuMaps[] = {5, 6, 10, 21};  // HASH, ARRAY, LRU_HASH, CGROUP_STORAGE
constexpr uint64_t kMapsOfDescriptors[] = {3, 4, 8, 12, 13};  // bpf_map_value_size(): IS_FD_MAP()
constexpr uint32_t kSharedMaps[] = {27, 31, 33};              // RINGBUF, USER_RINGBUF, ARENA
constexpr uint32_t kMappable = 1 << 10;                       // BPF_F_MMAPABLE
// KPROBE, TRACEPOINT, PERF_EVENT, RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE, TRACING, STRUCT_OPS,
// EXT, LSM, SYSCALL.
constexpr uint32_t kTracingPrograms[] = {2, 5, 7, 17, 24, 26, 27, 28, 29, 31};

template <typename T, size_t N>
bool contains(const T (&values)[N], T value) {
  return std::find(std::begin(values), std::end(values), value) != std::end(values);
}

// A decimal number in a line "NAME:\tNUMBER".
uint64_t number_in(std::string_view info, std::string_view name) {
  const size_t at = info.find(std::string(name) + ":");
  if (at == std::string_view::npos) return 0;
  return std::strtoull(info.data() + at + name.size() + 1, nullptr, 10);
}

// As num_possible_cpus(): "0-7", or "0" with one.
uint64_t possible_cpus() {
  const std::string list = kernel::read_file("/sys/devices/system/cpu/possible");
  const size_t last = list.find_last_of("-,");
  return std::strtoull(list.c_str() + (last == std::string::npos ? 0 : last + 1), nullptr, 10) + 1;
}

BpfObject map_told_by(const std::string& info) {
  BpfObject map{BpfObject::Kind::kMap, number_in(info, "key_size"), number_in(info, "value_size")};
  const uint64_t type = number_in(info, "map_type");
  if (contains(kPerCpuMaps, type)) {
    map.value_size = round_up(map.value_size, sizeof(uint64_t)) * possible_cpus();
  } else if (contains(kMapsOfDescriptors, type)) {
    map.value_size = sizeof(uint32_t);
  }
  return map;
}

std::optional<int64_t> answer_bpf(const SyscallArguments& call, const MemoryReader& memory) {
  const Address attributes{call.args[1]};
  const auto word = [&](uint64_t at) {
    return memory.read_object<uint32_t>(attributes + at).value_or(0);
  };
  switch (static_cast<uint32_t>(call.args[0])) {
    case kMapCreate: {
      constexpr uint64_t kFlagsAt = 16;
      const bool is_shared = contains(kSharedMaps, word(0)) || (word(kFlagsAt) & kMappable) != 0;
      return is_shared ? std::optional<int64_t>(-EINVAL) : std::nullopt;
    }
    case kProgLoad:
      return contains(kTracingPrograms, word(0)) ? std::optional<int64_t>(-EPERM) : std::nullopt;
    case kProgTestRun: {
      constexpr uint64_t kSizeAt = 12;
      constexpr uint64_t kOutputAt = 24;
      const bool has_output = memory.read_object<uint64_t>(attributes + kOutputAt).value_or(0) != 0;
      return has_output && word(kSizeAt) == 0 ? std::optional<int64_t>(-EINVAL) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// Signals of a synchronous kind that the recorder takes for its own; breakpoints in the program
// that the recording does not have; and counters that could not be taken away from the program,
// which a new thread inherits before the recorder gives it one.
std::optional<int64_t> answer_perf(const SyscallArguments& call, const MemoryReader& memory) {
  // include/uapi/linux/perf_event.h, 6.12: struct perf_event_attr.
  constexpr uint64_t kFlagsAt = 40;
  constexpr uint64_t kPinnedOrExclusive = 1 << 2 | 1 << 3;
  constexpr uint64_t kSigtrap = uint64_t{1} << 37;
  constexpr uint32_t kSoftware = 1;
  constexpr uint32_t kTracepoint = 2;
  const Address attributes{call.args[0]};
  const auto type = memory.read_object<uint32_t>(attributes).value_or(0);
  const auto flags = memory.read_object<uint64_t>(attributes + kFlagsAt).value_or(0);
  if ((flags & kSigtrap) != 0) return -EINVAL;
  const bool needs_counter = type != kSoftware && type != kTracepoint;
  if (needs_counter && (flags & kPinnedOrExclusive) != 0) return -EINVAL;
  for (const char* source : {"uprobe", "kprobe"}) {
    const std::string known =
        kernel::read_file(std::string("/sys/bus/event_source/devices/") + source + "/type");
    if (!known.empty() && std::strtoul(known.c_str(), nullptr, 10) == type) return -ENOENT;
  }
  return std::nullopt;
}

std::optional<int64_t> answer_mapping(Tid tid, const SyscallArguments& call) {
  constexpr uint64_t kShared = 1;  // MAP_SHARED, and part of MAP_SHARED_VALIDATE
  constexpr uint64_t kAnonymous = 0x20;
  if ((call.args[3] & (kShared | kAnonymous)) != kShared) return std::nullopt;
  const auto fd = static_cast<int32_t>(call.args[4]);
  const std::string link = kernel::read_proc_link(tid, "fd/" + std::to_string(fd));
  const bool is_shared = link == kPerfEventLink || link == kMapLink;
  return is_shared ? std::optional<int64_t>(-EINVAL) : std::nullopt;
}

}  // namespace

BpfObject bpf_object(Tid tid, int32_t fd) {
  const std::string number = std::to_string(fd);
  const std::string link = kernel::read_proc_link(tid, "fd/" + number);
  if (link == kMapLink) {
    return map_told_by(kernel::read_proc_file(tid, "fdinfo/" + number));
  }
  if (link == "anon_inode:bpf-prog") return {BpfObject::Kind::kProgram};
  if (link == "anon_inode:bpf_link") return {BpfObject::Kind::kLink};
  if (link == "anon_inode:btf") return {BpfObject::Kind::kTypes};
  return {};
}

std::optional<int64_t> answer_about_object(const syscalls::Row& row, Tid tid,
                                           const SyscallArguments& call,
                                           const MemoryReader& memory) {
  switch (row.special) {
    case syscalls::Special::kBpf:
      return answer_bpf(call, memory);
    case syscalls::Special::kPerfEvent:
      return answer_perf(call, memory);
    case syscalls::Special::kMmap:
      return answer_mapping(tid, call);
    default:
      return std::nullopt;
  }
}

}  // namespace rr::record
