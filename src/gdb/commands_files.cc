// vFile: the recorded program's files, read-only, for a debugger that has them not. /proc is made
// up from the machine: the host's tells of other processes.
#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/hex.h"
#include "gdb/proc_files.h"

namespace rr::gdb {
namespace {

constexpr uint64_t kMaxRead = kMaxPacketSize / 2 - 64;

// The protocol's own error numbers are Linux's, for those it has.
constexpr std::array kKnownErrors =
    std::to_array<int>({EPERM, ENOENT, EINTR, EBADF, EACCES, EFAULT, EBUSY, EEXIST, ENODEV, ENOTDIR,
                        EISDIR, EINVAL, ENFILE, EMFILE, EFBIG, ENOSPC, ESPIPE, EROFS});
constexpr int kProtocolNameTooLong = 91;
constexpr int kProtocolUnknown = 9999;

std::string error_reply(FileError error) {
  int number = kProtocolUnknown;
  for (int known : kKnownErrors) {
    if (known == error.number) number = known;
  }
  if (error.number == ENAMETOOLONG) number = kProtocolNameTooLong;
  return "F-1," + to_hex(static_cast<uint64_t>(number));
}

std::string data_reply(std::string_view data) {
  return "F" + to_hex(data.size()) + ";" + std::string(data);
}

std::string path_argument(std::string_view text) {
  const auto path = parse_hex_text(text);
  if (!path) fail_malformed("a path is not hexadecimal");
  return *path;
}

int handle_argument(std::string_view text) {
  const auto handle = parse_hex(text);
  if (!handle || *handle > 0xffff) return -1;
  return static_cast<int>(*handle);
}

std::string open_file(Session& session, Arguments arguments) {
  const std::string path = path_argument(arguments.take_until(','));
  const uint64_t flags = arguments.take_number(',');
  constexpr uint64_t kProtocolAccessMode = 3;  // 0: read only
  if ((flags & kProtocolAccessMode) != 0) return error_reply({EROFS});
  FileContent content;
  if (auto text = proc_file(session.machine(), path)) {
    content = std::move(*text);
  } else if (path.starts_with("/proc/")) {
    return error_reply({ENOENT});
  } else {
    OwnedFd fd = session.options().open_file(path);
    if (!fd.is_open()) return error_reply({errno});
    content = std::move(fd);
  }
  const auto handle = session.files.add(std::move(content));
  if (const auto* error = std::get_if<FileError>(&handle)) return error_reply(*error);
  return "F" + to_hex(static_cast<uint64_t>(std::get<int>(handle)));
}

std::string read_file(Session& session, Arguments arguments) {
  const int handle = handle_argument(arguments.take_until(','));
  const uint64_t count = std::min(arguments.take_number(','), kMaxRead);
  const uint64_t offset = arguments.take_number(',');
  const auto data = session.files.read(handle, static_cast<size_t>(count), offset);
  if (const auto* error = std::get_if<FileError>(&data)) return error_reply(*error);
  return data_reply(std::get<std::string>(data));
}

void append_big_endian(std::string& out, uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
}

// The protocol's struct stat: big-endian, without padding.
std::string encode_status(const struct stat& status) {
  std::string out;
  append_big_endian(out, status.st_dev, 4);
  append_big_endian(out, status.st_ino, 4);
  append_big_endian(out, status.st_mode, 4);
  append_big_endian(out, status.st_nlink, 4);
  append_big_endian(out, status.st_uid, 4);
  append_big_endian(out, status.st_gid, 4);
  append_big_endian(out, status.st_rdev, 4);
  append_big_endian(out, static_cast<uint64_t>(status.st_size), 8);
  append_big_endian(out, static_cast<uint64_t>(status.st_blksize), 8);
  append_big_endian(out, static_cast<uint64_t>(status.st_blocks), 8);
  append_big_endian(out, static_cast<uint64_t>(status.st_atim.tv_sec), 4);
  append_big_endian(out, static_cast<uint64_t>(status.st_mtim.tv_sec), 4);
  append_big_endian(out, static_cast<uint64_t>(status.st_ctim.tv_sec), 4);
  return out;
}

std::string file_status(Session& session, Arguments arguments) {
  const auto status = session.files.status(handle_argument(arguments.rest()));
  if (const auto* error = std::get_if<FileError>(&status)) return error_reply(*error);
  return data_reply(encode_status(std::get<struct stat>(status)));
}

std::string close_file(Session& session, Arguments arguments) {
  return session.files.close(handle_argument(arguments.rest())) ? "F0" : error_reply({EBADF});
}

std::string read_link(Session& session, Arguments arguments) {
  const std::string path = path_argument(arguments.rest());
  if (const auto target = proc_link(session.machine(), path)) return data_reply(*target);
  return error_reply({path.starts_with("/proc/") ? ENOENT : EINVAL});
}

// There is one file system for all processes.
std::string choose_file_system(Session&, Arguments) { return "F0"; }

// lldb's questions about a path.
std::variant<struct stat, FileError> status_of_path(Session& session, std::string_view text) {
  const std::string path = path_argument(text);
  const OwnedFd fd = session.options().open_file(path);
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) return FileError{errno};
  return status;
}

std::string file_size(Session& session, Arguments arguments) {
  const auto status = status_of_path(session, arguments.rest());
  if (const auto* error = std::get_if<FileError>(&status)) return error_reply(*error);
  return "F" + to_hex(static_cast<uint64_t>(std::get<struct stat>(status).st_size));
}

std::string file_mode(Session& session, Arguments arguments) {
  const auto status = status_of_path(session, arguments.rest());
  if (const auto* error = std::get_if<FileError>(&status)) return error_reply(*error);
  return "F" + to_hex(static_cast<uint64_t>(std::get<struct stat>(status).st_mode));
}

std::string file_exists(Session& session, Arguments arguments) {
  const auto status = status_of_path(session, arguments.rest());
  return std::holds_alternative<FileError>(status) ? "F,0" : "F,1";
}

struct FileCommand {
  std::string_view name;
  std::string (*run)(Session& session, Arguments arguments);
};
constexpr std::array kFileCommands = std::to_array<FileCommand>({
    {"close", close_file},
    {"exists", file_exists},
    {"fstat", file_status},
    {"mode", file_mode},
    {"open", open_file},
    {"pread", read_file},
    {"readlink", read_link},
    {"setfs", choose_file_system},
    {"size", file_size},
});

}  // namespace

Reply host_file(Session& session, std::string_view text) {
  Arguments arguments(text);
  const std::string_view name = arguments.take_until(':');
  for (const FileCommand& command : kFileCommands) {
    if (command.name == name) return command.run(session, arguments);
  }
  return "";
}

}  // namespace rr::gdb
