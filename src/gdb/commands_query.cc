// What the two sides can do, and the tables that gdb reads in parts: qSupported qAttached qXfer.
#include <algorithm>
#include <array>

#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "gdb/svr4_libraries.h"
#include "gdb/xml_text.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

struct ClientFeature {
  std::string_view name;
  bool ClientFeatures::*flag;
};
constexpr std::array kClientFeatures = std::to_array<ClientFeature>({
    {"multiprocess+", &ClientFeatures::multiprocess},
    {"swbreak+", &ClientFeatures::software_break},
    {"hwbreak+", &ClientFeatures::hardware_break},
    {"fork-events+", &ClientFeatures::fork_events},
    {"vfork-events+", &ClientFeatures::vfork_events},
    {"error-message+", &ClientFeatures::error_messages},
    {"exec-events+", &ClientFeatures::exec_events},
});

constexpr std::string_view kServerFeatures =
    "QStartNoAckMode+;multiprocess+;swbreak+;hwbreak+;vContSupported+;ConditionalBreakpoints+;"
    "QPassSignals+;QProgramSignals+;QCatchSyscalls+;fork-events+;vfork-events+;exec-events+;binary-"
    "upload+;"
    "qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+;qXfer:siginfo:read+;qXfer:siginfo:"
    "write+;"
    "qXfer:threads:read+;qXfer:libraries-svr4:read+;qXfer:memory-map:read+;"
    "ReverseContinue+;ReverseStep+";

// Each byte of a part may need an escape.
constexpr uint64_t kMaxPart = kMaxPacketSize / 2 - 16;

std::string text_of(std::span<const std::byte> bytes) {
  std::string text;
  for (std::byte b : bytes) text += static_cast<char>(b);
  return text;
}

std::string features_table(Session& session, std::string_view annex) {
  if (annex != "target.xml") fail("there is no such annex");
  return session.target().xml();
}

std::string auxiliary_vector_table(Session& session, std::string_view) {
  return text_of(session.machine().auxiliary_vector(session.general_pid()));
}

std::string executable_table(Session& session, std::string_view annex) {
  Pid pid = session.general_pid();
  if (!annex.empty()) {
    const auto number = parse_hex(annex);
    if (!number || *number > 0x7fffffff) fail_malformed("a process id is missing");
    pid = Pid{static_cast<int32_t>(*number)};
  }
  if (!session.attached.contains(pid)) fail("no such process");
  return session.machine().executable(pid);
}

std::string signal_table(Session& session, std::string_view) {
  if (session.diverted && session.diverted->signal_info) {
    return text_of(*session.diverted->signal_info);
  }
  const auto* reason = std::get_if<machine::Reason>(&session.last_report.what);
  const auto* signal = reason == nullptr ? nullptr : std::get_if<machine::SignalReceived>(reason);
  if (signal == nullptr || session.last_report.task != session.selected) {
    fail("the thread has not stopped for a signal");
  }
  return text_of(signal->info);
}

std::string library_table(Session& session, std::string_view) {
  return libraries_xml(loaded_libraries(session.machine(), session.general_pid()));
}

// gdb keeps this table, while mappings come and go: so all that user space can be is memory, and
// what is not mapped is found out by reading.
std::string memory_table(Session&, std::string_view) {
  return "<?xml version=\"1.0\"?>\n<memory-map>\n<memory type=\"ram\" start=\"0x0\" "
         "length=\"0x100000000000000\"/>\n</memory-map>\n";
}

std::string thread_table(Session& session, std::string_view) {
  std::string xml = "<?xml version=\"1.0\"?>\n<threads>\n";
  for (const machine::TaskInfo& task : session.visible_tasks()) {
    xml += "<thread id=\"" + format_task(task.id, session.id_syntax()) + "\" name=\"" +
           quoted_for_xml(task.name) + "\"/>\n";
  }
  return xml + "</threads>\n";
}

struct Table {
  std::string_view name;
  std::string (*make)(Session& session, std::string_view annex);
};
constexpr std::array kTables = std::to_array<Table>({
    {"auxv", auxiliary_vector_table},
    {"exec-file", executable_table},
    {"features", features_table},
    {"libraries-svr4", library_table},
    {"memory-map", memory_table},
    {"siginfo", signal_table},
    {"threads", thread_table},
});

}  // namespace

Reply negotiate(Session& session, std::string_view text) {
  session.client = {};
  Arguments arguments(text);
  while (!arguments.is_empty()) {
    const std::string_view word = arguments.take_until(';');
    const auto row = std::ranges::find(kClientFeatures, word, &ClientFeature::name);
    if (row != kClientFeatures.end()) session.client.*(row->flag) = true;
  }
  return "PacketSize=" + to_hex(kMaxPacketSize) + ";" + std::string(kServerFeatures);
}

Reply stop_acknowledging(Session& session, std::string_view) {
  session.link().stop_acknowledging();
  return std::string(kOk);
}

Reply agree(Session&, std::string_view) { return std::string(kOk); }

// 1: leaving the debugger detaches rather than kills, so the replay is not asked about.
Reply is_attached(Session&, std::string_view) { return "1"; }

namespace {

// `siginfo:write::0:BYTES`: a debugger puts back what there was before a function that it has
// called, or its user wants it otherwise. In the replay it is what it was.
Reply write_signal(Session& session, std::string_view text) {
  Arguments arguments(text);
  (void)arguments.take_until(':');
  const auto offset = static_cast<size_t>(arguments.take_number(':'));
  const std::string_view bytes = arguments.rest();
  const auto part = std::as_bytes(std::span(bytes));
  if (session.diverted) {
    if (offset == 0) session.diverted->signal_info = Bytes(part.begin(), part.end());
    return to_hex(bytes.size());
  }
  const std::string whole = signal_table(session, "");
  if (offset > whole.size() || whole.compare(offset, bytes.size(), bytes) != 0) {
    fail("the program gets the signal that was recorded: what it tells cannot be changed");
  }
  return to_hex(bytes.size());
}

}  // namespace

// `features:read:target.xml:0,ffb`
Reply transfer(Session& session, std::string_view text) {
  Arguments arguments(text);
  const auto table = std::ranges::find(kTables, arguments.take_until(':'), &Table::name);
  if (table == kTables.end()) return "";
  const std::string_view verb = arguments.take_until(':');
  if (verb == "write" && table->name == "siginfo") return write_signal(session, arguments.rest());
  if (verb != "read") return "";
  const std::string_view annex = arguments.take_until(':');
  const uint64_t offset = arguments.take_number(',');
  const uint64_t size = std::min(arguments.take_number(','), kMaxPart);
  const std::string whole = table->make(session, annex);
  if (offset > whole.size()) fail("the offset is behind the end");
  const std::string part = whole.substr(static_cast<size_t>(offset), static_cast<size_t>(size));
  return (offset + part.size() < whole.size() ? "m" : "l") + part;
}

Reply enable_error_strings(Session& session, std::string_view) {
  session.client.error_strings = true;
  return std::string(kOk);
}

}  // namespace rr::gdb
