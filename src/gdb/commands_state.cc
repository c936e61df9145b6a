// Registers and memory: g p G P m x M X qCRC qSearch.
#include <algorithm>

#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/crc32.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

// Two digits a byte, and room for the frame.
constexpr uint64_t kMaxHexRead = kMaxPacketSize / 2 - 16;
// Each byte may need an escape.
constexpr uint64_t kMaxBinaryRead = kMaxPacketSize / 2 - 16;
constexpr uint64_t kChunk = 64 * 1024;  // read at a time, where there is no limit

std::string register_text(Session& session, machine::TaskId task, size_t number) {
  if (const auto value = session.read_register(task, number)) return to_hex(*value);
  return std::string(session.target().registers()[number].size * 2, 'x');
}

// The bytes from there up to the first that cannot be read.
Bytes readable_bytes(Session& session, Address address, uint64_t size) {
  Bytes bytes(static_cast<size_t>(size));
  bytes.resize(session.machine().read_memory(session.general_pid(), address, bytes));
  return bytes;
}

Bytes requested_memory(Session& session, std::string_view text, uint64_t limit) {
  Arguments arguments(text);
  const Address address = arguments.take_address(',');
  const uint64_t size = arguments.take_number(',');
  arguments.expect_end();
  Bytes bytes = readable_bytes(session, address, std::min(size, limit));
  if (bytes.empty() && size != 0) fail("no memory at 0x" + to_hex(address.value));
  return bytes;
}

// lldb names the thread behind each such packet: `;thread:29;`
machine::TaskId suffixed_task(Session& session, std::string_view suffix) {
  constexpr std::string_view kStart = ";thread:";
  if (!suffix.starts_with(kStart)) return session.general_task();
  Arguments arguments(suffix.substr(kStart.size()));
  const auto task = session.find_task(parse_tasks_or_fail(arguments.take_until(';')));
  if (!task) fail("no such thread");
  return *task;
}

size_t suffix_size(std::string_view text) {
  const size_t semicolon = text.find(';');
  return semicolon == text.npos ? 0 : text.size() - semicolon;
}

}  // namespace

Reply read_registers(Session& session, std::string_view suffix) {
  const machine::TaskId task = suffixed_task(session, suffix);
  std::string text;
  for (size_t i = 0; i < session.target().registers().size(); ++i) {
    text += register_text(session, task, i);
  }
  return text;
}

Reply read_one_register(Session& session, std::string_view text) {
  const size_t semicolon = std::min(text.find(';'), text.size());
  const auto number = parse_hex(text.substr(0, semicolon));
  if (!number || *number >= session.target().registers().size()) fail("no such register");
  const machine::TaskId task = suffixed_task(session, text.substr(semicolon));
  return register_text(session, task, static_cast<size_t>(*number));
}

// `20=0000400000000000`, with lldb's suffix behind it.
Reply write_one_register(Session& session, std::string_view text) {
  Arguments arguments(text);
  const auto number = parse_hex(arguments.take_until('='));
  if (!number || *number >= session.target().registers().size()) fail("no such register");
  const std::string_view value = arguments.take_until(';');
  const machine::TaskId task = suffixed_task(session, text.substr(text.size() - suffix_size(text)));
  const auto bytes = parse_hex_bytes(value);
  if (!bytes) fail_malformed("the value is not hexadecimal");
  write_registers(session, task, {{static_cast<size_t>(*number), *bytes}});
  return std::string(kOk);
}

// As `g` has them.
Reply write_all_registers(Session& session, std::string_view text) {
  const size_t end = text.size() - suffix_size(text);
  const machine::TaskId task = suffixed_task(session, text.substr(end));
  std::string_view rest = text.substr(0, end);
  std::vector<RegisterValue> values;
  const auto& rows = session.target().registers();
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string_view digits = rest.substr(0, rows[i].size * 2);
    rest.remove_prefix(digits.size());
    // Those at the end may be left out, and x stands for what is not known.
    if (digits.empty() || digits.front() == 'x') continue;
    const auto bytes = parse_hex_bytes(digits);
    if (!bytes) fail_malformed("the registers are not hexadecimal");
    values.push_back({i, *bytes});
  }
  write_registers(session, task, values);
  return std::string(kOk);
}

Reply read_memory_hex(Session& session, std::string_view text) {
  return to_hex(requested_memory(session, text, kMaxHexRead));
}

// gdb asks for 'b' before the data; lldb, which announces itself by reading nothing, for none.
Reply read_memory_binary(Session& session, std::string_view text) {
  const Bytes bytes = requested_memory(session, text, kMaxBinaryRead);
  if (bytes.empty()) {
    session.client.plain_binary_memory = true;
    return std::string(kOk);
  }
  std::string reply = session.client.plain_binary_memory ? "" : "b";
  for (std::byte b : bytes) reply += static_cast<char>(b);
  return reply;
}

// `400000,4:000080d2`
Reply write_memory_hex(Session& session, std::string_view text) {
  Arguments arguments(text);
  const Address address = arguments.take_address(',');
  const uint64_t size = arguments.take_number(':');
  const auto bytes = parse_hex_bytes(arguments.rest());
  if (!bytes || bytes->size() != size) fail_malformed("the data are not what they are said to be");
  write_memory(session, address, *bytes);
  return std::string(kOk);
}

// The same with bytes behind the colon. Of none it is the question whether this is understood.
Reply write_memory_binary(Session& session, std::string_view text) {
  Arguments arguments(text);
  const Address address = arguments.take_address(',');
  const uint64_t size = arguments.take_number(':');
  const auto bytes = std::as_bytes(std::span(arguments.rest()));
  if (bytes.size() != size) fail_malformed("the data are not what they are said to be");
  write_memory(session, address, bytes);
  return std::string(kOk);
}

// What `compare-sections` asks for.
Reply checksum_memory(Session& session, std::string_view text) {
  Arguments arguments(text);
  Address address = arguments.take_address(',');
  uint64_t left = arguments.take_number(',');
  arguments.expect_end();
  uint32_t crc = kCrcOfNothing;
  while (left != 0) {
    if (session.link().is_interrupted()) fail("interrupted");
    const uint64_t wanted = std::min(left, kChunk);
    const Bytes chunk = readable_bytes(session, address, wanted);
    crc = add_to_crc(crc, chunk);
    address = address + chunk.size();
    left -= chunk.size();
    if (chunk.size() < wanted) fail("no memory at 0x" + to_hex(address.value));
  }
  return "C" + to_hex(crc);
}

Reply search_memory(Session& session, std::string_view text) {
  Arguments arguments(text);
  if (arguments.take_until(':') != "memory") return "";
  Address address = arguments.take_address(';');
  uint64_t left = arguments.take_number(';');
  const auto pattern = std::as_bytes(std::span(arguments.rest()));
  if (pattern.empty()) fail_malformed("there is nothing to search for");
  while (left >= pattern.size() && !session.link().is_interrupted()) {
    const uint64_t wanted = std::min(left, kChunk + pattern.size() - 1);
    const Bytes chunk = readable_bytes(session, address, wanted);
    const auto found = std::search(chunk.begin(), chunk.end(), pattern.begin(), pattern.end());
    if (found != chunk.end()) {
      const auto offset = static_cast<uint64_t>(found - chunk.begin());
      return "1," + to_hex((address + offset).value);
    }
    // What cannot be read ends the search, as it does in a live process.
    if (chunk.size() < wanted) break;
    const uint64_t passed = wanted - (pattern.size() - 1);
    address = address + passed;
    left -= passed;
  }
  return "0";
}

}  // namespace rr::gdb
