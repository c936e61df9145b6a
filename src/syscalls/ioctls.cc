// ioctl's commands. Most encode in their bits how many bytes they write and need no row; here stand
// those that do not, or that lie.
#include <cerrno>

#include "syscalls/kernel_types.h"
#include "syscalls/subcommands.h"

namespace rr::syscalls {
namespace {

using namespace kernel;  // NOLINT: the rows read better

// Bits 31-30 of a command: the program's view, so 2 is "the kernel writes".
constexpr uint32_t kWrites = 2;
constexpr uint32_t kReads = 1;
constexpr uint32_t encode(uint32_t direction, uint32_t type, uint32_t number, uint32_t size) {
  return direction << 30 | size << 16 | type << 8 | number;
}

constexpr const char* kNoDirection =
    "neither a row nor its bits say what it writes: answered as by a device that does not know it";
constexpr const char* kNested =
    "these commands write through pointers inside their argument, or share memory with a device";

constexpr const char* kPrivate =
    "each network device has its own, with pointers of its own: answered as by one that has none";

constexpr Row kPlain{-1, "other commands that write nothing", "fd ioctl hex", {}, kMayBlock};
constexpr Row kSized{-1,
                     "other commands, by their direction and size bits",
                     "fd ioctl ptr",
                     {ioctl_sized(3, 2)},
                     kMayBlock};
constexpr Row kUndirected{
    -1, "other commands without direction bits", "fd ioctl hex", {}, refuse(ENOTTY, kNoDirection)};
constexpr Row kDevicesOwn{
    -1, "SIOCDEVPRIVATE and wireless extensions", "fd ioctl ptr", {}, refuse(EOPNOTSUPP, kPrivate)};
constexpr Row kNestedPointers{
    -1, "commands with nested pointers", "fd ioctl ptr", {}, refuse(ENOTTY, kNested)};
// Its commands give and take tables of any length (include/uapi/linux/dm-ioctl.h: data_size). The
// version is told before anything fails (check_version() in drivers/md/dm-ioctl.c, 6.12).
constexpr uint8_t kDeviceMapperType = 0xfd;
constexpr Row kDeviceMapper{-1,
                            "commands of the device mapper",
                            "fd ioctl ptr",
                            {sized_by<uint32_t>(3, 12).on_error()},
                            kMayBlock};

// Commands whose arguments hold pointers to what is written, or are longer than their size bits
// say. Who owns a type stands in the kernel's Documentation/userspace-api/ioctl/ioctl-number.rst.
struct Numbers {
  uint8_t type, first, last;
};
constexpr Numbers kNestedCommands[] = {
    {0x1b, 0, 255},      // InfiniBand
    {';', 0, 255},       // vfio
    {'>', 4, 4},         // SYNC_IOC_FILE_INFO
    {'A', 0, 255},       // sound
    {'B', 210, 211},     // bnep
    {'C', 210, 211},     // cmtp
    {'H', 210, 215},     // Bluetooth's lists, and hidp
    {'H', 240, 240},     // HCIINQUIRY
    {'M', 0, 63},        // flash memory
    {'N', 0, 255},       // nvme
    {'R', 210, 211},     // rfcomm
    {'U', 0, 255},       // usbdevfs
    {'V', 0, 255},       // video4linux
    {'X', 33, 58},       // xfs: up to GETBMAPX and EOFBLOCKS
    {'X', 62, 99},       // GETPARENTS, SCRUBV_METADATA
    {'X', 101, 108},     // FSBULKSTAT, FSINUMBERS, handles
    {'X', 118, 118},     // none
    {'X', 122, 123},     // ATTRLIST_BY_HANDLE, ATTRMULTI_BY_HANDLE
    {'X', 127, 255},     // BULKSTAT, INUMBERS
    {'a', 0, 255},       // ATM
    {'b', 1, 1},         // binder
    {'d', 0, 255},       // drm
    {'f', 16, 17},       // PAGEMAP_SCAN, PROCMAP_QUERY
    {'f', 135, 135},     // FS_IOC_READ_VERITY_METADATA
    {'k', 0, 15},        // spi
    {'|', 0, 255},       // media
    {0x92, 6, 7},        // usbmon: GET, MFETCH
    {0x92, 10, 10},      // GETX
    {0x93, 0x60, 0x8f},  // autofs
    {0x94, 64, 64},      // btrfs: ENCODED_READ
    {0xa4, 0, 255},      // tee
    {0xae, 0, 255},      // kvm
    {0xaf, 0, 255},      // vhost
    {0xb3, 0, 1},        // MMC_IOC_CMD, MMC_IOC_MULTI_CMD
};

constexpr bool has_nested_pointers(uint32_t command) {
  const uint32_t type = (command >> 8) & 0xff;
  const uint32_t number = command & 0xff;
  for (const Numbers& nested : kNestedCommands) {
    if (type == nested.type && number >= nested.first && number <= nested.last) return true;
  }
  return false;
}

// clang-format off
constexpr Row kIoctls[] = {
    {0x0001, "FIBMAP", "", {inout<int32_t>(3)}},
    {0x0002, "FIGETBSZ", "", {out<int32_t>(3)}},
    {0x0301, "HDIO_GETGEO", "", {out<HdGeometry>(3)}},
    {0x07b9, "IOCTL_VM_SOCKETS_GET_LOCAL_CID", "", {out<uint32_t>(3)}},
    {0x125d, "BLKROSET", ""},
    {0x125e, "BLKROGET", "", {out<int32_t>(3)}},
    {0x125f, "BLKRRPART", ""},
    {0x1260, "BLKGETSIZE", "", {out<uint64_t>(3)}},
    {0x1261, "BLKFLSBUF", ""},
    {0x1262, "BLKRASET", "fd ioctl long"},
    {0x1263, "BLKRAGET", "", {out<uint64_t>(3)}},
    {0x1264, "BLKFRASET", "fd ioctl long"},
    {0x1265, "BLKFRAGET", "", {out<uint64_t>(3)}},
    {0x1267, "BLKSECTGET", "", {out<uint16_t>(3)}},
    {0x1268, "BLKSSZGET", "", {out<int32_t>(3)}},
    {0x1269, "BLKPG", ""},
    {0x1274, "BLKTRACESTART", ""},
    {0x1275, "BLKTRACESTOP", ""},
    {0x1276, "BLKTRACETEARDOWN", ""},
    {0x1277, "BLKDISCARD", ""},
    {0x1278, "BLKIOMIN", "", {out<uint32_t>(3)}},
    {0x1279, "BLKIOOPT", "", {out<uint32_t>(3)}},
    {0x127a, "BLKALIGNOFF", "", {out<int32_t>(3)}},
    {0x127b, "BLKPBSZGET", "", {out<uint32_t>(3)}},
    {0x127c, "BLKDISCARDZEROES", "", {out<uint32_t>(3)}},
    {0x127d, "BLKSECDISCARD", ""},
    {0x127e, "BLKROTATIONAL", "", {out<uint16_t>(3)}},
    {0x127f, "BLKZEROOUT", ""},
    {0x2201, "SG_SET_TIMEOUT", ""},
    {0x2202, "SG_GET_TIMEOUT", ""},
    {0x2203, "SG_EMULATED_HOST", "", {out<int32_t>(3)}},
    {0x2272, "SG_GET_RESERVED_SIZE", "", {out<int32_t>(3)}},
    {0x2275, "SG_SET_RESERVED_SIZE", ""},
    {0x2282, "SG_GET_VERSION_NUM", "", {out<int32_t>(3)}},
    {0x2285, "SG_IO", "", {}, refuse(ENOTTY, kNested)},
    {0x2400, "PERF_EVENT_IOC_ENABLE", "fd ioctl hex"},
    {0x2401, "PERF_EVENT_IOC_DISABLE", "fd ioctl hex"},
    {0x2402, "PERF_EVENT_IOC_REFRESH", "fd ioctl int"},
    {0x2403, "PERF_EVENT_IOC_RESET", "fd ioctl hex"},
    {0x2405, "PERF_EVENT_IOC_SET_OUTPUT", "fd ioctl fd"},
    {0x4b2f, "KIOCSOUND", "fd ioctl int"},
    {0x4b30, "KDMKTONE", "fd ioctl hex"},
    {0x4b31, "KDGETLED", "", {out<char>(3)}},
    {0x4b32, "KDSETLED", "fd ioctl int"},
    {0x4b33, "KDGKBTYPE", "", {out<char>(3)}},
    {0x4b3a, "KDSETMODE", "fd ioctl int"},
    {0x4b3b, "KDGETMODE", "", {out<int32_t>(3)}},
    {0x4b40, "GIO_SCRNMAP", "", {out<char[256]>(3)}},
    {0x4b41, "PIO_SCRNMAP", ""},
    {0x4b44, "KDGKBMODE", "", {out<int32_t>(3)}},
    {0x4b45, "KDSKBMODE", "fd ioctl int"},
    {0x4b46, "KDGKBENT", "", {inout<char[4]>(3)}},
    {0x4b47, "KDSKBENT", ""},
    {0x4b48, "KDGKBSENT", "", {inout<char[513]>(3)}},
    {0x4b49, "KDSKBSENT", ""},
    {0x4b4a, "KDGKBDIACR", "", {out<char[772]>(3)}},
    {0x4b4b, "KDSKBDIACR", ""},
    {0x4b4c, "KDGETKEYCODE", "", {inout<char[8]>(3)}},
    {0x4b4d, "KDSETKEYCODE", ""},
    {0x4b4e, "KDSIGACCEPT", "fd ioctl int"},
    {0x4b52, "KDKBDREP", "", {inout<char[8]>(3)}},
    {0x4b62, "KDGKBMETA", "", {out<int32_t>(3)}},
    {0x4b63, "KDSKBMETA", "fd ioctl int"},
    {0x4b64, "KDGKBLED", "", {out<char>(3)}},
    {0x4b65, "KDSKBLED", "fd ioctl int"},
    {0x4b66, "GIO_UNIMAP", "", {}, refuse(ENOTTY, kNested)},
    {0x4b67, "PIO_UNIMAP", ""},
    {0x4b68, "PIO_UNIMAPCLR", ""},
    {0x4b69, "GIO_UNISCRNMAP", "", {out<char[512]>(3)}},
    {0x4b6a, "PIO_UNISCRNMAP", ""},
    {0x4b6d, "PIO_FONTRESET", ""},
    {0x4b70, "GIO_CMAP", "", {out<char[48]>(3)}},
    {0x4b71, "PIO_CMAP", ""},
    {0x4b72, "KDFONTOP", "", {}, refuse(ENOTTY, kNested)},
    {0x4bfa, "KDGKBDIACRUC", "", {out<char[3076]>(3)}},
    {0x4bfb, "KDSKBDIACRUC", ""},
    {0x4c00, "LOOP_SET_FD", "fd ioctl fd"},
    {0x4c01, "LOOP_CLR_FD", ""},
    {0x4c02, "LOOP_SET_STATUS", ""},
    {0x4c03, "LOOP_GET_STATUS", "", {out<LoopInfo>(3)}},
    {0x4c04, "LOOP_SET_STATUS64", ""},
    {0x4c05, "LOOP_GET_STATUS64", "", {out<LoopInfo64>(3)}},
    {0x4c06, "LOOP_CHANGE_FD", "fd ioctl fd"},
    {0x4c07, "LOOP_SET_CAPACITY", ""},
    {0x4c08, "LOOP_SET_DIRECT_IO", "fd ioctl int"},
    {0x4c09, "LOOP_SET_BLOCK_SIZE", "fd ioctl int"},
    {0x4c0a, "LOOP_CONFIGURE", ""},
    {0x4c80, "LOOP_CTL_ADD", "fd ioctl int"},
    {0x4c81, "LOOP_CTL_REMOVE", "fd ioctl int"},
    {0x4c82, "LOOP_CTL_GET_FREE", ""},
    {0x5204, "RNDZAPENTCNT", ""},
    {0x5206, "RNDCLEARPOOL", ""},
    {0x5207, "RNDRESEEDCRNG", ""},
    {0x5301, "CDROMPAUSE", ""},
    {0x5302, "CDROMRESUME", ""},
    {0x5303, "CDROMPLAYMSF", ""},
    {0x5304, "CDROMPLAYTRKIND", ""},
    {0x5305, "CDROMREADTOCHDR", "", {out<char[2]>(3)}},
    {0x5306, "CDROMREADTOCENTRY", "", {inout<char[12]>(3)}},
    {0x5307, "CDROMSTOP", ""},
    {0x5308, "CDROMSTART", ""},
    {0x5309, "CDROMEJECT", ""},
    {0x530a, "CDROMVOLCTRL", ""},
    {0x530b, "CDROMSUBCHNL", "", {inout<char[16]>(3)}},
    {0x530f, "CDROMEJECT_SW", "fd ioctl int"},
    {0x5310, "CDROMMULTISESSION", "", {inout<char[8]>(3)}},
    {0x5311, "CDROM_GET_MCN", "", {out<char[14]>(3)}},
    {0x5312, "CDROMRESET", ""},
    {0x5313, "CDROMVOLREAD", "", {out<char[4]>(3)}},
    {0x5316, "CDROMSEEK", ""},
    {0x5317, "CDROMPLAYBLK", ""},
    {0x5319, "CDROMCLOSETRAY", ""},
    {0x5320, "CDROM_SET_OPTIONS", "fd ioctl int"},
    {0x5321, "CDROM_CLEAR_OPTIONS", "fd ioctl int"},
    {0x5322, "CDROM_SELECT_SPEED", "fd ioctl int"},
    {0x5323, "CDROM_SELECT_DISC", "fd ioctl int"},
    {0x5325, "CDROM_MEDIA_CHANGED", "fd ioctl int"},
    {0x5326, "CDROM_DRIVE_STATUS", "fd ioctl int"},
    {0x5327, "CDROM_DISC_STATUS", ""},
    {0x5328, "CDROM_CHANGER_NSLOTS", ""},
    {0x5329, "CDROM_LOCKDOOR", "fd ioctl int"},
    {0x5330, "CDROM_DEBUG", "fd ioctl int"},
    {0x5331, "CDROM_GET_CAPABILITY", ""},
    {0x5382, "SCSI_IOCTL_GET_IDLUN", "", {out<uint32_t[2]>(3)}},
    {0x5386, "SCSI_IOCTL_GET_BUS_NUMBER", "", {out<int32_t>(3)}},
    {0x5394, "CDROM_NEXT_WRITABLE", "", {out<int64_t>(3)}},
    {0x5395, "CDROM_LAST_WRITTEN", "", {out<int64_t>(3)}},
    {0x5401, "TCGETS", "", {out<Termios>(3)}},
    {0x5402, "TCSETS", ""},
    {0x5403, "TCSETSW", "", {}, kMayBlock},
    {0x5404, "TCSETSF", "", {}, kMayBlock},
    {0x5405, "TCGETA", "", {out<Termio>(3)}},
    {0x5406, "TCSETA", ""},
    {0x5407, "TCSETAW", "", {}, kMayBlock},
    {0x5408, "TCSETAF", "", {}, kMayBlock},
    {0x5409, "TCSBRK", "fd ioctl int", {}, kMayBlock},
    {0x540a, "TCXONC", "fd ioctl int"},
    {0x540b, "TCFLSH", "fd ioctl int"},
    {0x540c, "TIOCEXCL", ""},
    {0x540d, "TIOCNXCL", ""},
    {0x540e, "TIOCSCTTY", "fd ioctl int"},
    {0x540f, "TIOCGPGRP", "", {out<int32_t>(3)}},
    {0x5410, "TIOCSPGRP", ""},
    {0x5411, "TIOCOUTQ", "", {out<int32_t>(3)}},
    {0x5412, "TIOCSTI", ""},
    {0x5413, "TIOCGWINSZ", "", {out<Winsize>(3)}},
    {0x5414, "TIOCSWINSZ", ""},
    {0x5415, "TIOCMGET", "", {out<int32_t>(3)}},
    {0x5416, "TIOCMBIS", ""},
    {0x5417, "TIOCMBIC", ""},
    {0x5418, "TIOCMSET", ""},
    {0x5419, "TIOCGSOFTCAR", "", {out<int32_t>(3)}},
    {0x541a, "TIOCSSOFTCAR", ""},
    {0x541b, "FIONREAD", "", {out<int32_t>(3)}},
    // Sub-commands that tell anything write a byte where their number stood.
    {0x541c, "TIOCLINUX", "", {inout<char>(3)}},
    {0x541d, "TIOCCONS", ""},
    {0x541e, "TIOCGSERIAL", "", {out<SerialStruct>(3)}},
    {0x541f, "TIOCSSERIAL", ""},
    {0x5420, "TIOCPKT", ""},
    {0x5421, "FIONBIO", ""},
    {0x5422, "TIOCNOTTY", ""},
    {0x5423, "TIOCSETD", ""},
    {0x5424, "TIOCGETD", "", {out<int32_t>(3)}},
    {0x5425, "TCSBRKP", "fd ioctl int", {}, kMayBlock},
    {0x5427, "TIOCSBRK", ""},
    {0x5428, "TIOCCBRK", ""},
    {0x5429, "TIOCGSID", "", {out<int32_t>(3)}},
    {0x542e, "TIOCGRS485", "", {out<char[32]>(3)}},
    {0x542f, "TIOCSRS485", "", {inout<char[32]>(3)}},
    {0x5437, "TIOCVHANGUP", ""},
    {0x5441, "TIOCGPTPEER", "fd ioctl open"},
    {0x5450, "FIONCLEX", ""},
    {0x5451, "FIOCLEX", ""},
    {0x5452, "FIOASYNC", ""},
    {0x5456, "TIOCGLCKTRMIOS", "", {out<Termios>(3)}},
    {0x5457, "TIOCSLCKTRMIOS", ""},
    {0x5459, "TIOCSERGETLSR", "", {out<int32_t>(3)}},
    {0x545c, "TIOCMIWAIT", "fd ioctl hex", {}, kMayBlock},
    {0x545d, "TIOCGICOUNT", "", {out<char[80]>(3)}},
    {0x5460, "FIOQSIZE", "", {out<int64_t>(3)}},
    {0x54e3, "TUNGETDEVNETNS", ""},
    {0x5600, "VT_OPENQRY", "", {out<int32_t>(3)}},
    {0x5601, "VT_GETMODE", "", {out<char[8]>(3)}},
    {0x5602, "VT_SETMODE", ""},
    {0x5603, "VT_GETSTATE", "", {out<uint16_t[3]>(3)}},
    {0x5604, "VT_SENDSIG", ""},
    {0x5605, "VT_RELDISP", "fd ioctl int"},
    {0x5606, "VT_ACTIVATE", "fd ioctl int"},
    {0x5607, "VT_WAITACTIVE", "fd ioctl int", {}, kMayBlock},
    {0x5608, "VT_DISALLOCATE", "fd ioctl int"},
    {0x5609, "VT_RESIZE", ""},
    {0x560a, "VT_RESIZEX", ""},
    {0x560b, "VT_LOCKSWITCH", ""},
    {0x560c, "VT_UNLOCKSWITCH", ""},
    {0x560d, "VT_GETHIFONTMASK", "", {out<uint16_t>(3)}},
    {0x560e, "VT_WAITEVENT", "", {inout<char[28]>(3)}, kMayBlock},
    {0x560f, "VT_SETACTIVATE", ""},
    {0x7001, "RTC_AIE_ON", ""},
    {0x7002, "RTC_AIE_OFF", ""},
    {0x7003, "RTC_UIE_ON", ""},
    {0x7004, "RTC_UIE_OFF", ""},
    {0x7005, "RTC_PIE_ON", ""},
    {0x7006, "RTC_PIE_OFF", ""},
    {0x700f, "RTC_WIE_ON", ""},
    {0x7010, "RTC_WIE_OFF", ""},
    {0x7014, "RTC_VL_CLR", ""},
    {0x8901, "FIOSETOWN", ""},
    {0x8902, "SIOCSPGRP", ""},
    {0x8903, "FIOGETOWN", "", {out<int32_t>(3)}},
    {0x8904, "SIOCGPGRP", "", {out<int32_t>(3)}},
    {0x8905, "SIOCATMARK", "", {out<int32_t>(3)}},
    {0x8906, "SIOCGSTAMP", "", {out<Timeval>(3)}},
    {0x8907, "SIOCGSTAMPNS", "", {out<Timespec>(3)}},
    {0x890b, "SIOCADDRT", ""},
    {0x890c, "SIOCDELRT", ""},
    {0x890d, "SIOCRTMSG", ""},
    {0x8910, "SIOCGIFNAME", "", {inout<Ifreq>(3)}},
    {0x8911, "SIOCSIFLINK", ""},
    // Without a buffer it only tells the length.
    {0x8912, "SIOCGIFCONF", "", {inout<Ifconf>(3), bytes_via<Ifconf>(3, offsetof(Ifconf, buffer), offsetof(Ifconf, length))}},
    {0x8913, "SIOCGIFFLAGS", "", {inout<Ifreq>(3)}},
    {0x8914, "SIOCSIFFLAGS", ""},
    {0x8915, "SIOCGIFADDR", "", {inout<Ifreq>(3)}},
    {0x8916, "SIOCSIFADDR", ""},
    {0x8917, "SIOCGIFDSTADDR", "", {inout<Ifreq>(3)}},
    {0x8918, "SIOCSIFDSTADDR", ""},
    {0x8919, "SIOCGIFBRDADDR", "", {inout<Ifreq>(3)}},
    {0x891a, "SIOCSIFBRDADDR", ""},
    {0x891b, "SIOCGIFNETMASK", "", {inout<Ifreq>(3)}},
    {0x891c, "SIOCSIFNETMASK", ""},
    {0x891d, "SIOCGIFMETRIC", "", {inout<Ifreq>(3)}},
    {0x891e, "SIOCSIFMETRIC", ""},
    {0x891f, "SIOCGIFMEM", "", {inout<Ifreq>(3)}},
    {0x8920, "SIOCSIFMEM", ""},
    {0x8921, "SIOCGIFMTU", "", {inout<Ifreq>(3)}},
    {0x8922, "SIOCSIFMTU", ""},
    {0x8923, "SIOCSIFNAME", "", {inout<Ifreq>(3)}},
    {0x8924, "SIOCSIFHWADDR", ""},
    {0x8925, "SIOCGIFENCAP", "", {inout<Ifreq>(3)}},
    {0x8926, "SIOCSIFENCAP", ""},
    {0x8927, "SIOCGIFHWADDR", "", {inout<Ifreq>(3)}},
    {0x8929, "SIOCGIFSLAVE", "", {inout<Ifreq>(3)}},
    {0x8930, "SIOCSIFSLAVE", ""},
    {0x8931, "SIOCADDMULTI", ""},
    {0x8932, "SIOCDELMULTI", ""},
    {0x8933, "SIOCGIFINDEX", "", {inout<Ifreq>(3)}},
    {0x8934, "SIOCSIFPFLAGS", ""},
    {0x8935, "SIOCGIFPFLAGS", "", {inout<Ifreq>(3)}},
    {0x8936, "SIOCDIFADDR", ""},
    {0x8937, "SIOCSIFHWBROADCAST", ""},
    {0x8938, "SIOCGIFCOUNT", "", {inout<Ifreq>(3)}},
    {0x8942, "SIOCGIFTXQLEN", "", {inout<Ifreq>(3)}},
    {0x8943, "SIOCSIFTXQLEN", ""},
    {0x8946, "SIOCETHTOOL", "", {}, refuse(EOPNOTSUPP, "its many commands write through a pointer, each another length")},
    {0x8947, "SIOCGMIIPHY", "", {inout<Ifreq>(3)}},
    {0x8948, "SIOCGMIIREG", "", {inout<Ifreq>(3)}},
    {0x8949, "SIOCSMIIREG", ""},
    {0x894b, "SIOCOUTQNSD", "", {out<int32_t>(3)}},
    {0x894c, "SIOCGSKNS", ""},
    {0x8953, "SIOCDARP", ""},
    {0x8954, "SIOCGARP", "", {inout<Arpreq>(3)}},
    {0x8955, "SIOCSARP", ""},
    {0x8970, "SIOCGIFMAP", "", {inout<Ifreq>(3)}},
    {0x8982, "SIOCGIFVLAN", "", {inout<char[56]>(3)}},
    {0x8983, "SIOCSIFVLAN", "", {inout<char[56]>(3)}},
    {0x8990, "SIOCBONDENSLAVE", ""},
    {0x8991, "SIOCBONDRELEASE", ""},
    {0x8992, "SIOCBONDSETHWADDR", ""},
    {0x8993, "SIOCBONDSLAVEINFOQUERY", "", {}, refuse(EOPNOTSUPP, kNested)},
    {0x8994, "SIOCBONDINFOQUERY", "", {}, refuse(EOPNOTSUPP, kNested)},
    {0x8995, "SIOCBONDCHANGEACTIVE", ""},
    {0x89a0, "SIOCBRADDBR", ""},
    {0x89a1, "SIOCBRDELBR", ""},
    {0x89a2, "SIOCBRADDIF", ""},
    {0x89a3, "SIOCBRDELIF", ""},
    {0x89b0, "SIOCSHWTSTAMP", "", {out_via<Ifreq, char[12]>(3, 16)}},
    {0x89b1, "SIOCGHWTSTAMP", "", {out_via<Ifreq, char[12]>(3, 16)}},
    {0xb701, "NS_GET_USERNS", ""},
    {0xb702, "NS_GET_PARENT", ""},
    {0xb703, "NS_GET_NSTYPE", ""},
    {0xb704, "NS_GET_OWNER_UID", "", {out<uint32_t>(3)}},
    {0xff01, "PIDFD_GET_CGROUP_NAMESPACE", ""},
    {0xff02, "PIDFD_GET_IPC_NAMESPACE", ""},
    {0xff03, "PIDFD_GET_MNT_NAMESPACE", ""},
    {0xff04, "PIDFD_GET_NET_NAMESPACE", ""},
    {0xff05, "PIDFD_GET_PID_NAMESPACE", ""},
    {0xff06, "PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE", ""},
    {0xff07, "PIDFD_GET_TIME_NAMESPACE", ""},
    {0xff08, "PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE", ""},
    {0xff09, "PIDFD_GET_USER_NAMESPACE", ""},
    {0xff0a, "PIDFD_GET_UTS_NAMESPACE", ""},
    // Say that they only read, and write back.
    {encode(kReads, 'T', 202, 4), "TUNSETIFF", "", {inout<Ifreq>(3)}},
    {encode(kReads, 'f', 41, 4), "EXT4_IOC_GETSTATE", "", {out<int32_t>(3)}},
    {encode(kReads, 0x94, 9, 4), "FICLONE", "fd ioctl fd"},
    {encode(kReads, 'T', 213, 16), "TUNATTACHFILTER", ""},
    {encode(kReads, 'p', 0x13, 24), "RTC_PARAM_GET", "", {inout<char[24]>(3)}},
    {encode(kWrites, 'T', 210, 4), "TUNGETIFF", "", {out<Ifreq>(3)}},
    // Say that they write, and take a process's number.
    {encode(kWrites, 0xb7, 6, 4), "NS_GET_PID_FROM_PIDNS", "fd ioctl pid"},
    {encode(kWrites, 0xb7, 7, 4), "NS_GET_TGID_FROM_PIDNS", "fd ioctl pid"},
    {encode(kWrites, 0xb7, 8, 4), "NS_GET_PID_IN_PIDNS", "fd ioctl pid"},
    {encode(kWrites, 0xb7, 9, 4), "NS_GET_TGID_IN_PIDNS", "fd ioctl pid"},
    // The size bits say eight bytes, the kernel writes four.
    {encode(kWrites, 'f', 1, 8), "FS_IOC_GETFLAGS", "", {out<int32_t>(3)}},
    // The size bits leave out the identity itself.
    {encode(kWrites, 'f', 44, 8), "EXT4_IOC_GETFSUUID", "", {trailing<char[8], char, uint32_t>(3, 0)}},
    // The size bits are those of a pointer.
    {encode(kWrites, 'p', 0xa1, 8), "PPS_GETPARAMS", "", {out<char[40]>(3)}},
    {encode(kWrites, 'p', 0xa3, 8), "PPS_GETCAP", "", {out<int32_t>(3)}},
    {encode(kWrites, 'v', 1, 8), "FS_IOC_GETVERSION", "", {out<int32_t>(3)}},
    {encode(kWrites | kReads, 'f', 134, 4), "FS_IOC_MEASURE_VERITY", "", {trailing<char[4], char, uint16_t>(3, 2)}},
    {encode(kWrites | kReads, '$', 10, 8), "PERF_EVENT_IOC_QUERY_BPF", "", {trailing<char[8], uint32_t, uint32_t>(3, 0).on_error()}},
    {encode(kWrites | kReads, 'p', 0xa4, 8), "PPS_FETCH", "", {inout<char[64]>(3)}, kMayBlock},
    // The size bits leave out the policy.
    {encode(kWrites | kReads, 'f', 22, 9), "FS_IOC_GET_ENCRYPTION_POLICY_EX", "", {inout<char[32]>(3)}},
    {encode(kWrites | kReads, 0x12, 130, 16), "BLKREPORTZONE", "", {trailing<char[16], char[64], uint32_t>(3, 8)}},
    {encode(kWrites | kReads, 0x94, 20, 16), "BTRFS_IOC_SPACE_INFO", "", {trailing<char[16], char[24], uint32_t>(3, 0)}},
    {encode(kWrites | kReads, 0x94, 54, 24), "FIDEDUPERANGE", "",
     {trailing<DedupeRange, DedupeRangeInfo, uint16_t>(3, offsetof(DedupeRange, count))}},
    {encode(kWrites | kReads, 'f', 11, 32), "FS_IOC_FIEMAP", "",
     {trailing<Fiemap, FiemapExtent, uint32_t>(3, offsetof(Fiemap, extent_count)).on_error()}},
    {encode(kWrites | kReads, 'f', 42, 32), "EXT4_IOC_GET_ES_CACHE", "",
     {trailing<Fiemap, FiemapExtent, uint32_t>(3, offsetof(Fiemap, extent_count)).on_error()}},
    {encode(kWrites | kReads, 0x94, 35, 56), "BTRFS_IOC_INO_PATHS", "", {bytes_via<char[56]>(3, 48, 8).maybe()}},
    {encode(kWrites | kReads, 0x94, 36, 56), "BTRFS_IOC_LOGICAL_INO", "", {bytes_via<char[56]>(3, 48, 8).maybe()}},
    {encode(kWrites | kReads, 0x94, 59, 56), "BTRFS_IOC_LOGICAL_INO_V2", "", {bytes_via<char[56]>(3, 48, 8).maybe()}},
    {encode(kWrites | kReads, '!', 0, 80), "SECCOMP_IOCTL_NOTIF_RECV", "", {inout<char[80]>(3)}, kMayBlock, Special::kSeccompReceive},
    // How much room it had wanted is told where it had too little.
    {encode(kWrites | kReads, 0x94, 17, 112), "BTRFS_IOC_TREE_SEARCH_V2", "", {trailing<char[112], char, uint32_t>(3, 104).on_error()}},
    {encode(kWrites | kReads, 'X', 59, 192), "FS_IOC_GETFSMAP", "", {trailing<char[192], char[64], uint32_t>(3, 8)}},
};
// clang-format on

static_assert(is_sorted_and_unique(kIoctls));

}  // namespace

std::span<const Row> ioctl_rows() { return kIoctls; }

const Row& unlisted_ioctl(uint32_t command) {
  const uint32_t direction = command >> 30;
  if (has_nested_pointers(command)) return kNestedPointers;
  if ((command >> 8 & 0xff) == kDeviceMapperType) return kDeviceMapper;
  if (direction & kWrites) return kSized;
  const bool is_devices_own = command >> 8 == 0x8b || (command >= 0x89f0 && command <= 0x89ff);
  if (is_devices_own) return kDevicesOwn;
  return direction == 0 ? kUndirected : kPlain;
}

}  // namespace rr::syscalls
