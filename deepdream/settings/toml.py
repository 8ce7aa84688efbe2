"""Reading TOML files of settings.

load(path, what, error) -> table
"""

import tomllib
from pathlib import Path
from typing import Any

from deepdream.errors import RequestError


def load(path: Path, what: str, error: type[RequestError]) -> dict[str, Any]:
    """The table in a TOML file.

    Args:
        path: of the file.
        what: the file is, for the message: "recipe file".
        error: raised where it can't be read.

    Raises:
        RequestError: of that class: it can't be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as raised:
        raise error(f"The {what} {path} can't be read: {raised.strerror}.") from None
    except UnicodeDecodeError:
        raise error(f"The {what} {path} is not text in UTF-8.") from None
    except tomllib.TOMLDecodeError as raised:
        reason = str(raised)
        raise error(f"The {what} {path} is not TOML: {reason[:1].lower()}{reason[1:]}.") from None
