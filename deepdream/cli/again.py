"""deepdream again: makes a dream again from the recipe in its file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.batch import files
from deepdream.cli import film as films
from deepdream.cli import messages, options, show
from deepdream.cli import zoom as zooms
from deepdream.cli.again_live import again_live
from deepdream.errors import plural
from deepdream.film.options import Film, Zoom, read
from deepdream.pipeline import provenance, replay


def again(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    output: options.Output = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The weights it was made with, if they have moved.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Run a partial picture's dream to its end.")] = False,
    force: options.Force = False,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Make a dream or a film again from its recipe.

    FILE is a picture or a film that this tool made, IMAGE what it was made from, which is found automatically if it
    has not moved. FILE-again.png is written beside FILE; on the same machine it has the same pixels. A partial picture
    or a snapshot is made again up to the same step; of one that was painted live the strokes are replayed.
    """
    from deepdream.cli.show_run import run_jobs
    from deepdream.pipeline.job import Job

    film = show.read(file)
    if film.get("kind") in show.FILMS:
        return _film(film, file, image, output, weights, force=force, quiet=quiet, as_json=json)
    live = film.get("kind") == provenance.LIVE
    recipe = film if live else provenance.read(file)
    source = image or replay.find_input(recipe, file)
    if source is not None and not source.exists():
        files.find([source], ())  # raises
    if live:
        return again_live(recipe, file, source, _target(file, output), force=force, quiet=quiet)
    partial = recipe.get("partial")
    if partial and not whole and not quiet:
        steps = plural(partial["steps"], "step")
        messages.tell(
            f"{file} was taken after {steps}, and this run stops there too; --whole runs the dream to its end."
        )
    return run_jobs(
        [
            Job(
                source=source,
                output=_target(file, output),
                given=replay.given(recipe, file, weights),
                bits=recipe.get("bits"),
                limit_megapixels=limit_megapixels,
                force=force,
                again=(recipe, file),
                until=partial["steps"] if partial and not whole else None,
            )
        ],
        quiet=quiet,
        as_json=json,
        traceback=traceback,
    )


def _film(
    recipe: Mapping[str, Any],
    file: Path,
    source: Path | None,
    output: Path | None,
    weights: Path | None,
    *,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make a film or a zoom again, as FILE-again beside FILE."""
    shared: dict[str, Any] = {
        "output": output or file.with_name(f"{file.stem}-again{file.suffix}"),
        "given": replay.given(recipe, file, weights),
        "force": force,
        "again": (recipe, file),
    }
    source = source or replay.find_input(recipe, file)
    shared |= read(recipe[recipe["kind"]], file.parent)
    if recipe["kind"] == "zoom":
        return zooms.show_zoom(Zoom(source=source, **shared), quiet=quiet, as_json=as_json)
    assert source is not None, "a film is made from one"
    return films.show_film(Film(source=source, **shared), quiet=quiet, as_json=as_json)


def _target(file: Path, output: Path | None) -> Path:
    """FILE-again.png beside FILE or in the given folder; always a PNG, which is lossless."""
    name = f"{file.stem}-again.png"
    if output is None:
        return file.with_name(name)
    return output / name if output.is_dir() else output
