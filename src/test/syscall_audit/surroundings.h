// Files, sockets and the like that cases need. Each is made in the process that makes the call and
// dies with it; a failure to make one ends that process.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace rr::test {

// A new file under /tmp with these contents, open for reading and writing, at its start; its name.
std::string new_file(std::string_view contents = "some contents");
int open_new_file(std::string_view contents = "some contents");
// On the root file system, which is on a disk.
std::string new_disk_file(std::string_view contents = "some contents");
std::string new_folder();

struct Pair {
  int first;
  int second;
};
// A pipe with this in it: reading end, writing end.
Pair pipe_with(std::string_view contents);
// Connected sockets of the Unix domain; the second has sent this to the first.
Pair sockets_with(int type, std::string_view contents);
// Connected over loopback, bound to real addresses.
Pair internet_sockets();
// A listening socket of the Unix domain with a named peer waiting in its queue.
int listener_with_peer();
// The master and the slave of a new pseudo terminal.
Pair terminal();
// A loop device over a new, empty file, on which `format` (a command, which gets the file's name)
// has made a file system.
int loop_device(std::string_view format = "");

// Ends the process with a message if `result` is negative; else gives it back.
int must(int result, const char* what);

}  // namespace rr::test
