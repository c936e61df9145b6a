// Thread-local variables: qGetTLSAddr, and qSymbol, by which the server asks the client where
// libc says what its structures look like.
#include <array>

#include "arch/thread_storage.h"
#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

// In libc, for its own debugging library: size in bits, count and offset of link_map's l_tls_modid.
constexpr std::string_view kModuleField = "_thread_db_link_map_l_tls_modid";
struct FieldDescription {
  uint32_t bits = 0;
  uint32_t count = 0;
  uint32_t offset = 0;
};

template <typename T>
T read_or_fail(Session& session, Address address) {
  T object{};
  const Pid pid = session.general_pid();
  if (session.machine().read_memory(pid, address, writable_bytes_of(object)) != sizeof object) {
    fail("the thread's storage cannot be read: libc may not have set it up yet");
  }
  return object;
}

uint64_t module_number(Session& session, Address link_map) {
  constexpr uint64_t kProgramItself = 1;
  if (link_map == Address{}) return kProgramItself;
  const auto symbol = session.symbols.find(session.general_pid());
  if (symbol == session.symbols.end()) {
    fail("where thread-local variables lie is not known: libc has no symbol " +
         std::string(kModuleField) + " that the debugger finds");
  }
  const auto field = read_or_fail<FieldDescription>(session, symbol->second);
  const auto module = read_or_fail<uint64_t>(session, link_map + field.offset);
  if (module == 0) fail("this library has no thread-local variables");
  return module;
}

Address thread_pointer(Session& session, machine::TaskId task) {
  const auto set = session.machine().register_set(task, ThreadStorage::kPointerSet);
  if (!set || set->size() < sizeof(uint64_t)) fail("the thread pointer is not known");
  return {*object_from<uint64_t>(std::span(*set).first(sizeof(uint64_t)))};
}

}  // namespace

// `THREAD,offset,link_map`
Reply thread_variable_address(Session& session, std::string_view text) {
  Arguments arguments(text);
  const auto task = session.find_task(parse_tasks_or_fail(arguments.take_until(',')));
  if (!task) fail("no such thread");
  session.select(*task);
  const uint64_t offset = arguments.take_number(',');
  const uint64_t module = module_number(session, arguments.take_address(','));
  const Address vector{read_or_fail<uint64_t>(
      session, ThreadStorage::vector_pointer(thread_pointer(session, *task)))};
  const auto start = read_or_fail<uint64_t>(session, ThreadStorage::entry(vector, module));
  if (start == ThreadStorage::kUnallocated || start == 0) {
    fail("this thread has not used the library's thread-local variables yet");
  }
  return to_hex(start + offset);
}

// `:` says that there are new symbols to be asked for, `VALUE:NAME` answers.
Reply exchange_symbols(Session& session, std::string_view text) {
  Arguments arguments(text);
  const std::string_view value = arguments.take_until(':');
  const auto name = parse_hex_text(arguments.rest());
  const Pid pid = session.general_pid();
  if (name == kModuleField) {
    const auto address = parse_hex(value);
    if (address) session.symbols[pid] = Address{*address};
    return std::string(kOk);
  }
  if (session.symbols.contains(pid)) return std::string(kOk);
  return "qSymbol:" + to_hex_text(kModuleField);
}

}  // namespace rr::gdb
