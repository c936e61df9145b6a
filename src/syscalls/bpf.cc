// bpf's commands. All take a union bpf_attr (include/uapi/linux/bpf.h, 6.12) at argument 2, whose
// fields the offsets name.
#include <cerrno>

#include "syscalls/kernel_types.h"
#include "syscalls/subcommands.h"

namespace rr::syscalls {
namespace {

using Attributes = kernel::BpfAttributes;

constexpr const char* kNotListed =
    "not in the table: answered as by a kernel that does not know it";
constexpr const char* kTracing =
    "programs that trace may write the memory of processes at any time, so none can be loaded";

// The union itself: lengths, counts and numbers are put into it, by some commands before they fail.
constexpr OutputSpec attributes() { return inout<Attributes>(2).on_error(); }
// What the verifier has to say, above all about a program that it refuses.
constexpr OutputSpec log(size_t offset, size_t size_offset) {
  return bytes_via<Attributes>(2, offset, size_offset).maybe().on_error();
}
constexpr OutputSpec keys(size_t offset) {
  return map_keys<Attributes>(2, offset, 36, 32).on_error();
}
constexpr OutputSpec values(size_t offset) {
  return map_values<Attributes>(2, offset, 36, 32).on_error();
}
constexpr OutputSpec numbers(size_t offset) {
  return array_via<Attributes, uint32_t>(2, offset, 24).on_error();
}

// clang-format off
constexpr Row kBpf[] = {
    {0, "BPF_MAP_CREATE", "", {}, Special::kBpf},
    {1, "BPF_MAP_LOOKUP_ELEM", "", {map_values<Attributes>(2, 16, 0, 0)}},
    {2, "BPF_MAP_UPDATE_ELEM", ""},
    {3, "BPF_MAP_DELETE_ELEM", ""},
    {4, "BPF_MAP_GET_NEXT_KEY", "", {map_keys<Attributes>(2, 16, 0, 0)}},
    {5, "BPF_PROG_LOAD", "", {attributes(), log(32, 28)}, Special::kBpf},
    {6, "BPF_OBJ_PIN", ""},
    {7, "BPF_OBJ_GET", ""},
    {8, "BPF_PROG_ATTACH", ""},
    {9, "BPF_PROG_DETACH", ""},
    {10, "BPF_PROG_TEST_RUN", "",
     {attributes(), bytes_via<Attributes>(2, 24, 12).on_error(), bytes_via<Attributes>(2, 56, 44).on_error()},
     Special::kBpf},
    {11, "BPF_PROG_GET_NEXT_ID", "", {attributes()}},
    {12, "BPF_MAP_GET_NEXT_ID", "", {attributes()}},
    {13, "BPF_PROG_GET_FD_BY_ID", ""},
    {14, "BPF_MAP_GET_FD_BY_ID", ""},
    {15, "BPF_OBJ_GET_INFO_BY_FD", "", {attributes(), bpf_info(2).on_error()}},
    {16, "BPF_PROG_QUERY", "", {attributes(), numbers(16), numbers(32), numbers(40), numbers(48)}},
    {17, "BPF_RAW_TRACEPOINT_OPEN", "", {}, refuse(EPERM, kTracing)},
    {18, "BPF_BTF_LOAD", "", {attributes(), log(8, 20)}},
    {19, "BPF_BTF_GET_FD_BY_ID", ""},
    {20, "BPF_TASK_FD_QUERY", "", {attributes(), bytes_via<Attributes>(2, 16, 12).maybe().on_error()}},
    {21, "BPF_MAP_LOOKUP_AND_DELETE_ELEM", "", {map_values<Attributes>(2, 16, 0, 0)}},
    {22, "BPF_MAP_FREEZE", ""},
    {23, "BPF_BTF_GET_NEXT_ID", "", {attributes()}},
    {24, "BPF_MAP_LOOKUP_BATCH", "", {attributes(), map_keys<Attributes>(2, 8, 36, 0).on_error(), keys(16), values(24)}},
    {25, "BPF_MAP_LOOKUP_AND_DELETE_BATCH", "",
     {attributes(), map_keys<Attributes>(2, 8, 36, 0).on_error(), keys(16), values(24)}},
    {26, "BPF_MAP_UPDATE_BATCH", "", {attributes()}},
    {27, "BPF_MAP_DELETE_BATCH", "", {attributes()}},
    {28, "BPF_LINK_CREATE", ""},
    {29, "BPF_LINK_UPDATE", ""},
    {30, "BPF_LINK_GET_FD_BY_ID", ""},
    {31, "BPF_LINK_GET_NEXT_ID", "", {attributes()}},
    {32, "BPF_ENABLE_STATS", ""},
    {33, "BPF_ITER_CREATE", ""},
    {34, "BPF_LINK_DETACH", ""},
    {35, "BPF_PROG_BIND_MAP", ""},
    {36, "BPF_TOKEN_CREATE", ""},
    {37, "BPF_PROG_STREAM_READ_BY_FD", "", {}, refuse(EINVAL, kNotListed)},
};
// clang-format on
static_assert(is_sorted_and_unique(kBpf));

constexpr Row kUnknownBpf{-1, "other commands", "", {}, refuse(EINVAL, kNotListed)};

}  // namespace

std::span<const Row> bpf_rows() { return kBpf; }
const Row& unknown_bpf(uint32_t) { return kUnknownBpf; }

}  // namespace rr::syscalls
