"""QEMU: its command line, its process, and the ports between us and the guest."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import agent

QEMU = "qemu-system-aarch64"


@dataclass
class Settings:
    kernel: object            # kernels.Kernel
    image: Path               # the root file system
    cpu: str = "neoverse-n1"
    count: int = 1
    memory: str = "4G"
    icount: bool = True
    shift: int = 0
    idle: str = "wait"        # "wait": an idle guest waits in real time; "skip": it does not
    share: Path | None = None
    build: Path | None = None
    keep: bool = False        # writes go to the image itself
    extra: list = field(default_factory=list)


def arguments(settings, console, initramfs, ports):
    """The command line; ports is a dict from a port's name to the descriptor of our far end."""
    line = [QEMU, "-M", "virt,gic-version=3", "-cpu", settings.cpu, "-smp", str(settings.count),
            "-m", settings.memory, "-nodefaults", "-display", "none", "-no-reboot", "-seed", "42",
            "-kernel", settings.kernel.image, "-initrd", initramfs,
            "-append", "console=ttyAMA0 quiet panic=-1 mitigations=off kpti=off",
            "-serial", f"file:{console}"]
    if settings.icount:
        sleep = "off" if settings.idle == "skip" else "on"
        line += ["-accel", "tcg,thread=single", "-icount", f"shift={settings.shift},sleep={sleep}"]
    else:
        line += ["-accel", "tcg,thread=multi"]
    drives = [(settings.image, "" if settings.keep else ",snapshot=on"),
              (settings.kernel.modules, ",readonly=on")]
    for number, (path, options) in enumerate(drives):
        line += ["-drive", f"if=none,id=disk{number},format=raw,cache=unsafe,file={path}{options}",
                 "-device", f"virtio-blk-pci,drive=disk{number}"]
    line += ["-device", "virtio-serial-pci,max_ports=8"]
    for name, descriptor in ports.items():
        line += ["-chardev", f"socket,id={name},fd={descriptor}",
                 "-device", f"virtserialport,chardev={name},name={name}"]
    for tag, path, options in (("share", settings.share, ""),
                               ("build", settings.build, ",readonly=on")):
        if path:
            line += ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,"
                                f"multidevs=remap{options}"]
    return [str(word) for word in line + settings.extra]


class Machine:
    """A running guest. Closing it ends QEMU; so does the end of this process."""

    def __init__(self, settings, port_names):
        if not shutil.which(QEMU):
            raise FileNotFoundError(f"no {QEMU} (run scripts/setup)")
        # Files without a name: nothing is left behind however we end.
        self.console = memory_file()
        self.log = memory_file()
        initramfs = memory_file(settings.kernel.initramfs.read_bytes() + agent.get().read_bytes())
        self.ports = {}
        theirs = {}
        for name in port_names:
            self.ports[name], theirs[name] = socket.socketpair()
        line = arguments(settings, path_of(self.console), path_of(initramfs),
                         {name: end.fileno() for name, end in theirs.items()})
        self.process = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            pass_fds=[end.fileno() for end in (*theirs.values(), self.console, initramfs)],
            preexec_fn=die_with(os.getpid()))
        for end in (*theirs.values(), initramfs):
            end.close()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for end in self.ports.values():
            end.close()
        self.log.close()
        self.console.close()

    def last_words(self):
        """What QEMU and the guest's console said, for a report of trouble."""
        self.log.seek(0)
        self.console.seek(0)
        text = (self.log.read() + self.console.read()[-3000:]).decode(errors="replace")
        return text.replace("\r", "").strip()


def memory_file(content=b""):
    file = open(os.memfd_create("rr-vm"), "w+b", buffering=0)
    file.write(content)
    return file


def path_of(file):
    return f"/proc/self/fd/{file.fileno()}"


def die_with(parent):
    """In QEMU's process: own group, so that a terminal's Ctrl-C is ours alone; dies with us."""
    prctl = ctypes.CDLL(None).prctl

    def prepare():
        os.setpgid(0, 0)
        pr_set_pdeathsig = 1
        prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
