"""deepdream zoom: a fall into one picture, as a film."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.cli import film as films
from deepdream.cli import options
from deepdream.errors import RequestError
from deepdream.settings import SAMPLE, recipes

if TYPE_CHECKING:
    from deepdream.film.zoom import Zoom

WITHOUT = (
    *("strength", "colour", "palette", "mask", "feather", "regions", "tileable", "panorama", "octave_mode"),
    *("distance", "profile", "hold", "preview"),
)
"""Settings that have no meaning for a zoom, whose colours are always held."""


@functools.partial(options.with_settings, without=WITHOUT)
def zoom(
    names: Annotated[
        list[Path] | None, typer.Argument(metavar="[IMAGE] OUT", parser=options.film_output, hidden=True)
    ] = None,
    *,
    seconds: Annotated[float, typer.Option(metavar="X", help="How long it lasts.")] = 10.0,
    fps: Annotated[float, typer.Option(metavar="X", help="Frames per second: how smooth it is.")] = 30.0,
    zoom: Annotated[
        float, typer.Option(metavar="X", help="Times larger per second; below 1 it comes out instead.")
    ] = 1.5,
    degrees: Annotated[float, typer.Option(metavar="X", help="Turn per second.")] = 0.0,
    right: Annotated[float, typer.Option(metavar="X", help="Shift per second, of the width.")] = 0.0,
    down: Annotated[float, typer.Option(metavar="X", help="Shift per second, of the height.")] = 0.0,
    x: Annotated[float, typer.Option(metavar="X", help="Where to fall into, from the left, of the width.")] = 0.5,
    y: Annotated[float, typer.Option(metavar="X", help="Where to fall into, from the top, of the height.")] = 0.5,
    dream: Annotated[float, typer.Option(metavar="X", help="Dreams per second: how much new is seen.")] = 6.0,
    keyframes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML file of these values over time, in seconds.")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="End where it began.")] = False,
    given: Mapping[str, Any],
    codec: films.Codec = None,
    crf: films.Crf = None,
    keep_frames: films.KeepFrames = False,
    force: films.Force = False,
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
    from deepdream.film.zoom import Zoom

    if not names or len(names) > 2:
        raise RequestError("A zoom needs a picture and an output.", "Type for example: deepdream zoom a.jpg a.mp4")
    canvas = recipes.resolve(given).start != "picture"
    source = names[0] if len(names) == 2 else None if canvas else SAMPLE
    wanted = Zoom(
        source=source,
        output=names[-1],
        given=given,
        seconds=seconds,
        fps=fps,
        zoom=zoom,
        degrees=degrees,
        right=right,
        down=down,
        x=x,
        y=y,
        dream=dream,
        curves=keyframes,
        loop=loop,
        codec=codec,
        crf=crf,
        keep_frames=keep_frames,
        force=force,
    )
    return show_zoom(wanted, quiet=quiet, as_json=json)


def show_zoom(wanted: "Zoom", *, quiet: bool, as_json: bool) -> int:
    """Run a zoom and show it.

    Returns: the exit code.
    """
    from deepdream.film import zoom as zooms

    zooms.check(wanted)
    name = "canvas" if wanted.source is None else wanted.source.name
    return films.show(lambda session, stop: zooms.run(wanted, session, stop=stop), name, quiet=quiet, as_json=as_json)
