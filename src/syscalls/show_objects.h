// Structures of the kernel as strace shows them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "util/bytes.h"

namespace rr::syscalls {

// Each gives nothing if the bytes are too few.
std::optional<std::string> show_stat(std::span<const std::byte> bytes);
std::optional<std::string> show_statx(std::span<const std::byte> bytes);
std::optional<std::string> show_statfs(std::span<const std::byte> bytes);
std::optional<std::string> show_address(std::span<const std::byte> bytes);
std::optional<std::string> show_sigaction(std::span<const std::byte> bytes);
std::optional<std::string> show_siginfo(std::span<const std::byte> bytes);
std::optional<std::string> show_rlimit(std::span<const std::byte> bytes);
std::optional<std::string> show_uname(std::span<const std::byte> bytes);
std::optional<std::string> show_wait_status(std::span<const std::byte> bytes);
std::optional<std::string> show_epoll_event(std::span<const std::byte> bytes);
std::optional<std::string> show_directory(std::span<const std::byte> bytes);
// [INT TERM], or ~[KILL] when most are in it.
std::string show_signal_set(uint64_t set);
std::string show_poll_events(uint16_t events);

}  // namespace rr::syscalls
