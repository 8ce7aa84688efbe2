"""Entry point of `deepdream` and `python -m deepdream`; imports nothing heavy, so even an early Ctrl-C ends cleanly."""

import os
import sys


def main() -> int:
    """Run the command in this process's arguments; returns its exit code, 130 after Ctrl-C at any time."""
    _open_streams()
    try:
        from deepdream.cli.main import run

        return run()
    except KeyboardInterrupt:  # while the commands are being imported, or a second one at the end
        sys.stderr.write("Stopped.\n")
        return 130


def _open_streams() -> None:
    """Open each closed standard stream on the null device: else the next file opened would take its descriptor, and
    what is printed on one would go to the other.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  # for the whole process


if __name__ == "__main__":
    sys.exit(main())
