// A call that has written its buffer before it finds an argument invalid: the bytes are there all the same.
#define _GNU_SOURCE
#include <sys/socket.h>

#include "check.h"

int main(void) {
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  CHECK(write(ends[0], "told\n", 5) == 5);
  char bytes[16] = "";
  struct sockaddr_storage from;
  socklen_t size = (socklen_t)-1;
  CHECK(recvfrom(ends[1], bytes, sizeof bytes, 0, (struct sockaddr*)&from, &size) == -1 && errno == EINVAL);
  CHECK(memcmp(bytes, "told\n", 6) == 0);
  CHECK(write(STDOUT_FILENO, bytes, 5) == 5);
  return 0;
}
