// What lldb asks beyond gdb's packets (its docs/lldb-gdb-remote.txt).
#include <algorithm>

#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "gdb/json_text.h"
#include "gdb/stop_reply.h"
#include "gdb/svr4_libraries.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

std::string host_triple() {
  return to_hex_text(std::string(TargetDescription::kArchitecture) + "-unknown-linux-gnu");
}

std::string permissions_of(const machine::MappingInfo& mapping) {
  std::string text;
  if ((mapping.protection & 1) != 0) text += 'r';
  if ((mapping.protection & 2) != 0) text += 'w';
  if ((mapping.protection & 4) != 0) text += 'x';
  return text;
}

std::string region(Address start, uint64_t size) {
  return "start:" + to_hex(start.value) + ";size:" + to_hex(size) + ";";
}

machine::TaskId task_or_fail(Session& session, std::string_view text) {
  const auto task = session.find_task(parse_tasks_or_fail(text));
  if (!task) fail("no such thread");
  return *task;
}

std::string registers_object(Session& session, machine::TaskId task) {
  std::string json;
  for (const size_t number : TargetDescription::kExpedited) {
    const auto value = session.read_register(task, number);
    if (!value) continue;
    if (!json.empty()) json += ",";
    json += "\"" + std::to_string(number) + "\":\"" + to_hex(*value) + "\"";
  }
  return "{" + json + "}";
}

}  // namespace

Reply describe_host(Session&, std::string_view) {
  return "triple:" + host_triple() +
         ";ptrsize:8;endian:little;watchpoint_exceptions_received:after;os_build:;";
}

Reply describe_process(Session& session, std::string_view) {
  return "pid:" + to_hex(static_cast<uint64_t>(session.general_pid().value)) +
         ";parent-pid:1;real-uid:0;real-gid:0;effective-uid:0;effective-gid:0;triple:" +
         host_triple() + ";ostype:linux;endian:little;ptrsize:8;";
}

// From the thread suffix on, the client is lldb: it is told of watchpoints behind the access, and
// why a thread stands still in a word.
Reply accept_thread_suffix(Session& session, std::string_view) {
  session.client.is_lldb = true;
  return std::string(kOk);
}

Reply list_threads_in_stops(Session& session, std::string_view) {
  session.client.threads_in_stops = true;
  return std::string(kOk);
}

Reply describe_register(Session& session, std::string_view text) {
  const auto number = parse_hex(text);
  const auto& rows = session.target().registers();
  if (!number || *number >= rows.size()) return "E45";  // how the list ends
  uint64_t offset = 0;
  for (size_t i = 0; i < *number; ++i) offset += rows[i].size;
  const TargetRegister& row = rows[static_cast<size_t>(*number)];
  const bool is_vector = row.size > sizeof(uint64_t);
  std::string reply =
      "name:" + row.name + ";bitsize:" + std::to_string(row.size * 8) +
      ";offset:" + std::to_string(offset) +
      (is_vector ? ";encoding:vector;format:vector-uint8" : ";encoding:uint;format:hex") +
      ";set:" + (row.note == TargetDescription::kGeneralSet ? "General" : "Other") + " Registers;";
  if (const auto generic = TargetDescription::generic_name(static_cast<size_t>(*number))) {
    reply += "generic:" + std::string(*generic) + ";";
  }
  return reply;
}

// The mapping that holds the address, or the gap.
Reply describe_memory_region(Session& session, std::string_view text) {
  const auto number = parse_hex(text);
  if (!number) fail_malformed("the address is missing");
  const Address address{*number};
  Address gap_start;
  auto mappings = session.machine().mappings(session.general_pid());
  std::ranges::sort(mappings, {}, [](const machine::MappingInfo& m) { return m.range.start; });
  for (const machine::MappingInfo& mapping : mappings) {
    if (mapping.range.contains(address)) {
      std::string reply = region(mapping.range.start, mapping.range.size) +
                          "permissions:" + permissions_of(mapping) + ";";
      if (!mapping.name.empty()) reply += "name:" + to_hex_text(mapping.name) + ";";
      return reply;
    }
    if (mapping.range.start > address) {
      return region(gap_start, mapping.range.start - gap_start);
    }
    gap_start = mapping.range.end();
  }
  return region(gap_start, uint64_t{0} - gap_start.value);
}

Reply describe_all_threads(Session& session, std::string_view) {
  std::string json;
  for (const machine::TaskInfo& task : session.visible_tasks()) {
    if (!json.empty()) json += ",";
    json += "{\"tid\":" + std::to_string(task.id.tid.value) +
            ",\"name\":" + quoted_for_json(task.name) + stop_members(session, task.id) +
            ",\"registers\":" + registers_object(session, task.id) + "}";
  }
  return "[" + json + "]";
}

// Why one thread stands still: only the one of the last stop has a reason.
Reply thread_stop(Session& session, std::string_view text) {
  const machine::TaskId task = task_or_fail(session, text);
  if (task == session.last_report.task) return stop_reply(session, session.last_report);
  return "T00thread:" + format_task(task, session.id_syntax()) + ";";
}

Reply library_list_address(Session& session, std::string_view) {
  const auto address = linker_debug_address(session.machine(), session.general_pid());
  if (!address) fail("the program has loaded no libraries yet");
  return to_hex(address->value);
}

Reply watchpoint_support(Session&, std::string_view) {
  return "num:" + std::to_string(TargetDescription::kWatchpointSlots) + ";";
}

Reply refuse_saving_registers(Session&, std::string_view) {
  fail("registers are read and written, not saved");
}

// `_M1000,rwx`
Reply allocate(Session& session, std::string_view text) {
  Arguments arguments(text);
  const uint64_t size = arguments.take_number(',');
  uint32_t protection = 0;
  for (const char letter : arguments.rest()) {
    const size_t bit = std::string_view("rwx").find(letter);
    if (bit == std::string_view::npos) fail_malformed("memory is r, w or x");
    protection |= 1U << bit;
  }
  return to_hex(allocate_memory(session, size, protection).value);
}

// `_m2000000000`
Reply free_allocated(Session& session, std::string_view text) {
  Arguments arguments(text);
  free_memory(session, arguments.take_address(','));
  return std::string(kOk);
}

}  // namespace rr::gdb
