"""A kernel from Debian's packages: image, the modules it boots with (as an initramfs that the agent's is
appended to), and a file system of the modules that a test may want."""

import re
import shutil
import subprocess
from pathlib import Path

from . import cache, cpio, debian, file_system, recipe

PACKAGE = re.compile(r"linux-(image|binary|modules)-[0-9]")


class Kernel:
    """A made kernel. `release` is what uname -r says in the guest."""

    def __init__(self, folder):
        self.image = folder / "vmlinuz"
        self.initramfs = folder / "modules.cpio"
        self.modules = folder / "modules.img"
        self.release = (folder / "release").read_text().strip()
        self.version = (folder / "version").read_text().strip()


def get(name):
    return Kernel(cache.make(f"kernel-{name}", key(name), lambda work: build(name, work)))


def key(name):
    parts = (name, recipe.KERNELS[name], recipe.BOOT_MODULES, recipe.SHARE_MODULES,
             recipe.EXTRA_MODULES, Path(__file__))
    return cache.digest(*parts)


def build(name, work):
    reasons = []
    for suite in recipe.KERNELS[name]:
        area = debian.Area(suite, work / "apt")
        try:
            area.update()
            packages, version = find(area, name)
            cache.say(f"making kernel {name}: {packages[0]} of {suite}")
            debian.join_usr(work / "tree")
            debian.unpack(area.download(packages, work / "debs"), work / "tree")
            break
        except debian.Unavailable as reason:
            reasons.append(str(reason))
        finally:
            area.clean()
    else:
        raise debian.Unavailable(f"no kernel {name}: " + "; ".join(reasons))
    assemble(work, version)
    shutil.rmtree(work / "debs")
    shutil.rmtree(work / "tree")


def find(area, name):
    """The packages that make up the suite's kernel, if it is of the version wanted."""
    version = area.version("linux-image-arm64")
    if not re.match(re.escape(name) + r"[.~-]", version):
        raise debian.Unavailable(f"{area.suite} has {version}")
    packages, waiting = [], ["linux-image-arm64"]
    while waiting:
        for needed in area.dependencies(waiting.pop()):
            if PACKAGE.match(needed) and needed not in packages:
                packages.append(needed)
                waiting.append(needed)
    return packages, version


def assemble(work, version):
    tree = work / "tree"
    modules = tree / "usr/lib/modules"
    release = next(modules.iterdir()).name
    images = [*tree.glob("boot/vmlinu*"), *tree.glob("usr/lib/**/vmlinu*")]
    shutil.copy(images[0], work / "vmlinuz")
    (work / "release").write_text(release + "\n")
    (work / "version").write_text(version + "\n")
    root = work / "modroot"
    (root / "lib").mkdir(parents=True)
    shutil.move(modules / release, root / "lib/modules" / release)
    make_initramfs(root, release, work)
    make_modules(root, release, work)
    shutil.rmtree(root)


def index_modules(root, release):
    """Newer kernels come without the lists of what is built in, which depmod complains of."""
    done = subprocess.run(["/sbin/depmod", "-b", root, release], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"depmod: {done.stderr}")


def with_dependencies(root, release, names):
    """Module files to load in order; what is built in has none."""
    index_modules(root, release)
    files = []
    for name in names:
        done = subprocess.run(["/sbin/modprobe", "-d", root, "-S", release, "--show-depends", name],
                              capture_output=True, text=True)
        for line in done.stdout.splitlines():
            words = line.split()
            if words[0] == "insmod" and words[1] not in files:
                files.append(words[1])
    return [Path(file) for file in files]


def expand(file, target):
    """Copies a module, uncompressed: decompressing under emulation is slow."""
    target.parent.mkdir(parents=True, exist_ok=True)
    tools = {".xz": ["xz", "-dc"], ".zst": ["zstd", "-dcq"], ".gz": ["gzip", "-dc"]}
    if file.suffix not in tools:
        shutil.copy(file, target)
        return target
    target = target.with_suffix("")
    with open(target, "wb") as out:
        subprocess.run([*tools[file.suffix], file], stdout=out, check=True)
    return target


def make_initramfs(root, release, work):
    top = work / "initramfs"
    (top / "modules").mkdir(parents=True)
    for kind, names in (("boot", recipe.BOOT_MODULES), ("share", recipe.SHARE_MODULES)):
        order = [expand(file, top / "modules" / file.name).name
                 for file in with_dependencies(root, release, names)]
        (top / "modules" / kind).write_text("".join(f"{name}\n" for name in order))
    cpio.pack(top, work / "modules.cpio")
    shutil.rmtree(top)


def make_modules(root, release, work):
    """A small file system with the modules that a test may want, for /lib/modules."""
    top = work / "modtop"
    source = root / "lib/modules" / release
    wanted = with_dependencies(root, release,
                               recipe.BOOT_MODULES + recipe.SHARE_MODULES + recipe.EXTRA_MODULES)
    for file in wanted:
        expand(file, top / "lib/modules" / release / file.relative_to(source))
    for index in source.glob("modules.*"):
        shutil.copy(index, top / "lib/modules" / release)
    index_modules(top, release)
    file_system.make(top / "lib/modules", work / "modules.img", "64M")
    shutil.rmtree(top)
