"""QEMU on the host: the release's own if it is new enough, else its backport.

The backport comes through a private source list: the host's apt sources stay as they are.
"""

import os
import re
import subprocess

from . import cache, debian

PACKAGE = "qemu-system-arm"
OLDEST = 8.1      # neoverse-v1 and the seed option


def installed_version(program="qemu-system-aarch64"):
    try:
        text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return 0.0
    found = re.search(r"version (\d+\.\d+)", text)
    return float(found.group(1)) if found else 0.0


def install_qemu():
    if installed_version() >= OLDEST:
        return
    cache.say(f"installing {PACKAGE}")
    options = [] if candidate_version() >= OLDEST else backports_options()
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if options:
        subprocess.run([*as_root, "apt-get", *options, "-qq", "update"], check=True)
    subprocess.run([*as_root, "apt-get", *options, "-y", "-qq", "--no-install-recommends", "install",
                    PACKAGE], check=True, env=environment, stdout=subprocess.DEVNULL)
    if installed_version() < OLDEST:
        raise debian.Unavailable(f"{PACKAGE} {OLDEST} or newer cannot be had")


def candidate_version():
    out = subprocess.run(["apt-cache", "policy", PACKAGE], capture_output=True, text=True).stdout
    found = re.search(r"Candidate: (?:\d+:)?(\d+\.\d+)", out)
    return float(found.group(1)) if found else 0.0


def backports_options():
    suite = debian.host_suite()
    folder = cache.folder() / "apt" / "host"
    for part in ("lists/partial", "empty"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={debian.KEYRING}] " if debian.KEYRING.exists() else ""
    wanted = {suite, f"{suite}-updates", f"{suite}-security"}
    lines = [f"deb {signed}{address} {release} main" for release, address in debian.addresses()
             if release in wanted]
    lines.append(f"deb {signed}{debian.archive_address()} {suite}-backports main")
    (folder / "sources.list").write_text("\n".join(dict.fromkeys(lines)) + "\n")
    settings = {"Dir::Etc::sourcelist": folder / "sources.list",
                "Dir::Etc::sourceparts": folder / "empty", "Dir::State::lists": folder / "lists",
                "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "",
                "Acquire::Languages": "none", "APT::Default-Release": f"{suite}-backports"}
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
