#include "tracee/low_page.h"

#include <sys/mman.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "tracee/remote_call.h"
#include "tracee/thread.h"
#include "util/error.h"

namespace rr::tracee {

AddressRange low_pages() { return {kLowPage, 2 * kernel::page_size()}; }

AddressRange argument_page() { return {kLowPage + kernel::page_size(), kernel::page_size()}; }

void install_low_pages(Thread& thread) {
  using namespace aarch64;
  const AddressRange pages = low_pages();
  // No such page yet: the first call is made from a borrowed instruction of the program itself.
  AddressSpace& space = thread.space();
  const Address borrowed = Arch::pc(thread.stopped().registers());
  std::array<std::byte, Arch::kSyscallInstructionSize> original;
  if (space.read(borrowed, original) != original.size()) {
    fail("cannot read the first instruction of the program", ExitCode::kUnavailable);
  }
  int64_t mapped = 0;
  space.write_all(borrowed, Arch::kSyscallInstruction);
  {
    RemoteCall remote(thread, RemoteCall::Via::kSyscallStops, borrowed);
    mapped =
        remote.call(kSysMmap, pages.start.value, pages.size, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, ~uint64_t{0}, 0);
  }
  space.write_all(borrowed, original);
  if (mapped != static_cast<int64_t>(pages.start.value)) {
    fail("cannot map the page at 0x7fff0000 that recording needs: the program has something there",
         ExitCode::kUnavailable);
  }
  space.write_all(kInjectedSyscall, Arch::kSyscallInstruction);
  space.write_all(kInjectedReturn, Arch::kBreakpoint);
  RemoteCall remote(thread, RemoteCall::Via::kSyscallStops);
  remote.must("protect the injected code page", kSysMprotect, pages.start.value,
              kernel::page_size(), PROT_READ | PROT_EXEC);
  remote.must("protect the argument page", kSysMprotect, argument_page().start.value,
              argument_page().size, PROT_READ | PROT_WRITE);
}

}  // namespace rr::tracee
