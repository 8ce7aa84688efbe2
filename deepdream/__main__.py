"""Entry point of `deepdream` and `python -m deepdream`; imports nothing heavy, so even an early Ctrl-C ends cleanly."""

import sys


def main() -> int:
    """Run the command in this process's arguments; returns its exit code, 130 after Ctrl-C at any time."""
    try:
        from deepdream.cli.main import run

        return run()
    except KeyboardInterrupt:  # while the commands are being imported, or a second one at the end
        sys.stderr.write("Stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
