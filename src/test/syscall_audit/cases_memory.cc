// Memory, and the two kinds of queues, semaphores and keys.
#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <mqueue.h>
#include <string>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include "syscall_audit/audit.h"
#include "syscall_audit/surroundings.h"
#include "syscalls/kernel_types.h"

namespace rr::test {
namespace {

namespace kt = syscalls::kernel;

void* mapped(size_t size) {
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(at, 1, size);
  return at;
}

int posix_queue() {
  const std::string name = "audit-" + std::to_string(::getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 4;
  attributes.mq_msgsize = 64;
  const int queue = must(
      static_cast<int>(::syscall(SYS_mq_open, name.c_str(), O_CREAT | O_RDWR, 0600, &attributes)),
      "mq_open");
  ::syscall(SYS_mq_unlink, name.c_str());
  must(static_cast<int>(::syscall(SYS_mq_timedsend, queue, "message", 7, 3, nullptr)),
       "mq_timedsend");
  return queue;
}

void wait_until_asleep(int tid) {
  for (char state = 'R'; state != 'S';) {
    std::ifstream stat("/proc/" + std::to_string(tid) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(stat), {}};
    state = text.at(text.rfind(')') + 2);
  }
}

void requeue_when_asleep(uint32_t* from, uint32_t* to, int waiter) {
  std::thread([=] {
    wait_until_asleep(waiter);
    ::syscall(SYS_futex, from, 12, 1, 0, to, 0);
  }).detach();
}

void wait_to_be_requeued(uint32_t* from, uint32_t* to) {
  std::atomic<int> waiter = 0;
  std::thread([&waiter, from, to] {
    waiter = ::gettid();
    ::syscall(SYS_futex, from, 11, 0, nullptr, to);
    ::pause();
  }).detach();
  while (waiter == 0) {
  }
  wait_until_asleep(waiter);
}

// What System V leaves behind is removed when the machine goes.
int message_queue() {
  const int queue = must(::msgget(IPC_PRIVATE, 0600), "msgget");
  struct {
    long type = 5;
    char text[6] = {'s', 'i', 'x', 't', 'y', '!'};
  } message;
  must(::msgsnd(queue, &message, sizeof message.text, 0), "msgsnd");
  return queue;
}
int semaphores(int count) { return must(::semget(IPC_PRIVATE, count, 0600), "semget"); }
int segment() { return must(::shmget(IPC_PRIVATE, 4096, 0600), "shmget"); }

// The index that *_STAT takes: the highest one in use.
int index_of(int (*highest)()) { return highest(); }
int highest_queue() {
  msqid_ds unused;
  return must(::msgctl(0, MSG_INFO, &unused), "MSG_INFO");
}
int highest_set() {
  seminfo info;
  return must(::semctl(0, 0, SEM_INFO, &info), "SEM_INFO");
}
int highest_segment() {
  shmid_ds unused;
  return must(::shmctl(0, SHM_INFO, &unused), "SHM_INFO");
}

int key(const char* type, const char* name, std::string_view payload) {
  return must(
      static_cast<int>(::syscall(SYS_add_key, type, name, payload.data(), payload.size(), -2)),
      "add_key");
}

}  // namespace

std::vector<Case> memory_cases() {
  // clang-format off
  return {
      {"mincore", [](Arena& a) { return call("mincore", mapped(5 * 4096), 5 * 4096, a.space(5)); }},
      {"mincore, half a page", [](Arena& a) { return call("mincore", mapped(5 * 4096), 4 * 4096 + 1, a.space(5)); }},
      {"mincore, then a hole", [](Arena& a) {
         auto* at = static_cast<std::byte*>(mapped(size_t{5} * 4096));
         ::munmap(at + size_t{3} * 4096, 4096);
         return call("mincore", at, 5 * 4096, a.space(5));
       }, ENOMEM},
      {"get_mempolicy", [](Arena& a) { return call("get_mempolicy", a.space(4), a.space(128), 1024, nullptr, 0); }},
      {"move_pages", [](Arena& a) {
         void* page = mapped(8192);
         return call("move_pages", 0, 2, a.array({as_argument(page), as_argument(page) + 4096}), nullptr, a.space(8), 0);
       }},
      {"FUTEX_WAKE_OP", [](Arena& a) { return call("futex", a.object<uint32_t>(1), 5, 1, 1, a.object<uint32_t>(1), 5 << 12); }},
      {"FUTEX_LOCK_PI", [](Arena& a) { return call("futex", a.object<uint32_t>(0), 6, 0, nullptr); }},
      {"FUTEX_UNLOCK_PI", [](Arena& a) { return call("futex", a.object(static_cast<uint32_t>(::getpid())), 7); }},
      {"FUTEX_TRYLOCK_PI", [](Arena& a) { return call("futex", a.object<uint32_t>(0), 8); }},
      {"FUTEX_LOCK_PI2", [](Arena& a) { return call("futex", a.object<uint32_t>(0), 13, 0, nullptr); }},
      {"FUTEX_WAIT_REQUEUE_PI", [](Arena& a) {
         auto* from = a.object<uint32_t>(0);
         auto* to = a.object<uint32_t>(0);
         requeue_when_asleep(from, to, ::getpid());
         return call("futex", from, 11, 0, nullptr, to);
       }},
      {"FUTEX_CMP_REQUEUE_PI", [](Arena& a) {
         auto* from = a.object<uint32_t>(0);
         auto* to = a.object<uint32_t>(0);
         wait_to_be_requeued(from, to);
         return call("futex", from, 12, 1, 0, to, 0);
       }},
      {"futex_waitv", [](Arena& a) {
         const std::array<uint64_t, 3> waiter = {1, as_argument(a.object<uint32_t>(2)), 2};
         return call("futex_waitv", a.object(waiter), 1, 0, nullptr, 0);
       }, EAGAIN},
      {"process_madvise", [](Arena& a) {
         const int self = must(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)), "pidfd_open");
         return call("process_madvise", self, a.array({kt::Iovec{as_argument(mapped(8192)), 8192}}), 1, 20 /* MADV_COLD */, 0);
       }},
  };
  // clang-format on
}

