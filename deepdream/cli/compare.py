"""deepdream compare: one picture dreamt once per group of layers, measured and judged."""

import json as encoding
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.cli import messages, options, recorded
from deepdream.cli.bar import Bar
from deepdream.errors import DreamError, RequestError, SettingError

if TYPE_CHECKING:
    from deepdream.report.claims import Claim
    from deepdream.report.comparison import Plan, Turn
    from deepdream.report.tables import Result
    from deepdream.steps import Step


@options.with_settings
def compare(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where to write; made if it is not there."),
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option(
            "--groups", "--group", metavar="NAME=LAYERS", help="Groups to dream instead; several, or joined by ;"
        ),
    ] = None,
    pairs: Annotated[
        str, typer.Option(metavar="BLOCKS|none", help="Blocks whose pool is set against the convolution before it.")
    ] = "1-4",
    given: Mapping[str, Any],
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Compare what groups of layers add to a picture.

    IMAGE is dreamt once per group, with the same seed and steps: block1 to block5, all pooling layers and all
    convolutions, or --groups "fine=block1,block2;coarse=block5". The folder IMAGE-compare then holds the pictures,
    sheet.png, measures.csv and index.html: open that one. Without IMAGE, the sample picture is taken.

    A picture that is there already with the same recipe is not dreamt again: after Ctrl-C the same command goes on.
    """
    if find_spec("skimage") is None:
        raise RequestError("compare needs the package scikit-image.", "Type: pip install scikit-image")
    if not limit_megapixels > 0:
        raise SettingError(f"--limit-megapixels {limit_megapixels:g} leaves no picture: it has to be more than 0.")

    from deepdream.report import comparison
    from deepdream.report import groups as grouping

    source = image or recorded.SAMPLE
    chosen = grouping.parse(";".join(groups)) if groups else grouping.DEFAULT
    chosen += grouping.pairs(pairs) if pairs_wanted(pairs, groups) else ()
    folder = output or (image.with_name(f"{image.stem}-compare") if image else Path("sample-compare"))
    with Bar(quiet=quiet) as bar:
        bar.wait(f"{source.name}: getting ready")
        plan = comparison.plan(
            source,
            chosen,
            given,
            folder,
            place=lambda path: recorded.place(source, path),
            limit_megapixels=limit_megapixels,
            progress=bar.download,
        )
        return _carry_out(plan, source, bar, as_json=json, traceback=traceback)


def pairs_wanted(pairs: str, groups: list[str] | None) -> bool:
    """Pairs belong to the default comparison; with groups of one's own they are dreamt when asked for."""
    return groups is None or pairs != "1-4"
