"""Atomic writes: write a temporary file beside the target, then rename it, so no reader sees a partial file.

with replacing(path) as part: ...        `part` is written, then renamed to `path`
obstacle(path) -> phrase                 why no file can be put at a path
remove_leftovers(folder)                 temporary files of killed runs
"""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

PART = ".deepdream-*.part"
"""Names of the temporary files."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends, deleted if the block raises.

    A symbolic link stays: its target is replaced. The new file keeps the old one's permissions.

    Raises:
        OSError: the file system refused, here or in the block; or something that is no file lies there.
    """
    if what := obstacle(path):
        raise FileExistsError(errno.EEXIST, f"it {what}", str(path))
    target = Path(os.path.realpath(path))
    part = target.with_name(PART.replace("*", secrets.token_hex(8)))
    try:
        yield part
        if target.exists():
            with contextlib.suppress(OSError):
                shutil.copymode(target, part)
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)  # also after Ctrl-C; does nothing once renamed


def obstacle(path: Path) -> str:
    """Why a path can't be replaced by a file, as a phrase such as "is a folder"; "" if it can."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return "is a loop of links" if error.errno == errno.ELOOP else ""
    if stat.S_ISDIR(mode):
        return "is a folder"
    if stat.S_ISFIFO(mode):
        return "is a named pipe"
    return "" if stat.S_ISREG(mode) else "is a device"


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that killed runs have left in a folder, as far as the file system allows; no other
    process may be writing there.
    """
    for part in folder.glob(PART):
        with contextlib.suppress(OSError):
            part.unlink()
