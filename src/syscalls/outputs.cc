#include "syscalls/outputs.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "syscalls/bpf_outputs.h"
#include "syscalls/kernel_types.h"
#include "syscalls/table.h"
#include "util/check.h"

namespace rr::syscalls {
namespace {

using Held = Region::Held;
using Measure = Region::Measure;

// The codes that the kernel keeps to itself, and to tracers (include/linux/errno.h).
constexpr int64_t kRestartSys = 512;
constexpr int64_t kRestartNoIntr = 513;
constexpr int64_t kRestartNoHand = 514;
constexpr int64_t kRestartBlock = 516;

// Pages of 4 KiB are the smallest, of 64 KiB the largest that the CPU has.
constexpr uint64_t kSmallestPage = 4096;
constexpr uint64_t kLargestPage = 65536;

uint64_t saturating_multiply(uint64_t a, uint64_t b) {
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t saturating_add(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

// Turns one row and its arguments into regions.
class Planner {
 public:
  Planner(const SyscallArguments& call, const MemoryReader& reader, RegionList& regions,
          const BpfObjects& objects = {})
      : call_(call), reader_(reader), regions_(regions), objects_(objects) {}

  void add(const OutputSpec& spec);

 private:
  uint64_t value(Argument argument) const {
    CHECK(argument.number >= 1 && argument.number <= 6) << "in a row of call " << call_.number;
    const uint64_t full = call_.args[argument.number - 1];
    return argument.is_low_half ? static_cast<uint32_t>(full) : full;
  }
  // Nothing where the flags cannot be read: then the call fails.
  std::optional<uint64_t> flags(const OutputSpec& spec) const {
    if (spec.shape != Shape::kObjectVia) return call_.args[0];
    return reader_.read_object<uint64_t>({value(spec.pointer)});
  }
  // A null pointer gets nothing, and no region goes past the end of the address space.
  void push(Region region) {
    if (region.address.value == 0 || region.size == 0) return;
    region.size = std::min(region.size, UINT64_MAX - region.address.value);
    regions_.push_back(region);
  }
  Region at_argument(const OutputSpec& spec, uint64_t size) const;
  Region within(Address address, uint64_t size) const;
  // Something whose address stands in memory; nothing if that cannot be read.
  std::optional<Region> at_pointer(const OutputSpec& spec, Address pointer_at, uint64_t size) const;
  void push_structure(Address address, uint64_t size, uint8_t argument);

  void add_length_at(const OutputSpec& spec);
  void add_via(const OutputSpec& spec);
  void add_trailing(const OutputSpec& spec);
  void add_iovecs(Address address, uint64_t count, Region like);
  void add_message(const OutputSpec& spec, Address header, Region result);
  void add_messages(const OutputSpec& spec);

  const SyscallArguments& call_;
  const MemoryReader& reader_;
  RegionList& regions_;
  const BpfObjects& objects_;
};

Region Planner::at_argument(const OutputSpec& spec, uint64_t size) const {
  Region region;
  region.address = {value(spec.pointer)};
  region.size = std::min(size, spec.limit);
  region.argument = spec.pointer.number;
  region.is_in_place = spec.is_in_place;
  region.when = spec.when;
  region.unit = spec.unit;
  region.prefix = spec.prefix;
  switch (spec.sure) {
    case Sure::kAll:
      region.measure = Measure::kAll;
      break;
    case Sure::kResult:
      region.measure = Measure::kResult;
      break;
    case Sure::kNothing:
      region.measure = Measure::kNothing;
      break;
  }
  return region;
}

Region Planner::within(Address address, uint64_t size) const {
  Region region;
  region.address = address;
  region.size = size;
  region.held = Held::kInside;
  return region;
}

std::optional<Region> Planner::at_pointer(const OutputSpec& spec, Address pointer_at,
                                          uint64_t size) const {
  const auto pointer = reader_.read_object<uint64_t>(pointer_at);
  if (!pointer) return std::nullopt;
  Region region = at_argument(spec, size);
  region.address = {*pointer};
  region.held = Held::kPointer;
  region.argument = 0;
  region.prefix = 0;
  region.pointer_at = pointer_at;
  return region;
}

void Planner::push_structure(Address address, uint64_t size, uint8_t argument) {
  Region region;
  region.address = address;
  region.size = size;
  region.argument = argument;
  region.is_output = false;
  push(region);
}

void Planner::add_length_at(const OutputSpec& spec) {
  const Address length_at{value(spec.count)};
  const auto length = reader_.read_object<int32_t>(length_at);
  if (!length || (*length <= 0 && !spec.is_length_unsigned)) return;  // negative: EINVAL
  Region region = at_argument(spec, uint64_t{static_cast<uint32_t>(*length)} * spec.unit);
  if (spec.sure != Sure::kNothing) region.measure = Measure::kWord32;
  region.length_at = length_at;
  push(region);
}

void Planner::add_via(const OutputSpec& spec) {
  const Address structure{value(spec.pointer)};
  uint64_t size = spec.unit;
  if (spec.shape == Shape::kBytesVia) {
    const auto length = reader_.read_object<uint32_t>(structure + spec.length_offset);
    if (!length || *length > INT32_MAX) return;
    size = uint64_t{*length} * spec.unit;
  }
  auto region = at_pointer(spec, structure + spec.offset, size);
  if (!region) return;
  if (regions_.empty())  // the structure moves with what it points to
    push_structure(structure, spec.prefix, spec.pointer.number);
  if (spec.shape == Shape::kBytesVia && spec.sure == Sure::kAll) {
    region->measure = Measure::kWord32;
    region->length_at = structure + spec.length_offset;
  }
  push(*region);
}

void Planner::add_trailing(const OutputSpec& spec) {
  const Address head{value(spec.pointer)};
  uint64_t count = 0;
  if (spec.length_offset == sizeof(uint16_t)) {
    const auto found = reader_.read_object<uint16_t>(head + spec.offset);
    if (!found) return;
    count = *found;
  } else {
    const auto found = reader_.read_object<uint32_t>(head + spec.offset);
    if (!found) return;
    count = *found;
  }
  push(at_argument(spec, saturating_add(spec.prefix, saturating_multiply(count, spec.unit))));
}

// The kernel refuses the whole call for a length above the signed range, and cuts the sum.
void Planner::add_iovecs(Address address, uint64_t count, Region like) {
  if (count == 0 || count > kMaxIovecs) return;
  std::vector<kernel::Iovec> iovecs(count);
  const auto space = std::as_writable_bytes(std::span(iovecs));
  if (reader_.read(address, space) != space.size()) return;
  const bool is_valid = std::all_of(iovecs.begin(), iovecs.end(),
                                    [](const auto& v) { return v.length <= INT64_MAX; });
  if (!is_valid) return;
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    like.address = {iovecs[i].base};
    like.size = std::min(iovecs[i].length, kMaxTransfer - sum);
    like.held = Held::kPointer;
    like.pointer_at = address + i * sizeof(kernel::Iovec);
    like.before = sum;
    push(like);
    sum += like.size;
  }
}

// What recvmsg writes: the name, the control data and their lengths, the flags, the buffers.
// `result` says how the buffers' filling is measured.
void Planner::add_message(const OutputSpec& spec, Address header, Region result) {
  using kernel::Msghdr;
  const auto message = reader_.read_object<Msghdr>(header);
  if (!message) return;

  Region lengths = within(header + offsetof(Msghdr, name_length), sizeof(uint32_t));
  lengths.gate = result.gate;
  push(lengths);
  lengths.address = header + offsetof(Msghdr, control_length);
  lengths.size = sizeof(uint64_t) + sizeof(uint32_t);
  push(lengths);

  Region name = result;
  name.held = Held::kPointer;
  name.address = {message->name};
  name.pointer_at = header + offsetof(Msghdr, name);
  name.size = std::min<uint64_t>(message->name_length, 128);  // struct sockaddr_storage
  name.measure = Measure::kWord32;
  name.length_at = header + offsetof(Msghdr, name_length);
  push(name);

  Region control = name;
  control.address = {message->control};
  control.pointer_at = header + offsetof(Msghdr, control);
  control.size = std::min<uint64_t>(message->control_length, INT32_MAX);
  control.measure = Measure::kWord64;
  control.length_at = header + offsetof(Msghdr, control_length);
  push(control);

  if (message->iov_count == 0 || message->iov_count > kMaxIovecs) return;
  Region array = within({message->iov}, message->iov_count * sizeof(kernel::Iovec));
  array.held = Held::kPointer;
  array.pointer_at = header + offsetof(Msghdr, iov);
  array.is_output = false;
  push(array);
  result.when = spec.when;
  add_iovecs({message->iov}, message->iov_count, result);
}

void Planner::add_messages(const OutputSpec& spec) {
  using kernel::Mmsghdr;
  const Address first{value(spec.pointer)};
  const uint64_t count = std::min(value(spec.count), kMaxIovecs);
  push_structure(first, count * sizeof(Mmsghdr), spec.pointer.number);
  for (uint64_t i = 0; i < count; ++i) {
    const Address header = first + i * sizeof(Mmsghdr);
    Region result;
    result.gate = static_cast<int32_t>(i);
    result.measure = Measure::kWord32;
    result.length_at = header + offsetof(Mmsghdr, length);
    add_message(spec, header, result);
    Region length = within(result.length_at, sizeof(uint32_t));
    length.gate = result.gate;
    push(length);
  }
}

void Planner::add(const OutputSpec& spec) {
  if (spec.flags != 0 && (flags(spec).value_or(0) & spec.flags) != spec.flags) return;
  switch (spec.shape) {
    case Shape::kObject:
      return push(at_argument(spec, spec.unit));
    case Shape::kArray: {
      const uint64_t size = saturating_multiply(value(spec.count), spec.unit);
      Region region = at_argument(spec, size);
      region.size = saturating_add(region.size, spec.prefix);
      return push(region);
    }
    case Shape::kBytesLenAt:
      return add_length_at(spec);
    case Shape::kBits: {
      const uint64_t count = value(spec.count);
      if (spec.count.is_low_half && count > INT32_MAX) return;  // negative: EINVAL
      Region region = at_argument(spec, (count / 64 + (count % 64 != 0)) * 8);
      // The process's limit on descriptors, at least 64, may cut the sets.
      if (region.measure == Measure::kAll && region.size > 8) region.measure = Measure::kNothing;
      return push(region);
    }
    case Shape::kPages: {
      const uint64_t length = value(spec.count);
      Region region = at_argument(spec, length / kSmallestPage + (length % kSmallestPage != 0));
      if (length > kSmallestPage && length / kLargestPage != length / kSmallestPage)
        region.measure = Measure::kNothing;
      return push(region);
    }
    case Shape::kIovec: {
      const Address address{value(spec.pointer)};
      const uint64_t count = value(spec.count);
      if (count > kMaxIovecs) return;  // EINVAL
      push_structure(address, count * sizeof(kernel::Iovec), spec.pointer.number);
      Region like = at_argument(spec, 0);
      like.argument = 0;
      return add_iovecs(address, count, like);
    }
    case Shape::kMsghdr: {
      const Address header{value(spec.pointer)};
      push_structure(header, sizeof(kernel::Msghdr), spec.pointer.number);
      Region result;
      result.measure = Measure::kResult;
      return add_message(spec, header, result);
    }
    case Shape::kMmsghdr:
      return add_messages(spec);
    case Shape::kObjectVia:
    case Shape::kBytesVia:
      return add_via(spec);
    case Shape::kTrailing:
      return add_trailing(spec);
    case Shape::kIoctlSize:
      return push(at_argument(spec, (value(spec.count) >> 16) & 0x3fff));
    case Shape::kBpfPart:
    case Shape::kBpfInfo:
      for (const Region& region : bpf_regions(spec, {value(spec.pointer)}, reader_, objects_)) {
        push(region);
      }
      return;
  }
}

uint64_t measured(const Region& region, int64_t result, const MemoryReader& reader) {
  if (result <= region.gate) return 0;
  uint64_t count = 0;
  switch (region.measure) {
    case Measure::kAll:
      return region.size;
    case Measure::kNothing:
      return 0;
    case Measure::kResult:
      count = static_cast<uint64_t>(result);
      break;
    case Measure::kWord32:
      count = reader.read_object<uint32_t>(region.length_at).value_or(0);
      break;
    case Measure::kWord64:
      count = reader.read_object<uint64_t>(region.length_at).value_or(0);
      break;
  }
  const uint64_t bytes = saturating_add(saturating_multiply(count, region.unit), region.prefix);
  return bytes <= region.before ? 0 : std::min(bytes - region.before, region.size);
}

}  // namespace

void RegionList::push_back(const Region& region) {
  if (count_ < first_.size()) {
    first_[count_] = region;
  } else {
    if (all_.empty()) all_.assign(first_.begin(), first_.end());
    all_.push_back(region);
  }
  ++count_;
}

std::span<const Region> RegionList::view() const {
  return all_.empty() ? std::span(first_).first(count_) : std::span(all_);
}

bool is_error(int64_t result) { return result < 0 && result >= -4095; }

bool is_interruption(int64_t result) {
  switch (-result) {
    case EINTR:
    case kRestartSys:
    case kRestartNoIntr:
    case kRestartNoHand:
    case kRestartBlock:
      return true;
    default:
      return false;
  }
}

Plan plan(const Row& row, const SyscallArguments& call, const MemoryReader& reader,
          const BpfObjects& objects) {
  Plan made;
  made.row = &resolve(row, call);
  Planner planner(call, reader, made.regions, objects);
  for (size_t i = 0; i < made.row->output_count; ++i) planner.add(made.row->output_specs[i]);
  return made;
}

void outputs(const Plan& plan, int64_t result, const MemoryReader& reader,
             std::vector<Output>& out) {
  const bool failed = is_error(result);
  const uint8_t reached = !failed ? (result > 0 ? kOnSuccess | kOnPositive : kOnSuccess)
                          : is_interruption(result) ? kInterrupted
                          : result == -EFAULT       ? 0xff
                          : result == -EINVAL       ? kOnOtherErrors | kOnInvalid
                                                    : kOnOtherErrors;
  for (const Region& region : plan.regions.view()) {
    if (!region.is_output || (region.when & reached) == 0) continue;
    const uint64_t written = failed ? 0 : measured(region, result, reader);
    const bool is_counted = !failed && region.measure != Region::Measure::kNothing;
    out.push_back({region.address, written, region.size, region.is_in_place, is_counted});
  }
}

void outputs(const Row& row, const SyscallArguments& entry, int64_t result,
             const MemoryReader& reader, std::vector<Output>& out) {
  outputs(plan(row, entry, reader), result, reader, out);
}

std::vector<AddressRange> remote_iovec(const SyscallArguments& call, const MemoryReader& reader) {
  RegionList regions;
  Planner(call, reader, regions).add(iovec(4, 5));
  std::vector<AddressRange> ranges;
  for (const Region& region : regions.view()) {
    if (region.is_output) ranges.push_back({region.address, region.size});
  }
  return ranges;
}

}  // namespace rr::syscalls
