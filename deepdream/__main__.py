"""Where `deepdream` and `python -m deepdream` begin: nothing is loaded yet, so an early Ctrl-C is told in words too."""

import sys


def main() -> int:
    """The exit code of the command line in this process's arguments; 130 wherever Ctrl-C comes."""
    try:
        from deepdream.cli.main import run

        return run()
    except KeyboardInterrupt:  # while the commands are being loaded, or once more at the end
        sys.stderr.write("Stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
