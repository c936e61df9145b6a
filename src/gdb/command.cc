#include "gdb/command.h"

#include <algorithm>
#include <array>

#include "gdb/hex.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::gdb {
namespace {

// Whether older gdbs (before 16, which announces error-message+) take a text where the packet's
// reply may be an error. Those that do not would read it as data.
enum class ErrorForm { kText, kNumber };

struct Command {
  std::string_view name;
  Handler handler;
  ErrorForm error_form = ErrorForm::kText;
};

constexpr std::array kCommands = std::to_array<Command>({
    {"!", extend},
    {"?", last_stop},
    {"C", continue_with_signal},
    {"D", detach},
    {"G", write_all_registers},
    {"H", select_thread},
    {"M", write_memory_hex},
    {"P", write_one_register},
    {"QCatchSyscalls", set_caught_calls},
    {"QEnableErrorStrings", enable_error_strings},
    {"QListThreadsInStopReply", list_threads_in_stops},
    {"QPassSignals", set_passed_signals},
    {"QProgramSignals", agree},
    {"QSaveRegisterState", refuse_saving_registers},
    {"QStartNoAckMode", stop_acknowledging},
    {"QThreadSuffixSupported", accept_thread_suffix},
    {"R", restart_silently},
    {"S", step_with_signal},
    {"T", is_thread_alive, ErrorForm::kNumber},
    {"X", write_memory_binary},
    {"Z", insert_breakpoint},
    {"_M", allocate},
    {"_m", free_allocated},
    {"b", go_backward},
    {"c", continue_all},
    {"g", read_registers},
    {"jThreadsInfo", describe_all_threads},
    {"k", kill_all},
    {"m", read_memory_hex, ErrorForm::kNumber},
    {"p", read_one_register},
    {"qAttached", is_attached},
    {"qC", current_thread},
    {"qCRC", checksum_memory},
    {"qGetTLSAddr", thread_variable_address},
    {"qHostInfo", describe_host},
    {"qMemoryRegionInfo", describe_memory_region},
    {"qProcessInfo", describe_process},
    {"qRcmd", monitor, ErrorForm::kNumber},
    {"qRegisterInfo", describe_register},
    {"qSearch", search_memory},
    {"qShlibInfoAddr", library_list_address},
    {"qSupported", negotiate},
    {"qSymbol", exchange_symbols},
    {"qThreadExtraInfo", describe_thread, ErrorForm::kNumber},
    {"qThreadStopInfo", thread_stop},
    {"qWatchpointSupportInfo", watchpoint_support},
    {"qXfer", transfer},
    {"qfThreadInfo", list_threads},
    {"qsThreadInfo", end_of_threads},
    {"s", step_one},
    {"vAttach", refuse_attach},
    {"vCont", resume_by_list},
    {"vCont?", list_resume_actions},
    {"vFile", host_file},
    {"vKill", kill_process},
    {"vRun", run_again},
    {"x", read_memory_binary},
    {"z", remove_breakpoint},
});
static_assert(std::ranges::is_sorted(kCommands, {}, &Command::name));

constexpr std::array kResuming =
    std::to_array<std::string_view>({"C", "S", "b", "c", "s", "vCont"});
constexpr std::array kBetweenSteps =
    std::to_array<std::string_view>({"H", "T", "Z", "g", "m", "p", "qC", "qGetTLSAddr", "qSymbol",
                                     "qXfer", "qfThreadInfo", "qsThreadInfo", "vCont?", "x", "z"});
static_assert(std::ranges::is_sorted(kResuming) && std::ranges::is_sorted(kBetweenSteps));

// The packets of several letters end their names with one of these.
constexpr std::string_view kSeparators = ":;,";

struct Parsed {
  std::string_view name;
  std::string_view arguments;
};

// lldb's packets whose argument follows without a separator.
constexpr std::array<std::string_view, 2> kOpenNames = {"qRegisterInfo", "qThreadStopInfo"};

Parsed parse(std::string_view packet) {
  for (const std::string_view name : kOpenNames) {
    if (packet.starts_with(name)) return {name, packet.substr(name.size())};
  }
  if (packet.starts_with('_'))
    return {packet.substr(0, 2), packet.substr(std::min<size_t>(2, packet.size()))};
  const bool has_long_name =
      !packet.empty() && std::string_view("qQvj").find(packet[0]) != std::string_view::npos;
  if (!has_long_name)
    return {packet.substr(0, 1), packet.substr(std::min<size_t>(1, packet.size()))};
  const size_t end = packet.find_first_of(kSeparators);
  if (end == packet.npos) return {packet, ""};
  return {packet.substr(0, end), packet.substr(end + 1)};
}

std::string error_reply(const Session& session, ErrorForm form, std::string text) {
  if (form == ErrorForm::kNumber && !session.client.error_messages) return "E01";
  if (session.client.error_strings) return "E01;" + to_hex_text(text);
  // Not every client removes escapes from a text.
  for (char& c : text) {
    if (c == '#' || c == '$' || c == '}' || c == '*' || c == '\n') c = ' ';
  }
  return "E." + text;
}

}  // namespace

SteppingRole stepping_role(std::string_view packet) {
  const std::string_view name = parse(packet).name;
  if (std::ranges::binary_search(kResuming, name)) return SteppingRole::kResume;
  return std::ranges::binary_search(kBetweenSteps, name) ? SteppingRole::kBetweenSteps
                                                         : SteppingRole::kOther;
}

Reply execute(Session& session, std::string_view packet) {
  const Parsed parsed = parse(packet);
  const auto row = std::ranges::lower_bound(kCommands, parsed.name, {}, &Command::name);
  if (row == kCommands.end() || row->name != parsed.name) {
    LOG(kDebug, "gdb") << "not known: " << packet.substr(0, 80);
    return "";
  }
  try {
    return row->handler(session, parsed.arguments);
  } catch (const Error& error) {
    LOG(kInfo, "gdb") << packet.substr(0, 80) << ": " << error.what();
    return error_reply(session, row->error_form, error.what());
  }
}

}  // namespace rr::gdb
