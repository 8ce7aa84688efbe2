"""Atomic writes: write a temporary file beside the target, then rename it, so no reader sees a partial file.

with replacing(path) as part: ...        `part` is written, then renamed to `path`
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends, deleted if the block raises.

    A symbolic link stays: its target is replaced. The new file keeps the old one's permissions.

    Raises:
        OSError: the file system refused, here or in the block.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".deepdream-{secrets.token_hex(8)}.part")
    try:
        yield part
        if target.exists():
            with contextlib.suppress(OSError):
                shutil.copymode(target, part)
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)  # also after Ctrl-C; does nothing once renamed
