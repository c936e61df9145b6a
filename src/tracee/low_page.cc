#include "tracee/low_page.h"

#include <sys/mman.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "tracee/remote_call.h"
#include "tracee/thread.h"
#include "util/error.h"

namespace rr::tracee {

namespace {

constexpr uint64_t kScratchStart = 128 * 1024;  // behind both pages, whatever a page is
constexpr uint64_t kSizeOfAll = kClockBuffer - kLowPage + 64 * 1024;  // 64 KiB: the largest page
static_assert(kLowPage + kScratchStart + kScratchAreas * kScratchSize == kClockBuffer);

}  // namespace

AddressRange low_pages() { return {kLowPage, kSizeOfAll}; }

AddressRange clock_code() { return {kClockCode, sizeof(aarch64::ClockCode)}; }

AddressRange scratch_area(uint32_t index) {
  if (index >= kScratchAreas) return {};
  return {kLowPage + kScratchStart + index * kScratchSize, kScratchSize};
}

AddressRange argument_page() { return {kLowPage + kernel::page_size(), kernel::page_size()}; }

void install_low_pages(Thread& thread, aarch64::ClockSource clock) {
  using namespace aarch64;
  const AddressRange pages = low_pages();
  // No such page yet: the first calls are made from a borrowed instruction of the program itself.
  AddressSpace& space = thread.space();
  const Address borrowed = Arch::pc(thread.stopped().registers());
  std::array<std::byte, Arch::kSyscallInstructionSize> original;
  if (space.read(borrowed, original) != original.size()) {
    fail("cannot read the first instruction of the program", ExitCode::kUnavailable);
  }
  int64_t mapped = 0;
  int64_t is_protected = 0;
  space.write_all(borrowed, Arch::kSyscallInstruction);
  {
    RemoteCall remote(thread, RemoteCall::Via::kSyscallStops, borrowed);
    mapped = remote.call(kSysMmap, pages.start.value, pages.size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
                         ~uint64_t{0}, 0);
    is_protected =
        remote.call(kSysMprotect, pages.start.value, kernel::page_size(), PROT_READ | PROT_EXEC);
  }
  space.write_all(borrowed, original);
  if (mapped != static_cast<int64_t>(pages.start.value) || is_protected != 0) {
    fail("cannot map the pages at 0x7fff0000 that recording needs: the program has something there",
         ExitCode::kUnavailable);
  }
  space.write_all(kInjectedSyscall, Arch::kSyscallInstruction);
  space.write_all(kInjectedReturn, Arch::kBreakpoint);
  space.write_all(kClockCode, bytes_of(clock_code(kClockBuffer, clock)));
}

}  // namespace rr::tracee
