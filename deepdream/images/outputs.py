"""Where output goes, checked before any work.

check_file(path, what) · check_folder(folder, what) · check_inputs(outputs, inputs)
"""

import os
from collections.abc import Iterable
from pathlib import Path

from deepdream.atomic import obstacle
from deepdream.errors import ImageError, RequestError


def check_file(path: Path, what: str = "the output") -> None:
    """Check that a file can be written, also over one that is there.

    Args:
        path: of the file; its folder must exist.
        what: the file is, for the message: "a loss plot".

    Raises:
        ImageError: its folder does not exist, there is no permission to write, or something that is no file is there.
    """
    if found := obstacle(path):
        raise ImageError(f"{path} {found}; {what} is a file.")
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    _check_parent(target)
    for written in (target, target.parent):
        if written.exists() and not os.access(written, os.W_OK):
            raise ImageError(f"{path} can't be written: no right to.", "Name another output.")


def check_folder(folder: Path, what: str) -> None:
    """Check that a folder can be created or written.

    Args:
        folder: its parent must exist.
        what: is written there, for the message: "a comparison".

    Raises:
        ImageError: its parent does not exist, a file has its name, or there is no permission to write.
    """
    _check_parent(folder)
    if os.path.lexists(folder) and not folder.is_dir():
        raise ImageError(f"{folder} is no folder; {what} is written into one.", "Name another output.")
    written = folder if folder.exists() else folder.parent
    if not os.access(written, os.W_OK):
        raise ImageError(f"{written} can't be written: no right to.", "Name another output.")


def check_inputs(outputs: Iterable[Path | None], inputs: Iterable[str | Path | None]) -> None:
    """Check that no output replaces a file that is read, also through a link.

    Args:
        outputs: files to write; None counts for nothing.
        inputs: the picture, its mask, its guides and the like; None counts for nothing.

    Raises:
        RequestError: one does.
    """
    read = {os.path.realpath(Path(path).expanduser()) for path in inputs if path is not None}
    for output in outputs:
        if output is not None and os.path.realpath(output) in read:
            raise RequestError(f"The output {output} is an input itself.", "Name another output.")


def _check_parent(path: Path) -> None:
    if path.parent.exists() and not path.parent.is_dir():
        raise ImageError(f"{path.parent} is no folder; {path.name} can't be written into it.", "Name another output.")
    if not path.parent.is_dir():
        raise ImageError(f"The folder {path.parent} of {path.name} does not exist.", "Create it first.")
