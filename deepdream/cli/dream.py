"""deepdream dream: pictures in, dreams out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.batch import files
from deepdream.cli import messages, options
from deepdream.errors import plural
from deepdream.settings import SAMPLE, recipes


@options.with_settings
def dream(
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IMAGE", hidden=True),
    ] = None,
    *,
    output: options.Output = None,
    given: Mapping[str, Any],
    bits: options.Bits = None,
    quality: options.Quality = 95,
    force: options.Force = False,
    strip: options.Strip = "none",
    save_every: Annotated[
        int | None, typer.Option(metavar="N", help="Also write the picture after every N steps.")
    ] = None,
    save_scales: Annotated[bool, typer.Option("--save-scales", help="Also write the picture of each octave.")] = False,
    loss_plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the loss of every step (.png, .svg, .pdf).")
    ] = None,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Dream on pictures.

    IMAGE is a picture or a folder of them; the dream is written beside it as IMAGE-dream.png. Without IMAGE, the sample
    picture becomes sample-dream.png in the current folder; with --start, a canvas of --size becomes clouds-dream.png.

    If one of several pictures fails, the error is printed and the others are still dreamt; the exit code is then 1, or
    2 if every one was refused and nothing was written. After Ctrl-C the picture so far is IMAGE-dream-partial.png.
    """
    settings = recipes.resolve(given)  # raises once, before any picture

    from deepdream.cli.show_run import run_jobs
    from deepdream.images import SUFFIXES_READ
    from deepdream.pipeline.job import Job

    word = "preview" if settings.preview else "dream"
    sources: tuple[Path | None, ...]
    skipped = 0
    if images:
        found = files.find(images, SUFFIXES_READ)
        sources, skipped = found.sources, found.skipped
        targets = files.targets(found.sources, output, word=word)
    else:
        canvas = settings.start != "picture"
        sources = (None if canvas else SAMPLE,)
        targets = (_own_target(settings.start if canvas else "sample", word, output),)
    plots = files.beside(targets, loss_plot, "-losses.png")
    jobs = [
        Job(
            source=source,
            output=target,
            given=given,
            plot=plot,
            save_every=save_every,
            save_scales=save_scales,
            bits=bits,
            quality=quality,
            strip=strip,
            limit_megapixels=limit_megapixels,
            force=force,
        )
        for source, target, plot in zip(sources, targets, plots, strict=True)
    ]
    if skipped and not quiet:
        messages.tell(f"{plural(skipped, 'earlier dream')} passed over.")
    return run_jobs(jobs, quiet=quiet, as_json=json, traceback=traceback)


def _own_target(name: str, word: str, output: Path | None) -> Path:
    """Dreams of the sample and of canvases, which have no folder of their own, go to the current folder."""
    if output is None or output.is_dir():
        return (output or Path()) / f"{name}-{word}.png"
    return output
