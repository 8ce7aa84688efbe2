"""deepdream weights: lists, verifies, fetches and adds weight files."""

import json as encoding
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.cli import messages, options
from deepdream.settings import SAMPLE

app = typer.Typer(
    help="List the weights that are here; fetch, verify or add them.",
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print it machine-readable.")]


@app.callback(invoke_without_command=True)
def weights(context: typer.Context, json: Json = False) -> int:
    if context.invoked_subcommand is not None:
        return 0
    from deepdream.network.weights import lookup as store

    _print(store.states(), json)
    return 0


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", hidden=True)] = None,
    json: Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Check the weight files that are here, or FILE.

    Each is read in full: digest, names, shapes, values. A file of your own that fits VGG16 also computes the sample
    picture, which shows whether its weights are the published ones, whatever the format.
    """
    from deepdream import images
    from deepdream.network.weights import lookup as store

    _print(store.verify(file, picture=images.read(SAMPLE).pixels), json)
    return 0


@app.command()
def fetch(
    network: Annotated[str, typer.Argument(metavar="NETWORK", hidden=True)] = "vgg19",
    quiet: options.Quiet = False,
    traceback: options.Traceback = False,
) -> int:
    """Download the weights of vgg19 into the cache; or of NETWORK: vgg16, inceptionv3, resnet50."""
    from deepdream.cli.bar import Bar
    from deepdream.network.weights import lookup as store

    with Bar(quiet=quiet) as bar:
        bar.wait("connecting")
        path = store.fetch(network, progress=bar.download)
        bar.say(f"The weights of {network} are here, verified: {path}")
    return 0


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    quiet: options.Quiet = False,
    traceback: options.Traceback = False,
) -> int:
    """Add FILE, downloaded by hand, to the cache.

    FILE has to be a published weight file; your own weights are used with: deepdream dream --weights FILE
    """
    from deepdream.network.weights import lookup as store

    path = store.add(file)
    if not quiet:
        messages.tell(f"{file} is now in the cache, verified: {path}")
    return 0


def _print(states: Any, as_json: bool) -> None:
    """The states as a table, or as JSON."""
    if as_json:
        records = [
            {
                "place": state.location.name,
                "network": state.network or state.location.network,
                "path": None if state.location.path is None else str(state.location.path),
                "status": state.status,
                "digest": state.digest or None,
                "message": state.message or None,
                "judgement": state.judgement or None,
            }
            for state in states
        ]
        print(encoding.dumps({"weights": records}, indent=2))
        return
    rows = [("location", "network", "status", "file")]
    for state in states:
        path = "not set" if state.location.path is None else str(state.location.path)
        rows.append((state.location.name, state.network or state.location.network, state.status, path))
    print(messages.columns(rows))
    for state in states:
        for sentence in filter(None, (state.message, state.judgement)):
            print(f"{state.location.name}: {sentence}")
