"""The command `deepdream`: its subcommands, and the place where errors become messages and exit codes.

run(arguments) -> exit code    0 done · 2 a bad request · 1 the run failed · 130 stopped with Ctrl-C

Each command imports its work inside its function, unlike the rest of the package: this keeps TensorFlow, NumPy and the
decoders out of `--help`, which therefore responds at once.
"""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from deepdream._version import __version__
from deepdream.cli import (
    activations,
    again,
    atlas,
    attribute,
    batch,
    bench,
    compare,
    dream,
    features,
    film,
    layers,
    messages,
    recipes,
    show,
    studio,
    sweep,
    weights,
    zoom,
)
from deepdream.cli.grouped import Grouped
from deepdream.errors import RequestError


class _Stoppable(TyperGroup):
    """Leaves Ctrl-C to `run`: Typer would exit without a message."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Abort from None


app = typer.Typer(
    cls=_Stoppable,
    name="deepdream",
    help="An image goes in, a dream comes out. Begin with: deepdream dream photo.jpg",
    epilog="Exit codes: 0 done, 2 a bad request, 1 the run failed, 130 stopped with Ctrl-C.",
    rich_markup_mode=None,  # plain text that can be piped, searched and quoted; no boxes that wrap
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("dream", cls=Grouped)(dream.dream)
app.command("again")(again.again)
app.command("show")(show.show)
app.command("compare", cls=Grouped)(compare.compare)
app.command("batch", cls=Grouped)(batch.batch)
app.command("sweep", cls=Grouped)(sweep.sweep)
app.command("film", cls=Grouped)(film.film)
app.command("zoom", cls=Grouped)(zoom.zoom)
app.command("studio")(studio.studio)
app.command("layers")(layers.layers)
app.command("features")(features.features)
app.command("activations")(activations.activations)
app.command("attribute")(attribute.attribute)
app.command("atlas")(atlas.atlas)
app.command("bench")(bench.bench)
app.add_typer(recipes.app, name="recipes")
app.add_typer(weights.app, name="weights")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"deepdream {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: those after `deepdream`; None for those of this process.

    Returns: the exit code; errors have been printed on stderr.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    messages.remember(words)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a file's name may hold what the terminal can't show
            stream.reconfigure(errors="backslashreplace")
    try:
        _check_names(words)
        code = int(typer.main.get_command(app).main(words, prog_name="deepdream", standalone_mode=False) or 0)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except (KeyboardInterrupt, typer.Abort):
        messages.tell("Stopped.")
        return messages.STOPPED
    except BrokenPipeError:  # the reader, such as head, closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return messages.report(error, traceback="--traceback" in words, as_json="--json" in words)


def _check_names(words: Sequence[str]) -> None:
    """Reject an empty word, which comes from an unset variable in quotes, and a file's name that ends in a slash.

    Both are checked before Typer reads the words: as a Path the one would be the current folder, the other the file.

    Raises:
        RequestError: there is one.
    """
    for before, word in pairwise(["", *words]):
        if not word.strip():
            what = f"The value of {before}" if before.startswith("-") else "A name"
            raise RequestError(f"{what} is empty; perhaps a variable is not set.")
        if word.startswith("--") and word.endswith("="):
            raise RequestError(f"The value of {word[:-1]} is empty; perhaps a variable is not set.")
        name = word.partition("=")[2] if word.startswith("--") else word
        if name.endswith(("/", os.sep)) and os.path.isfile(name.rstrip("/" + os.sep)):
            raise RequestError(f"{name} is a file, not a folder.", "Leave out the slash at its end.")
