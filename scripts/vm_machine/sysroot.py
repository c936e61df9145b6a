"""What the cross compiler links against: Debian's arm64 development packages, unpacked apart."""

from pathlib import Path

from . import cache, debian, recipe


def get():
    return cache.make("sysroot", key(), build)


def key():
    return cache.digest(recipe.SYSROOT_SUITE, recipe.SYSROOT_PACKAGES, Path(__file__))


def build(work):
    area = debian.Area(recipe.SYSROOT_SUITE, work / "apt")
    try:
        area.update()
        packages = area.download_closure(recipe.SYSROOT_PACKAGES)
        cache.say(f"making the sysroot of {len(packages)} packages")
        debian.join_usr(work)
        debian.unpack(packages, work)
    finally:
        area.clean()
    shorten_links(work)


def shorten_links(root):
    """Absolute links would lead out of the sysroot into the host's own files."""
    for path in root.rglob("*"):
        if path.is_symlink() and path.readlink().is_absolute():
            target = root / path.readlink().relative_to("/")
            up = "../" * (len(path.relative_to(root).parts) - 1)
            path.unlink()
            path.symlink_to(up + str(target.relative_to(root)))
