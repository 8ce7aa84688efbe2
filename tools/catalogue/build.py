"""Builds build/catalogue.html: what every channel of the built-in network responds to, on one page.

    python -m tools.catalogue.build                       the built-in network, some 45 minutes on one core
    python -m tools.catalogue.build --network vgg16 --weights FILE --megabytes 12 -o vgg16.html    VGG16's: hours
    python -m tools.catalogue.build --layers block1,block5_conv2:0-15   a part, to try
    python -m tools.catalogue.build --layers "*_conv2:0-7" --sheet docs/features.webp    and a sheet of that part

The pictures are made by the code of `deepdream features`, smaller and with fewer steps than its defaults, and cached in
build/catalogue-NETWORK as PNGs: after Ctrl-C the same command resumes, and a change of the page alone takes only
seconds.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream.cli import messages
from deepdream.cli.bar import Bar
from deepdream.errors import DreamError, amount, plural
from deepdream.features import files
from deepdream.features.render import Made, Progress, make
from deepdream.features.request import Request, understand
from deepdream.features.settings import FeatureSettings
from deepdream.images.contact_sheet import sheet
from deepdream.network.weights import lookup
from deepdream.settings import selection
from tools.catalogue.page import Section, page

ROOT = Path(__file__).resolve().parents[2]
CELL = 128
"""Side of a picture on a sheet, in pixels."""


@dataclass(frozen=True)
class Effort:
    """Effort for a block's pictures: side in pixels and steps, chosen by eye, and a learning rate for so few steps."""

    side: int
    steps: int
    rate: float = 0.15


EFFORT = {
    "block1": Effort(48, 48, 0.1),
    "block2": Effort(48, 48, 0.1),
    "block3": Effort(64, 48),
    "block4": Effort(96, 64),
    "block5": Effort(112, 64),
}


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures that are missing, then the page; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--network", default="pocket", help="pocket, vgg16 or vgg19 (default: pocket)")
    parser.add_argument("--weights", type=Path, help="a weight file instead")
    parser.add_argument("--layers", default="block", help="a selection of layers and channels (default: all)")
    parser.add_argument("--threads", type=int, help="processor threads (default: all allowed cores)")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "catalogue.html", help="the page")
    parser.add_argument("--megabytes", type=float, default=6, help="largest size of the page (default: 6)")
    parser.add_argument("--sheet", type=Path, help="also a sheet of all that was built, a row for each layer")
    options = parser.parse_args(arguments)
    try:
        with Bar() as bar:
            build(options, bar)
    except DreamError as error:
        messages.report(error)
        return error.exit_code
    except KeyboardInterrupt:
        messages.tell("Stopped; the same command resumes from there.")
        return messages.STOPPED
    return 0


def build(options: argparse.Namespace, bar: Bar) -> None:
    """Make the pictures, layer by layer, and the page."""
    loaded = lookup.load(options.network, options.weights)
    table = {layer.name: layer for layer in loaded.table}
    choices = selection.choose(options.layers, {name: layer.channels for name, layer in table.items()})
    folder = ROOT / "build" / f"catalogue-{loaded.name}"
    folder.mkdir(parents=True, exist_ok=True)
    start, sections = time.perf_counter(), []
    for choice in choices:
        effort = EFFORT[choice.layer.partition("_")[0]]
        settings = FeatureSettings(size=(effort.side, effort.side), steps=effort.steps, rate=effort.rate)
        channels = "" if choice.channels is None else ":" + "+".join(map(str, choice.channels))
        request = understand(
            choice.layer + channels, settings, network=loaded.name, file=options.weights, threads=options.threads
        )
        fill(request, folder, bar)
        sections.append(section(request, folder))
    text = page(loaded.name, loaded.digest, sections, limit=round(options.megabytes * 1e6))
    options.output.write_text(text, encoding="utf-8")
    if options.sheet is not None:
        images.write(options.sheet, rows(sections), quality=40)
    count = sum(len(one.pictures) for one in sections)
    bar.say(
        f"{options.output}: {plural(count, 'channel')}, {amount(len(text.encode()))}, "
        f"{messages.duration(time.perf_counter() - start)}"
    )


def fill(request: Request, folder: Path, bar: Bar) -> None:
    """Make the pictures of a layer that are not there yet."""
    todo = files.unfinished(request, files.finished(request, folder))
    if not todo:
        return
    start = time.perf_counter()
    for record in make(request, todo):
        if isinstance(record, Progress):
            left = f"{messages.duration(record.seconds_left)} left in this layer"
            bar.fill(f"{record.features[0].term}, step {record.step}", record.fraction, left)
        elif isinstance(record, Made):
            path = files.path(folder, record.feature, request)
            images.write(path, record.pixels, recipe=record.recipe)
    each = (time.perf_counter() - start) / len(todo)
    bar.say(f"{todo[0].layer.name}: {plural(len(todo), 'picture')}, {each:.2f} s each")


def section(request: Request, folder: Path) -> Section:
    """A layer's part of the page, from the pictures' files."""
    layer = request.features[0].layer
    pictures = [
        (
            feature.channel,
            files.response(folder, feature, request),
            images.read(files.path(folder, feature, request)).pixels,
        )
        for feature in request.features
        if feature.channel is not None
    ]
    return Section(layer, tuple(pictures))


def rows(sections: Sequence[Section]) -> np.ndarray:
    """A sheet with a row for each layer."""
    cells = [[(f"{one.layer.name}:{channel}", pixels) for channel, _, pixels in one.pictures] for one in sections]
    return sheet(cells, cell=CELL)


if __name__ == "__main__":
    sys.exit(main())
