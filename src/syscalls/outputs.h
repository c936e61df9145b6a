// From a row and real arguments to the memory that the call may write. plan() runs at entry and
// remembers what the call itself may overwrite (capacities, iovecs); outputs() runs at exit.
//
// To move a call's outputs to scratch memory, walk the regions in order, parents before children:
// give each kArgument and kPointer region `size` bytes of scratch, filled with what is at `address`
// (a call may write less than it could), and put the new address where the old one was: into the
// register, or at `pointer_at`, which lies in a region already moved. After the call copy each
// is_output region back; kInside regions moved with the region around them. Regions that are
// in_place stay.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "arch/arch.h"
#include "syscalls/row.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::syscalls {

// A piece of memory that a call writes, or that holds pointers to such pieces. Addresses are as the
// program gave them, with tag bits if it used any.
struct Region {
  enum class Held : uint8_t { kArgument, kPointer, kInside };
  enum class Measure : uint8_t { kAll, kNothing, kResult, kWord32, kWord64 };

  Address address;
  uint64_t size = 0;
  // Where its address stands: in an argument, in memory at pointer_at, or nowhere (kInside).
  Held held = Held::kArgument;
  uint8_t argument = 0;
  Address pointer_at;
  bool is_output = true;
  bool is_in_place = false;
  uint8_t when = kOnSuccess;

  // Bytes surely written: measure * unit + prefix - before, within 0 and size, if the result is
  // above `gate`.
  Measure measure = Measure::kAll;
  uint32_t unit = 1;
  uint32_t prefix = 0;
  uint64_t before = 0;
  Address length_at;
  int32_t gate = -1;
};

// A list that allocates only beyond the few regions of an ordinary call.
class RegionList {
 public:
  void push_back(const Region& region);
  std::span<const Region> view() const;
  bool empty() const { return count_ == 0; }

 private:
  std::array<Region, kMaxOutputs> first_{};
  size_t count_ = 0;
  std::vector<Region> all_;  // used once first_ is full
};

// What a descriptor stands for, as far as it decides how much bpf writes.
struct BpfObject {
  enum class Kind : uint8_t { kNone, kMap, kProgram, kTypes, kLink };
  Kind kind = Kind::kNone;
  // Of a map, in bytes: as one lookup reads and writes them.
  uint64_t key_size = 0;
  uint64_t value_size = 0;
};
using BpfObjects = std::function<BpfObject(int32_t fd)>;

struct Plan {
  const Row* row = nullptr;  // the resolved one
  RegionList regions;
};

// A range of memory after the call.
struct Output {
  Address address;
  uint64_t written = 0;   // what the result says is surely written
  uint64_t possible = 0;  // what may have changed: a short result and -EFAULT do not tell
  bool in_place = false;
  // The result, or a length that the kernel wrote, tells `written`; otherwise it is a lower bound.
  bool is_counted = false;

  bool operator==(const Output&) const = default;
};

// At entry. Reads memory only for rows whose capacities lie there, and asks for descriptors'
// objects only for bpf's.
Plan plan(const Row& row, const SyscallArguments& call, const MemoryReader& reader,
          const BpfObjects& objects = {});

// At exit, with the kernel's result (-errno on failure, the restart codes included). Appends.
void outputs(const Plan& plan, int64_t result, const MemoryReader& reader,
             std::vector<Output>& out);

// Both at once, for calls whose inputs are still what they were at entry.
void outputs(const Row& row, const SyscallArguments& entry, int64_t result,
             const MemoryReader& reader, std::vector<Output>& out);

// What process_vm_writev may write in the other process: ranges of that process's memory.
std::vector<AddressRange> remote_iovec(const SyscallArguments& call, const MemoryReader& reader);

// -EINTR and what becomes of it: the codes by which the kernel tells itself to restart a call.
bool is_interruption(int64_t result);
bool is_error(int64_t result);

}  // namespace rr::syscalls
