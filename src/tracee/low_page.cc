#include "tracee/low_page.h"

#include <cerrno>
#include <sys/mman.h>
#include <sys/resource.h>
#include <vector>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "tracee/remote_call.h"
#include "tracee/thread.h"
#include "util/error.h"

namespace rr::tracee {

namespace {

// Behind both pages, whatever a page is.
constexpr Address kStreaming = kLowPage + 128 * 1024;
constexpr uint64_t kStreamingSize = 128 * 1024;
constexpr Address kScratch = kStreaming + kStreamingSize;
constexpr uint64_t kScratchSize = kClockBuffer - kScratch;
constexpr uint64_t kSizeOfAll = kClockBuffer - kLowPage + 64 * 1024;  // 64 KiB: the largest page
// Of what a process may have, the scratch memory takes no more than this part.
constexpr uint64_t kScratchShare = 16;

std::vector<AddressRange> parts_of_low_pages(ScratchAreas scratch) {
  if (scratch == ScratchAreas::kMapped) return {low_pages()};
  return {{kLowPage, 2 * kernel::page_size()},
          {kClockBuffer, kernel::page_up(aarch64::kClockBufferSize)}};
}

int64_t map_low_pages(RemoteCall& remote, ScratchAreas scratch) {
  using namespace aarch64;
  for (const AddressRange& part : parts_of_low_pages(scratch)) {
    const int64_t mapped = remote.call(
        kSysMmap, part.start.value, part.size, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, ~uint64_t{0}, 0);
    if (mapped != static_cast<int64_t>(part.start.value)) return mapped;
  }
  return remote.call(kSysMprotect, kLowPage.value, kernel::page_size(), PROT_READ | PROT_EXEC);
}

}  // namespace

AddressRange low_pages() { return {kLowPage, kSizeOfAll}; }

AddressRange clock_code() { return {kClockCode, sizeof(aarch64::ClockCode)}; }

AddressRange scratch_memory() { return {kScratch, kScratchSize}; }

AddressRange streaming_area() { return {kStreaming, kStreamingSize}; }

AddressRange argument_page() { return {kLowPage + kernel::page_size(), kernel::page_size()}; }

ScratchAreas affordable_scratch(Tid real) {
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    if (::prlimit(real.value, resource, nullptr, &limit) != 0) continue;
    if (limit.rlim_cur / kScratchShare < kStreamingSize + kScratchSize)
      return ScratchAreas::kLeftOut;
  }
  return ScratchAreas::kMapped;
}

void install_low_pages(Thread& thread, aarch64::ClockSource clock, ScratchAreas scratch) {
  using namespace aarch64;
  // No such page yet: the first calls are made from a borrowed instruction of the program itself.
  AddressSpace& space = thread.space();
  const Address borrowed = Arch::pc(thread.stopped().registers());
  std::array<std::byte, Arch::kSyscallInstructionSize> original;
  if (space.read(borrowed, original) != original.size()) {
    fail("cannot read the first instruction of the program", ExitCode::kUnavailable);
  }
  int64_t result = 0;
  space.write_all(borrowed, Arch::kSyscallInstruction);
  {
    RemoteCall remote(thread, RemoteCall::Via::kSyscallStops, borrowed);
    result = map_low_pages(remote, scratch);
  }
  space.write_all(borrowed, original);
  if (result == -ENOMEM) {
    fail(
        "cannot map the pages at 0x7fff0000 that recording needs: the limits of the program's "
        "memory leave no room",
        ExitCode::kUnavailable);
  }
  if (result != 0) {
    fail("cannot map the pages at 0x7fff0000 that recording needs: the program has something there",
         ExitCode::kUnavailable);
  }
  space.write_all(kInjectedSyscall, Arch::kSyscallInstruction);
  space.write_all(kInjectedReturn, Arch::kBreakpoint);
  space.write_all(kClockCode, bytes_of(clock_code(kClockBuffer, clock)));
}

}  // namespace rr::tracee
