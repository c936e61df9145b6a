// A child that a pidfd says has ended is there to be waited for: natively the one follows from the other, while a tracer has
// the child first.
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

int main(void) {
  for (int round = 0; round < 200; ++round) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) _exit(round);
    close(ends[1]);
    const int descriptor = (int)syscall(SYS_pidfd_open, child, 0);
    CHECK(descriptor >= 0);
    char none;
    CHECK(read(ends[0], &none, 1) == 0);  // until the child's descriptors are closed
    for (int i = 0; i < round % 25; ++i) CHECK(fcntl(ends[0], F_GETFL) >= 0);
    struct pollfd ended = {descriptor, POLLIN, 0};
    if (poll(&ended, 1, 0) == 0) CHECK(poll(&ended, 1, -1) == 1);
    siginfo_t info = {0};
    CHECK(waitid((idtype_t)3, (id_t)descriptor, &info, WEXITED | WNOHANG) == 0);  // P_PIDFD
    CHECK(info.si_pid == child && info.si_status == round);
    close(ends[0]);
    close(descriptor);
  }
  printf("200 ended\n");
  return 0;
}
