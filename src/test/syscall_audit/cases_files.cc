// Files: attributes, contents, names.
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

constexpr const char* kName = "trusted.audit";

std::string file_with_attribute() {
  std::string name = new_file();
  must(::setxattr(name.c_str(), kName, "twelve bytes", 12, 0), "setxattr");
  return name;
}

kt::Iovec piece(Arena& a, size_t size) { return {as_argument(a.space(size)), size}; }

int folder_with_files() {
  const std::string name = new_folder();
  std::ofstream(name + "/one") << "1";
  std::ofstream(name + "/two-with-a-longer-name") << "2";
  return must(::open(name.c_str(), O_RDONLY | O_DIRECTORY), "open");
}

SyscallArguments handle_of(Arena& a, uint32_t capacity, int flags) {
  std::byte* handle = a.space(sizeof(kt::FileHandle) + capacity);
  const kt::FileHandle head{capacity, 0};
  std::memcpy(handle, &head, sizeof head);
  return call("name_to_handle_at", AT_FDCWD, a.text(new_disk_file()), handle, a.space(8), flags);
}

}  // namespace

std::vector<Case> file_cases() {
  return {
      {"getxattr",
       [](Arena& a) {
         return call("getxattr", a.text(file_with_attribute()), a.text(kName), a.space(64), 64);
       }},
      {"getxattr, too short",
       [](Arena& a) {
         return call("getxattr", a.text(file_with_attribute()), a.text(kName), a.space(4), 4);
       },
       ERANGE},
      {"lgetxattr",
       [](Arena& a) {
         return call("lgetxattr", a.text(file_with_attribute()), a.text(kName), a.space(64), 64);
       }},
      {"fgetxattr",
       [](Arena& a) {
         return call("fgetxattr", ::open(file_with_attribute().c_str(), O_RDONLY), a.text(kName),
                     a.space(64), 64);
       }},
      {"listxattr",
       [](Arena& a) {
         return call("listxattr", a.text(file_with_attribute()), a.space(256), 256);
       }},
      {"llistxattr",
       [](Arena& a) {
         return call("llistxattr", a.text(file_with_attribute()), a.space(256), 256);
       }},
      {"flistxattr",
       [](Arena& a) {
         return call("flistxattr", ::open(file_with_attribute().c_str(), O_RDONLY), a.space(256),
                     256);
       }},
      {"getxattrat",
       [](Arena& a) {
         auto* args = a.object(kt::XattrArgs{as_argument(a.space(64)), 64, 0});
         return call("getxattrat", AT_FDCWD, a.text(file_with_attribute()), 0, a.text(kName), args,
                     sizeof *args);
       }},
      {"listxattrat",
       [](Arena& a) {
         return call("listxattrat", AT_FDCWD, a.text(file_with_attribute()), 0, a.space(256), 256);
       }},
      {"getcwd", [](Arena& a) { return call("getcwd", a.space(256), 256); }},
      {"getcwd, too short", [](Arena& a) { return call("getcwd", a.space(2), 2); }, ERANGE},
      {"statfs",
       [](Arena& a) { return call("statfs", a.text("/tmp"), a.space(sizeof(kt::Statfs))); }},
      {"fstatfs",
       [](Arena& a) { return call("fstatfs", open_new_file(), a.space(sizeof(kt::Statfs))); }},
      {"newfstatat",
       [](Arena& a) {
         return call("newfstatat", AT_FDCWD, a.text("/tmp"), a.space(sizeof(kt::Stat)), 0);
       }},
      {"fstat", [](Arena& a) { return call("fstat", open_new_file(), a.space(sizeof(kt::Stat))); }},
      {"statx",
       [](Arena& a) {
         return call("statx", AT_FDCWD, a.text("/tmp"), 0, 0xfff, a.space(sizeof(kt::Statx)));
       }},
      {"readlinkat",
       [](Arena& a) {
         return call("readlinkat", AT_FDCWD, a.text("/proc/self/exe"), a.space(200), 200);
       }},
      {"readlinkat, cut",
       [](Arena& a) {
         return call("readlinkat", AT_FDCWD, a.text("/proc/self/exe"), a.space(3), 3);
       }},
      {"getdents64",
       [](Arena& a) { return call("getdents64", folder_with_files(), a.space(400), 400); }},
      {"getdents64, one at a time",
       [](Arena& a) { return call("getdents64", folder_with_files(), a.space(30), 30); }},
      {"getdents64, too short",
       [](Arena& a) { return call("getdents64", folder_with_files(), a.space(10), 10); }, EINVAL},
      {"read of a file", [](Arena& a) { return call("read", open_new_file(), a.space(100), 100); }},
      {"read of a pipe",
       [](Arena& a) { return call("read", pipe_with("in the pipe").first, a.space(100), 100); }},
      {"read of /proc",
       [](Arena& a) {
         return call("read", ::open("/proc/self/maps", O_RDONLY), a.space(300), 300);
       }},
      {"pread64", [](Arena& a) { return call("pread64", open_new_file(), a.space(100), 100, 5); }},
      {"readv",
       [](Arena& a) {
         return call("readv", open_new_file(), a.array({piece(a, 4), piece(a, 3), piece(a, 50)}),
                     3);
       }},
      {"preadv",
       [](Arena& a) {
         return call("preadv", open_new_file(), a.array({piece(a, 4), piece(a, 50)}), 2, 3, 0);
       }},
      {"preadv2",
       [](Arena& a) {
         return call("preadv2", open_new_file(), a.array({piece(a, 4), piece(a, 50)}), 2, 3, 0, 0);
       }},
      {"process_vm_readv",
       [](Arena& a) {
         auto* local = a.array({piece(a, 5), piece(a, 20)});
         auto* remote = a.array({kt::Iovec{as_argument(a.text("twelve bytes")), 12}});
         return call("process_vm_readv", ::getpid(), local, 2, remote, 1, 0);
       }},
      {"sendfile",
       [](Arena& a) {
         return call("sendfile", pipe_with("").second, open_new_file(), a.object<int64_t>(3), 5);
       }},
      {"sendfile, nothing left",
       [](Arena& a) {
         return call("sendfile", pipe_with("").second, open_new_file(), a.object<int64_t>(300), 5);
       }},
      {"splice into a pipe",
       [](Arena& a) {
         return call("splice", open_new_file(), a.object<int64_t>(2), pipe_with("").second, nullptr,
                     5, 0);
       }},
      {"splice out of a pipe",
       [](Arena& a) {
         return call("splice", pipe_with("abc").first, nullptr, open_new_file(),
                     a.object<int64_t>(2), 5, 0);
       }},
      {"vmsplice out of a pipe",
       [](Arena& a) {
         return call("vmsplice", pipe_with("from the pipe").first,
                     a.array({piece(a, 4), piece(a, 50)}), 2, 0);
       }},
      {"copy_file_range",
       [](Arena& a) {
         return call("copy_file_range", open_new_file(), a.object<int64_t>(2), open_new_file(),
                     a.object<int64_t>(1), 5, 0);
       }},
      {"name_to_handle_at", [](Arena& a) { return handle_of(a, 64, 0); }},
      {"name_to_handle_at, too short", [](Arena& a) { return handle_of(a, 2, 0); }, EOVERFLOW},
      {"name_to_handle_at, unique mount",
       [](Arena& a) { return handle_of(a, 64, 1); },
       0,
       {EINVAL}},
      {"cachestat",
       [](Arena& a) {
         const std::array<uint64_t, 2> range = {0, 4096};
         return call("cachestat", open_new_file(), a.object(range), a.space(sizeof(kt::Cachestat)),
                     0);
       }},
      {"file_getattr",
       [](Arena& a) {
         return call("file_getattr", AT_FDCWD, a.text(new_disk_file()), a.space(24), 24, 0);
       }},
      {"file_getattr, longer",
       [](Arena& a) {
         return call("file_getattr", AT_FDCWD, a.text(new_disk_file()), a.space(64), 64, 0);
       }},
      {"open_tree", [](Arena& a) { return call("open_tree", AT_FDCWD, a.text("/tmp"), 0); }},
      {"openat2",
       [](Arena& a) {
         return call("openat2", AT_FDCWD, a.text("/tmp"), a.object(open_how{}), sizeof(open_how));
       }},
      {"listmount",
       [](Arena& a) {
         const std::array<uint64_t, 3> request = {24, UINT64_MAX, 0};  // LSMT_ROOT
         return call("listmount", a.object(request), a.space(64 * 8), 64, 0);
       }},
      {"statmount",
       [](Arena& a) {
         std::array<uint64_t, 32> status{};
         must(static_cast<int>(::syscall(291, AT_FDCWD, "/", 0, 0x4000, status.data())),
              "statx");  // STATX_MNT_ID_UNIQUE
         const std::array<uint64_t, 3> request = {24, status[18], 0x3f};
         return call("statmount", a.object(request), a.space(2048), 2048, 0);
       }},
      {"listns",
       [](Arena& a) {
         const std::array<uint64_t, 4> request = {32, 0, 0, 0};
         return call("listns", a.object(request), a.space(64 * 8), 64, 0);
       }},
  };
}

}  // namespace rr::test
