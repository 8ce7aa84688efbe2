"""python -m deepdream: the command line without its script on the path."""

import sys

from deepdream.cli.main import run

sys.exit(run())
