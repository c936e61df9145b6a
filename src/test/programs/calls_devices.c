// ioctl's commands of terminals, clocks, random numbers and network devices that say nothing of
// what they write.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kd.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/vt.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "check.h"

static void show(const char* name, int result) {
  printf("%s: %d %s\n", name, result, result < 0 ? strerrorname_np(errno) : "");
}

static unsigned sum(const void* bytes, size_t size) {
  unsigned sum = 0;
  for (const unsigned char* at = bytes; size-- != 0; ++at) sum = sum * 31 + *at;
  return sum;
}

static void console(void) {
  const int tty = open("/dev/tty0", O_RDWR);
  if (tty < 0) return;
  struct kbentry entry = {.kb_table = 0, .kb_index = 30};
  show("KDGKBENT", ioctl(tty, KDGKBENT, &entry));
  printf("%x\n", entry.kb_value);
  unsigned char map[512];
  memset(map, 0, sizeof map);
  show("GIO_SCRNMAP", ioctl(tty, GIO_SCRNMAP, map));
  show("GIO_UNISCRNMAP", ioctl(tty, GIO_UNISCRNMAP, map));
  printf("%x\n", sum(map, sizeof map));
  static struct kbdiacrs accents;
  show("KDGKBDIACR", ioctl(tty, KDGKBDIACR, &accents));
  printf("%u %x\n", accents.kb_cnt, sum(&accents, sizeof accents));
  char flags = 0;
  show("KDGKBLED", ioctl(tty, KDGKBLED, &flags));
  char shift = 6;  // TIOCL_GETSHIFTSTATE
  show("TIOCLINUX", ioctl(tty, TIOCLINUX, &shift));
  printf("%d %d\n", flags, shift);
  int mode = -1;
  show("KDGKBMODE", ioctl(tty, KDGKBMODE, &mode));
  show("KDSKBMODE", ioctl(tty, KDSKBMODE, mode));
  show("KDSETMODE", ioctl(tty, KDSETMODE, KD_TEXT));
  show("VT_LOCKSWITCH", ioctl(tty, VT_LOCKSWITCH, 0));
  show("VT_UNLOCKSWITCH", ioctl(tty, VT_UNLOCKSWITCH, 0));
  show("KDFONTOP", ioctl(tty, KDFONTOP, map));
}

static void clock_and_numbers(void) {
  const int clock = open("/dev/rtc0", O_RDONLY);
  if (clock >= 0) {
    show("RTC_UIE_ON", ioctl(clock, RTC_UIE_ON));
    show("RTC_UIE_OFF", ioctl(clock, RTC_UIE_OFF));
  }
  const int numbers = open("/dev/urandom", O_RDWR);
  if (numbers >= 0) show("RNDRESEEDCRNG", ioctl(numbers, RNDRESEEDCRNG));
}

static void network(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(fd >= 0);
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  show("SIOCGIFSLAVE", ioctl(fd, SIOCGIFSLAVE, &request));
  show("SIOCGETTUNNEL", ioctl(fd, SIOCDEVPRIVATE, &request));
  show("SIOCGIWNAME", ioctl(fd, 0x8b01, &request));
}

// A file system's identity, which is longer than the command says.
static void file_system(void) {
  struct {
    unsigned length, flags;
    unsigned char bytes[16];
  } identity = {.length = 16};
  const int folder = open("/var/tmp", O_RDONLY);
  CHECK(folder >= 0);
  if (ioctl(folder, 0x8008662c /* EXT4_IOC_GETFSUUID */, &identity) != 0) return;
  printf("%x\n", sum(&identity, sizeof identity));
}

int main(void) {
  file_system();
  console();
  clock_and_numbers();
  network();
  return 0;
}
