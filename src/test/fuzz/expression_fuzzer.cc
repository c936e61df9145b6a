// libFuzzer: any program of the expression machine comes to an end, without harm.
#include <cstdint>
#include <cstring>

#include "gdb/agent_expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const rr::gdb::AgentContext context{
      .read_register = [](size_t number) -> std::optional<uint64_t> {
        if (number > 100) return std::nullopt;
        return number * 0x9e3779b97f4a7c15;
      },
      .read_memory =
          [](rr::Address address, std::span<std::byte> out) {
            std::memset(out.data(), static_cast<int>(address.value & 0xff), out.size());
            return address.value % 3 != 0;
          }};
  (void)rr::gdb::evaluate_agent_expression({reinterpret_cast<const std::byte*>(data), size},
                                           context);
  return 0;
}
