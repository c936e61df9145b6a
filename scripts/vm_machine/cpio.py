"""An initramfs from a folder. Several of them, one after the other, make one."""

import subprocess


def pack(top, archive):
    names = sorted(str(path.relative_to(top)) for path in top.rglob("*"))
    with open(archive, "wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=top, check=True,
                       input="\n".join(names).encode(), stdout=out)