std::vector<Case> ipc_cases() {
  // clang-format off
  return {
      {"mq_timedreceive", [](Arena& a) { return call("mq_timedreceive", posix_queue(), a.space(64), 64, a.space(4), nullptr); }},
      {"mq_getsetattr", [](Arena& a) { return call("mq_getsetattr", posix_queue(), nullptr, a.space(64)); }},
      {"msgrcv", [](Arena& a) { return call("msgrcv", message_queue(), a.space(40), 32, 0, 0); }},
      {"msgrcv, cut", [](Arena& a) { return call("msgrcv", message_queue(), a.space(11), 3, 0, MSG_NOERROR); }},
      {"msgrcv, too long", [](Arena& a) { return call("msgrcv", message_queue(), a.space(11), 3, 0, 0); }, E2BIG},
      {"msgctl IPC_STAT", [](Arena& a) { return call("msgctl", message_queue(), IPC_STAT, a.space(120)); }},
      {"msgctl IPC_INFO", [](Arena& a) { return call("msgctl", 0, IPC_INFO, a.space(32)); }},
      {"msgctl MSG_INFO", [](Arena& a) { return call("msgctl", 0, MSG_INFO, a.space(32)); }},
      {"msgctl MSG_STAT", [](Arena& a) { message_queue(); return call("msgctl", index_of(highest_queue), MSG_STAT, a.space(120)); }},
      {"msgctl MSG_STAT_ANY", [](Arena& a) { message_queue(); return call("msgctl", index_of(highest_queue), 13, a.space(120)); }},
      {"semctl IPC_STAT", [](Arena& a) { return call("semctl", semaphores(2), 0, IPC_STAT, a.space(88)); }},
      {"semctl IPC_INFO", [](Arena& a) { return call("semctl", 0, 0, IPC_INFO, a.space(40)); }},
      {"semctl SEM_INFO", [](Arena& a) { return call("semctl", 0, 0, SEM_INFO, a.space(40)); }},
      {"semctl GETALL", [](Arena& a) { return call("semctl", semaphores(7), 0, GETALL, a.space(14)); }},
      {"semctl SEM_STAT", [](Arena& a) { semaphores(1); return call("semctl", index_of(highest_set), 0, SEM_STAT, a.space(88)); }},
      {"semctl SEM_STAT_ANY", [](Arena& a) { semaphores(1); return call("semctl", index_of(highest_set), 0, 20, a.space(88)); }},
      {"shmctl IPC_STAT", [](Arena& a) { return call("shmctl", segment(), IPC_STAT, a.space(112)); }},
      {"shmctl IPC_INFO", [](Arena& a) { return call("shmctl", 0, IPC_INFO, a.space(72)); }},
      {"shmctl SHM_INFO", [](Arena& a) { return call("shmctl", 0, SHM_INFO, a.space(48)); }},
      {"shmctl SHM_STAT", [](Arena& a) { segment(); return call("shmctl", index_of(highest_segment), SHM_STAT, a.space(112)); }},
      {"shmctl SHM_STAT_ANY", [](Arena& a) { segment(); return call("shmctl", index_of(highest_segment), 15, a.space(112)); }},
  };
  // clang-format on
}

std::vector<Case> key_cases() {
  // clang-format off
  return {
      {"KEYCTL_DESCRIBE", [](Arena& a) { return call("keyctl", 6, key("user", "audited", "payload"), a.space(100), 100); }},
      {"KEYCTL_DESCRIBE, too short", [](Arena& a) { return call("keyctl", 6, key("user", "audited", "payload"), a.space(5), 5); }},
      {"KEYCTL_READ", [](Arena& a) { return call("keyctl", 11, key("user", "audited", "payload"), a.space(100), 100); }},
      {"KEYCTL_READ, too short", [](Arena& a) { return call("keyctl", 11, key("user", "audited", "payload"), a.space(3), 3); }},
      {"KEYCTL_READ, a keyring", [](Arena& a) { key("user", "audited", "payload"); return call("keyctl", 11, -2, a.space(100), 100); }},
      {"KEYCTL_GET_SECURITY", [](Arena& a) { return call("keyctl", 17, key("user", "audited", "payload"), a.space(100), 100); }},
      {"KEYCTL_DH_COMPUTE", [](Arena& a) {
         const std::array<int32_t, 3> parameters = {key("user", "x", "\x05"), key("user", "p", "\x17"), key("user", "b", "\x03")};
         return call("keyctl", 23, a.object(parameters), a.space(64), 64, nullptr);
       }, 0, {EOPNOTSUPP, EINVAL}},
      {"KEYCTL_CAPABILITIES", [](Arena& a) { return call("keyctl", 31, a.space(40), 40); }},
      {"KEYCTL_CAPABILITIES, one byte", [](Arena& a) { return call("keyctl", 31, a.space(1), 1); }},
  };
  // clang-format on
}

}  // namespace rr::test
