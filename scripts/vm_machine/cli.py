"""What scripts/vm understands."""

import argparse
import contextlib
import os
import platform
import sys
from pathlib import Path

from . import (agent, cache, debian, host, image, kernels, machine, recipe, streams, sysroot,
               terminal)
from .forward import Forward

UNAVAILABLE = 77     # a kernel or package cannot be had: a test that needs it is skipped
REPOSITORY = Path(__file__).resolve().parents[2]


def add_machine_options(parser):
    parser.add_argument("--kernel", choices=list(recipe.KERNELS), default=recipe.DEFAULT_KERNEL)
    parser.add_argument("--release", choices=recipe.RELEASES, default=recipe.DEFAULT_RELEASE)
    parser.add_argument("--cpu", default="neoverse-n1", metavar="MODEL")
    parser.add_argument("--smp", type=int, default=1, metavar="N", help="number of CPUs")
    parser.add_argument("--memory", default="4G", metavar="M")
    parser.add_argument("--share", type=Path, metavar="DIR", help="mounted read-write at /share")
    parser.add_argument("--no-icount", action="store_true",
                        help="faster, with threads, but no instruction counter")
    parser.add_argument("--shift", type=int, default=0, metavar="N",
                        help="an instruction takes 2^N ns of guest time")
    parser.add_argument("--skip-idle", action="store_true",
                        help="guest time jumps over idleness: a sleep takes no real time")
    parser.add_argument("--user", action="store_true",
                        help="run as an ordinary user, with perf_event_paranoid 1")
    parser.add_argument("--timeout", type=float, metavar="S", help="give up after S seconds: 124")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--directory", metavar="DIR", help="where the command starts")
    parser.add_argument("--forward", metavar="HOSTPORT:GUESTPORT",
                        help="reach a port of the guest's loopback at the host's 127.0.0.1")


def parse(words):
    command = []
    if "--" in words:
        cut = words.index("--")
        words, command = words[:cut], words[cut + 1:]
    parser = argparse.ArgumentParser(prog="vm", description="An emulated aarch64 Debian machine.")
    actions = parser.add_subparsers(dest="action", required=True)
    add_machine_options(actions.add_parser("run", help="run -- COMMAND: boots, runs, passes streams "
                                                       "and exit status through"))
    add_machine_options(actions.add_parser("shell", help="a terminal in the guest"))
    actions.add_parser("kernels", help="make the kernels and print their versions")
    prepare = actions.add_parser("prepare", help="make a guest now, rather than at first use")
    prepare.add_argument("--kernel", choices=list(recipe.KERNELS), default=recipe.DEFAULT_KERNEL)
    prepare.add_argument("--release", choices=recipe.RELEASES, default=recipe.DEFAULT_RELEASE)
    actions.add_parser("sysroot", help="print where the cross compiler's sysroot is")
    setup = actions.add_parser("setup", help="for scripts/setup: what its packages do not bring")
    setup.add_argument("--sysroot", action="store_true")
    setup.add_argument("--machine", action="store_true")
    options = parser.parse_args(words)
    options.command = command
    if options.action == "run" and not command:
        parser.error("run needs -- COMMAND")
    return options


def make_settings(options):
    if options.share and not options.share.is_dir():
        sys.exit(f"vm: --share {options.share}: no such folder")
    built = REPOSITORY / "build" / "aarch64"
    return machine.Settings(
        kernel=kernels.get(options.kernel), image=image.get(options.release), cpu=options.cpu,
        count=options.smp, memory=options.memory, icount=not options.no_icount,
        shift=options.shift, idle="skip" if options.skip_idle else "wait",
        share=options.share and options.share.resolve(),
        build=built if built.is_dir() else None)


def make_command(options):
    environment = dict(item.partition("=")[::2] for item in options.env)
    shell = options.action == "shell"
    if shell:
        environment.setdefault("TERM", terminal.kind())
    return streams.Command(arguments=options.command or ["bash", "-l"], environment=environment,
                           directory=options.directory, user=options.user, timeout=options.timeout,
                           terminal=terminal.size() if shell else None,
                           forward=Forward(options.forward) if options.forward else None)


def show_kernels():
    missing = 0
    for name in recipe.KERNELS:
        try:
            kernel = kernels.get(name)
            print(f"{name:5} {kernel.version:24} {kernel.release}")
        except debian.Unavailable as reason:
            print(f"{name:5} cannot be had: {reason}")
            missing = UNAVAILABLE
    return missing


def set_up(options):
    if options.sysroot and platform.machine() != "aarch64":
        sysroot.get()
    if options.machine:
        host.install_qemu()
        agent.get()
        kernels.get(recipe.DEFAULT_KERNEL)
        image.get(recipe.DEFAULT_RELEASE)
    return 0


def open_standard_streams():
    """A stream that we were started without must not become one of our own files."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main(words):
    open_standard_streams()
    options = parse(words)
    try:
        if options.action == "kernels":
            return show_kernels()
        if options.action == "prepare":
            kernels.get(options.kernel)
            image.get(options.release)
            return 0
        if options.action == "sysroot":
            print(sysroot.get())
            return 0
        if options.action == "setup":
            return set_up(options)
        settings, command = make_settings(options), make_command(options)
        with terminal.raw() if command.terminal else contextlib.nullcontext():
            return streams.run(settings, command)
    except debian.Unavailable as reason:
        cache.say(str(reason))
        return UNAVAILABLE
    except FileNotFoundError as reason:
        cache.say(str(reason))
        return streams.MACHINE_FAILED
