"""Debian packages of another suite or architecture, through apt as this host has it configured.

The archive's address and keys are those of apt's own configuration; only the suite and the
architecture differ. Lists, packages and state lie in a folder of their own: the host's apt state and
sources are read, never changed.
"""

import pathlib
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Unavailable(Exception):
    """The archive does not have what was asked for, or cannot be reached."""


def addresses():
    """(suite, address) of everything among apt's sources."""
    out = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Identifier: Packages"],
        check=True, capture_output=True, text=True).stdout
    return [tuple(line.split(" ", 1)) for line in out.splitlines() if " " in line]


def archive_address():
    """The archive that this host's own release comes from."""
    # Not NAME-security, NAME-updates or a third party's suite: the archive proper.
    for suite in (host_suite(), "stable", "bookworm", "trixie", "testing", "sid", "unstable"):
        for release, address in addresses():
            if release == suite:
                return address
    raise Unavailable("apt has no Debian archive among its sources (see sources.list(5))")


def host_suite():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return "bookworm"


class Area:
    """A private apt for one suite and one architecture, in a folder that is its own."""

    def __init__(self, suite, folder, architecture="arm64"):
        self.suite = suite
        self.root = folder
        for part in ("state/lists/partial", "cache/archives/partial", "empty", "log"):
            (self.root / part).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        self.config = self.root / "apt.conf"
        self.config.write_text(CONFIG.format(root=self.root, architecture=architecture))
        signed = f"signed-by={KEYRING} " if KEYRING.exists() else ""
        sources = f"deb [{signed}arch={architecture}] {archive_address()} {suite} main\n"
        (self.root / "sources.list").write_text(sources)

    def run(self, tool, *arguments):
        done = subprocess.run([tool, "-c", self.config, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            text = (done.stderr or done.stdout).strip()
            raise Unavailable(f"{tool} {arguments[0]} ({self.suite}): {text}")
        return done.stdout

    def update(self):
        self.run("apt-get", "-qq", "update")

    def dependencies(self, package):
        out = self.run("apt-cache", "--no-recommends", "--no-suggests", "depends", package)
        return re.findall(r"^ *\|?(?:Pre)?Depends: ([^\s<>]+)", out, re.M)

    def version(self, package):
        found = re.search(r"^Version: (.*)$", self.run("apt-cache", "show", package), re.M)
        if not found:
            raise Unavailable(f"{self.suite} has no package {package}")
        return found.group(1)

    def download(self, packages, folder):
        """Downloads exactly these packages into a folder."""
        out = self.run("apt-get", "--print-uris", "download", *packages)
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["apt-get", "-c", self.config, "-qq", "download", *packages],
                              cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Unavailable(done.stderr.strip())
        return [folder / name for name in re.findall(r"^'[^']*' (\S+)", out, re.M)]

    def download_closure(self, packages):
        """Downloads these packages and all they depend on; they lie in the area till cleaned."""
        install = ["--yes", "-qq", "--no-install-recommends", "install", *packages]
        out = self.run("apt-get", "--print-uris", *install)
        self.run("apt-get", "--download-only", *install)
        names = re.findall(r"^'[^']*' (\S+\.deb)", out, re.M)
        return [self.root / "cache/archives" / name for name in names]

    def clean(self):
        shutil.rmtree(self.root, ignore_errors=True)


def join_usr(root):
    """Makes /bin, /sbin and /lib links into /usr, before anything is unpacked there."""
    for name in ("bin", "sbin", "lib"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")


def unpack(packages, root):
    """Unpacks packages into a folder, two at a time; no maintainer script runs."""
    root.mkdir(exist_ok=True)

    def unpack_one(package):
        read = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-p", "--keep-directory-symlink", "--warning=no-timestamp",
                        "-C", root], stdin=read.stdout, check=True)
        read.stdout.close()
        if read.wait() != 0:
            raise RuntimeError(f"cannot unpack {package}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(unpack_one, packages))


CONFIG = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/empty";
Dir::Etc::preferences "{root}/empty/none";
Dir::Etc::preferencesparts "{root}/empty";
Dir::State "{root}/state";
Dir::State::lists "{root}/state/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Log "{root}/log";
"""
