"""deepdream again, for a picture that was painted live in the studio: its strokes are replayed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepdream.cli.bar import Bar
from deepdream.errors import ImageError


def again_live(
    record: Mapping[str, Any], file: Path, source: Path | None, output: Path, *, force: bool, quiet: bool
) -> int:
    """Replay a live dream and write its picture.

    Args:
        record: that the file carries.
        file: the picture.
        source: the picture that it began with; None for a canvas.
        output: where the replayed one goes; with a number where another picture is, unless forced.
        force: replace what is there.
        quiet: print nothing.

    Raises:
        ImageError: a record that this version does not understand.
    """
    try:
        return _replayed(record, file, source, output, force=force, quiet=quiet)
    except (KeyError, TypeError, ValueError):  # a record of another shape
        raise ImageError(f"The recipe in {file} is none that this version understands.") from None


def _replayed(
    record: Mapping[str, Any], file: Path, source: Path | None, output: Path, *, force: bool, quiet: bool
) -> int:
    from deepdream import images
    from deepdream.pipeline import existing, inputs, provenance, replay
    from deepdream.pipeline.session import Session
    from deepdream.settings import Settings
    from deepdream.studio import live

    settings, session = Settings(**record["settings"]), Session()
    with Bar(quiet=quiet) as bar:
        bar.wait("replaying the strokes")
        if source is None:
            picture = inputs.picture(None, settings, session, 300)
        else:
            picture = images.read(source, max_side=settings.max_side)
        network = session.network(record["network"], None, threads=None)
        replay.refuse(record, file, str(source), digest=picture.digest, weights=network.digest)
        for sentence in provenance.differences(record, {**record, "runtime": provenance.machine()}):
            bar.say(sentence)
        found = live.replay(record, picture, network, session)
        path = output if force else existing.free_path(output, record, keys=("kind", "events", "steps"))
        images.write(path, found.picture, like=picture, recipe=dict(record))
        bar.say(str(path))
    return 0
