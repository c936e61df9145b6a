// The packets that the server knows, as a table of name and handler. A handler parses its
// arguments, acts on the session and returns the reply, in one small function each; they are
// grouped into the commands_*.cc files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gdb/session.h"

namespace rr::gdb {

// Nothing: the packet has no reply. Empty: "not known here", in the protocol's words.
using Reply = std::optional<std::string>;
// The arguments are what follows the packet's name and, for names of several letters, the
// separator behind it.
using Handler = Reply (*)(Session& session, std::string_view arguments);

inline constexpr std::string_view kOk = "OK";

// What a packet is to a client that lets the machine run on by itself, step for step as for a
// watchpoint in software: its user sees no stop meanwhile.
enum class SteppingRole {
  kResume,
  kBetweenSteps,  // what a client asks for, or sets, from one step to the next
  kOther,         // the user is at the prompt
};
SteppingRole stepping_role(std::string_view packet);

// Finds the handler and runs it. An Error becomes an error reply with its text.
Reply execute(Session& session, std::string_view packet);

// commands_state.cc: registers and memory.
Reply read_registers(Session& session, std::string_view arguments);
Reply read_one_register(Session& session, std::string_view arguments);
Reply write_all_registers(Session& session, std::string_view arguments);
Reply write_one_register(Session& session, std::string_view arguments);
Reply read_memory_hex(Session& session, std::string_view arguments);
Reply read_memory_binary(Session& session, std::string_view arguments);
Reply write_memory_hex(Session& session, std::string_view arguments);
Reply write_memory_binary(Session& session, std::string_view arguments);
Reply checksum_memory(Session& session, std::string_view arguments);
Reply search_memory(Session& session, std::string_view arguments);

// commands_resume.cc: everything that runs, ends or restarts.
Reply continue_all(Session& session, std::string_view arguments);
Reply continue_with_signal(Session& session, std::string_view arguments);
Reply step_one(Session& session, std::string_view arguments);
Reply step_with_signal(Session& session, std::string_view arguments);
Reply resume_by_list(Session& session, std::string_view arguments);
Reply list_resume_actions(Session& session, std::string_view arguments);
Reply extend(Session& session, std::string_view arguments);
Reply detach(Session& session, std::string_view arguments);
Reply kill_all(Session& session, std::string_view arguments);
Reply kill_process(Session& session, std::string_view arguments);
Reply refuse_attach(Session& session, std::string_view arguments);
Reply run_again(Session& session, std::string_view arguments);
Reply restart_silently(Session& session, std::string_view arguments);

// commands_reverse.cc
Reply go_backward(Session& session, std::string_view arguments);

// commands_stops.cc: breakpoints, signals, and why the machine stands still.
Reply last_stop(Session& session, std::string_view arguments);
Reply insert_breakpoint(Session& session, std::string_view arguments);
Reply remove_breakpoint(Session& session, std::string_view arguments);
Reply set_passed_signals(Session& session, std::string_view arguments);
Reply set_caught_calls(Session& session, std::string_view arguments);

// commands_threads.cc
Reply select_thread(Session& session, std::string_view arguments);
Reply is_thread_alive(Session& session, std::string_view arguments);
Reply current_thread(Session& session, std::string_view arguments);
Reply list_threads(Session& session, std::string_view arguments);
Reply end_of_threads(Session& session, std::string_view arguments);
Reply describe_thread(Session& session, std::string_view arguments);

// commands_query.cc: what the two sides can do, and tables that gdb reads in parts.
Reply negotiate(Session& session, std::string_view arguments);
Reply stop_acknowledging(Session& session, std::string_view arguments);
Reply agree(Session& session, std::string_view arguments);
Reply is_attached(Session& session, std::string_view arguments);
Reply transfer(Session& session, std::string_view arguments);
Reply enable_error_strings(Session& session, std::string_view arguments);

// commands_tls.cc
Reply thread_variable_address(Session& session, std::string_view arguments);
Reply exchange_symbols(Session& session, std::string_view arguments);

// commands_lldb.cc
Reply describe_host(Session& session, std::string_view arguments);
Reply describe_process(Session& session, std::string_view arguments);
Reply accept_thread_suffix(Session& session, std::string_view arguments);
Reply list_threads_in_stops(Session& session, std::string_view arguments);
Reply describe_register(Session& session, std::string_view arguments);
Reply describe_memory_region(Session& session, std::string_view arguments);
Reply describe_all_threads(Session& session, std::string_view arguments);
Reply thread_stop(Session& session, std::string_view arguments);
Reply library_list_address(Session& session, std::string_view arguments);
Reply watchpoint_support(Session& session, std::string_view arguments);
Reply refuse_saving_registers(Session& session, std::string_view arguments);
Reply allocate(Session& session, std::string_view arguments);
Reply free_allocated(Session& session, std::string_view arguments);

// commands_monitor.cc
Reply monitor(Session& session, std::string_view arguments);

// commands_files.cc
Reply host_file(Session& session, std::string_view arguments);

}  // namespace rr::gdb
