"""Files that are whole or not there: written beside their name and renamed, so that nobody meets half of one.

with replacing(path) as part: ...        what is written to `part` takes the place of `path`
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new name beside `path`, whose file takes its place when the block ends, and is gone if it ends in an error.

    Through a link what it points to is replaced, and the link stays; the new file has the old one's permissions.

    Raises:
        OSError: the disk refused, here or in the block.
    """
    goal = Path(os.path.realpath(path))
    part = goal.with_name(f".deepdream-{secrets.token_hex(8)}.part")
    try:
        yield part
        if goal.exists():
            with contextlib.suppress(OSError):
                shutil.copymode(goal, part)
        part.replace(goal)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)  # also after Ctrl-C; renamed, it is no longer there
