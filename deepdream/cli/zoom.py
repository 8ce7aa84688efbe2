"""deepdream zoom: a fall into one picture, as a film."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.cli import film as films
from deepdream.cli import options
from deepdream.errors import RequestError
from deepdream.film.options import Zoom, declared
from deepdream.settings import SAMPLE, recipes


@functools.partial(options.with_settings, without=Zoom.WITHOUT)
@functools.partial(options.with_declared, fields=declared(Zoom))
def zoom(
    names: Annotated[
        list[Path] | None, typer.Argument(metavar="[IMAGE] OUT", parser=options.film_output, hidden=True)
    ] = None,
    *,
    chosen: Mapping[str, Any],
    given: Mapping[str, Any],
    quiet: options.Quiet = False,
    json: films.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Fall into a picture, and dream all the way.

    IMAGE is a picture, the sample when none is given, or a canvas: --start clouds --size 960x540. OUT is a film as of
    `deepdream film`. Everything is per second: another --fps shows the same places at the same seconds. With --loop the
    film ends where it began. --keyframes changes zoom, degrees, right, down, x, y and dream over time:

        \b
        [[keyframe]]
        seconds = 4
        zoom = 2.0
        ease = "smooth"    # or linear, or hold

    After Ctrl-C or a crash the same command resumes where it was.
    """  # noqa: D301 - the backspace keeps the lines of the example
    if not names or len(names) > 2:
        raise RequestError("A zoom needs a picture and an output.", "Type for example: deepdream zoom a.jpg a.mp4")
    canvas = recipes.resolve(given).start != "picture"
    source = names[0] if len(names) == 2 else None if canvas else SAMPLE
    wanted = Zoom(source=source, output=names[-1], given=given, **chosen)
    return show_zoom(wanted, quiet=quiet, as_json=json)


def show_zoom(wanted: Zoom, *, quiet: bool, as_json: bool) -> int:
    """Run a zoom and show it.

    Returns: the exit code.
    """
    from deepdream.film import zoom as zooms

    zooms.check(wanted)
    name = "canvas" if wanted.source is None else wanted.source.name
    return films.show(lambda session, stop: zooms.run(wanted, session, stop=stop), name, quiet=quiet, as_json=as_json)
