#include "syscalls/bpf_outputs.h"

#include <algorithm>
#include <span>

namespace rr::syscalls {
namespace {

using Kind = BpfObject::Kind;
using Measure = Region::Measure;

// Of the batch's fields in the union bpf_attr.
constexpr uint64_t kNextBatchAt = 8;

// The most that one of these arrays is recorded of: longer ones no kernel fills.
constexpr uint64_t kMost = 64 << 20;

Region region_via(const OutputSpec& spec, Address pointer_at, Address address, uint64_t size) {
  Region region;
  region.address = address;
  region.size = std::min(size, kMost);
  region.held = Region::Held::kPointer;
  region.pointer_at = pointer_at;
  region.when = spec.when;
  region.measure = Measure::kNothing;
  return region;
}

BpfObject object_at(Address fd_at, const MemoryReader& reader, const BpfObjects& objects) {
  const auto fd = reader.read_object<int32_t>(fd_at);
  return fd && objects ? objects(*fd) : BpfObject{};
}

std::vector<Region> part_of_map(const OutputSpec& spec, Address attributes,
                                const MemoryReader& reader, const BpfObjects& objects) {
  const BpfObject map = object_at(attributes + spec.fd_offset, reader, objects);
  const Address pointer_at = attributes + spec.offset;
  const auto pointer = reader.read_object<uint64_t>(pointer_at);
  if (map.kind != Kind::kMap || !pointer) return {};
  // Where a batch of a hash table goes on is the number of a bucket, 32 bits, whatever its keys
  // are.
  const bool is_place = spec.unit == 0 && spec.offset == kNextBatchAt;
  const uint64_t each = is_place         ? std::max(map.key_size, sizeof(uint32_t))
                        : spec.unit == 0 ? map.key_size
                                         : map.value_size;
  uint64_t count = 1;
  if (spec.length_offset != 0) {
    count = reader.read_object<uint32_t>(attributes + spec.length_offset).value_or(0);
  }
  return {region_via(spec, pointer_at, {*pointer}, each * count)};
}

// Where in a structure an array's address stands, how many elements it has room for, and how long
// each is, or where that is told.
struct ArrayVia {
  uint32_t pointer_at;
  uint32_t count_at;
  uint32_t unit = 0;
  uint32_t unit_at = 0;
  uint32_t ending = 0;  // bytes behind those that are counted: a text's zero
};

// include/uapi/linux/bpf.h, 6.12: struct bpf_prog_info, bpf_btf_info, bpf_link_info.
constexpr ArrayVia kProgramArrays[] = {
    {.pointer_at = 24, .count_at = 16, .unit = 1},         // jited_prog_insns
    {.pointer_at = 32, .count_at = 20, .unit = 1},         // xlated_prog_insns
    {.pointer_at = 56, .count_at = 52, .unit = 4},         // map_ids
    {.pointer_at = 112, .count_at = 104, .unit = 8},       // jited_ksyms
    {.pointer_at = 120, .count_at = 108, .unit = 4},       // jited_func_lens
    {.pointer_at = 136, .count_at = 144, .unit_at = 132},  // func_info
    {.pointer_at = 152, .count_at = 148, .unit_at = 172},  // line_info
    {.pointer_at = 160, .count_at = 168, .unit_at = 176},  // jited_line_info
    {.pointer_at = 184, .count_at = 180, .unit = 8},       // prog_tags
};
constexpr ArrayVia kTypesArrays[] = {
    {.pointer_at = 0, .count_at = 8, .unit = 1},                // btf
    {.pointer_at = 16, .count_at = 24, .unit = 1, .ending = 1}  // name
};

// Which of them a link has depends on its type, which the kernel tells only now.
constexpr ArrayVia kLinkArrays[] = {
    {.pointer_at = 16, .count_at = 24, .unit = 8},  // raw_tracepoint, iter: a name; kprobe_multi
    {.pointer_at = 16, .count_at = 48, .unit = 1},  // uprobe_multi: path, then its three arrays
    {.pointer_at = 24, .count_at = 32, .unit = 1},  // perf_event: a name
    {.pointer_at = 24, .count_at = 52, .unit = 8}, {.pointer_at = 32, .count_at = 52, .unit = 8},
    {.pointer_at = 40, .count_at = 24, .unit = 8},  // kprobe_multi: cookies
    {.pointer_at = 40, .count_at = 52, .unit = 8},
};

std::span<const ArrayVia> arrays_of(Kind kind) {
  switch (kind) {
    case Kind::kProgram:
      return kProgramArrays;
    case Kind::kTypes:
      return kTypesArrays;
    case Kind::kLink:
      return kLinkArrays;
    default:
      return {};
  }
}

std::vector<Region> info(const OutputSpec& spec, Address attributes, const MemoryReader& reader,
                         const BpfObjects& objects) {
  constexpr uint64_t kLengthAt = 4;
  constexpr uint64_t kPointerAt = 8;
  const BpfObject object = object_at(attributes, reader, objects);
  const auto length = reader.read_object<uint32_t>(attributes + kLengthAt);
  const auto pointer = reader.read_object<uint64_t>(attributes + kPointerAt);
  if (!length || !pointer) return {};
  const Address structure{*pointer};
  std::vector<Region> regions = {region_via(spec, attributes + kPointerAt, structure, *length)};
  const auto word = [&](uint32_t at) -> uint64_t {
    if (at + sizeof(uint32_t) > *length) return 0;
    return reader.read_object<uint32_t>(structure + at).value_or(0);
  };
  for (const ArrayVia& array : arrays_of(object.kind)) {
    if (array.pointer_at + sizeof(uint64_t) > *length) continue;
    const Address pointer_at = structure + array.pointer_at;
    const auto address = reader.read_object<uint64_t>(pointer_at);
    if (!address) continue;
    const uint64_t unit = array.unit_at == 0 ? array.unit : word(array.unit_at);
    Region region = region_via(spec, pointer_at, {*address}, word(array.count_at) * unit);
    if (object.kind != Kind::kLink) region.measure = Measure::kWord32;
    region.length_at = structure + array.count_at;
    region.unit = static_cast<uint32_t>(unit);
    region.prefix = array.ending;
    regions.push_back(region);
  }
  return regions;
}

}  // namespace

std::vector<Region> bpf_regions(const OutputSpec& spec, Address attributes,
                                const MemoryReader& reader, const BpfObjects& objects) {
  if (spec.shape == Shape::kBpfInfo) return info(spec, attributes, reader, objects);
  return part_of_map(spec, attributes, reader, objects);
}

}  // namespace rr::syscalls
