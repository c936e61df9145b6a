"""The guest's root file system: Debian's arm64 packages unpacked, then settled by booting once."""

import shutil
from pathlib import Path

from . import cache, debian, file_system, kernels, recipe

FINISH = Path(__file__).parent / "guest" / "finish.sh"


def get(release):
    return cache.make(f"root-{release}", key(release), lambda work: build(release, work)) / "root.img"


def key(release):
    return cache.digest(release, packages_of(release), recipe.IMAGE_SIZE, Path(__file__), FINISH)


def packages_of(release):
    return recipe.GUEST_PACKAGES + recipe.RELEASE_PACKAGES[release]


def build(release, work):
    kernel = kernels.get(recipe.DEFAULT_KERNEL)
    area = debian.Area(release, work / "apt")
    root = work / "root"
    try:
        area.update()
        packages = area.download_closure(packages_of(release))
        cache.say(f"making the {release} guest of {len(packages)} packages (a few minutes, once)")
        debian.join_usr(root)
        debian.unpack(packages, root)
    finally:
        area.clean()
    settle(root)
    image = work / "root.img"
    file_system.make(root, image, recipe.IMAGE_SIZE)
    shutil.rmtree(root)
    finish_in_guest(kernel, image)


LINKS = {
    "usr/bin/sh": "dash", "usr/bin/awk": "gawk", "usr/bin/which": "which.debianutils",
    "usr/bin/vi": "vim.basic", "usr/bin/vim": "vim.basic", "usr/bin/editor": "vim.basic",
    "usr/bin/pager": "less", "usr/bin/nc": "nc.openbsd", "usr/bin/cc": "gcc", "usr/bin/c++": "g++",
    "usr/bin/lua": "lua5.4", "etc/mtab": "../proc/self/mounts",
}
TEXTS = {
    "etc/hosts": "127.0.0.1 localhost vm\n::1 localhost\n",
    "etc/hostname": "vm\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    "etc/shells": "/bin/sh\n/bin/bash\n",
    "var/lib/dpkg/status": "",
}
ACCOUNTS = {
    "etc/passwd": ("usr/share/base-passwd/passwd.master", "user:x:1000:1000::/home/user:/bin/bash\n"
                   "redis:x:101:101::/var/lib/redis:/usr/sbin/nologin\n"),
    "etc/group": ("usr/share/base-passwd/group.master", "user:x:1000:\nredis:x:101:\n"),
}


COPIES = {
    "usr/share/base-files/profile": "etc/profile",
    "usr/share/base-files/dot.bashrc": "root/.bashrc",
    "usr/share/base-files/dot.profile": "root/.profile",
    "etc/skel/.bashrc": "home/user/.bashrc",
    "etc/skel/.profile": "home/user/.profile",
}


def settle(root):
    """What the packages' maintainer scripts would have done, as far as it matters here."""
    for link, target in LINKS.items():
        path = root / link
        path.unlink(missing_ok=True)
        path.symlink_to(target)
    for name, text in TEXTS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, (master, more) in ACCOUNTS.items():
        (root / name).write_text((root / master).read_text() + more)
    (root / "etc/passwd").chmod(0o644)
    for name in ("share", "build", "usr/lib/modules", "home/user", "root"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        shutil.copy(root / source, root / target)


def finish_in_guest(kernel, image):
    """Runs finish.sh in the guest on the image itself, with all the host's CPUs."""
    from . import machine, streams
    settings = machine.Settings(kernel=kernel, image=image, cpu="neoverse-n1", count=2,
                                memory="2G", icount=False, keep=True)
    command = streams.Command(arguments=["/bin/bash", "-c", FINISH.read_text()], timeout=1800)
    status = streams.run(settings, command, stdin=None, stdout=2)
    if status != 0:
        raise RuntimeError(f"settling the guest's image failed with status {status}")
