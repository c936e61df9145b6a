// What the pointers among a call's arguments point to, for people: a table. What a call writes is
// described by its row as well (row.h), exactly but without meaning; here the meaning is all that
// counts, and a call without an entry is shown with bare pointers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "arch/arch.h"
#include "syscalls/row.h"
#include "util/bytes.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::syscalls {

enum class Pointee : uint8_t {
  kNone,
  kPath,         // ends with a zero byte
  kBuffer,       // `extra` is the argument with its length
  kFilled,       // as many bytes as the result says
  kIovec,        // `extra` is the argument with the count
  kIovecFilled,  // the same, filled by the call
  kMessage,      // msghdr
  kMessageFilled,
  kStrings,        // pointers to strings, ended by NULL
  kAddress,        // sockaddr; `extra` is the argument with its length
  kAddressFilled,  // `extra` is the argument that points to the length
  kEpollEvent,
  kEpollEventsFilled,  // as many as the result says
  kIntPair,
  kInt,
  kLong,
  kPollfds,  // `extra` is the argument with the count; revents belong to the result
  kRlimit,
  kSigaction,
  kSigset,
  kStat,
  kStatfs,
  kStatx,
  kTimespec,
  kTimespecPair,
  kTimeval,
  kTimevalPair,
  kUname,
  kWaitStatus,
  kSiginfo,
  kDirectory,  // entries of getdents64
};

// Whether the call reads it, so that it must be looked at before, or fills it in.
enum class Direction : uint8_t { kIn, kOut };

struct PointeeEntry {
  int32_t call;
  uint8_t argument;  // from 1
  Pointee kind;
  Direction direction;
  uint8_t extra = 0;  // an argument, from 1
};

// Of one call, in the order of the arguments; paths and names are not among them: the words "path"
// and "str" of the row say those.
std::span<const PointeeEntry> pointees_of(int32_t call);

struct MemoryPiece {
  Address address;
  Bytes bytes;
};

// At entry: what the call is going to read that a person wants to see, cut to a few dozen bytes a
// piece (paths are whole). At most `kMaxPieces` pieces.
inline constexpr size_t kMaxPieces = 24;
std::vector<MemoryPiece> shown_inputs(const Row& row, const SyscallArguments& call,
                                      const MemoryReader& memory);

// Which arguments are strings, as bits from bit 0.
uint32_t string_arguments(const Row& row);

}  // namespace rr::syscalls
