"""The plain call of this room.

compare_layers("photo.jpg", "photo-compare") -> Comparison
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.compare import groups as grouping
from deepdream.compare import outputs, run
from deepdream.compare.claims import Claim
from deepdream.compare.groups import Group
from deepdream.compare.tables import Result
from deepdream.errors import RequestError
from deepdream.pipeline.series import Failed
from deepdream.pipeline.session import Session
from deepdream.settings import recipes


@dataclass(frozen=True)
class Comparison:
    """What a comparison has found.

    Attributes:
        folder: where its pictures and its page are.
        results: each group's dream, measured.
        claims: the judged claims about layers.
        files: measures.csv, sheet.png and index.html.
    """

    folder: Path
    results: tuple[Result, ...]
    claims: tuple[Claim, ...]
    files: tuple[Path, ...]


def compare_layers(
    image: str | Path,
    folder: str | Path,
    *,
    groups: Mapping[str, str] | None = None,
    pairs: str | None = None,
    equal: str = "distance",
    force: bool = False,
    **given: Any,
) -> Comparison:
    """Dream a picture once per group of layers, measure and judge, as `deepdream compare` does.

    Args:
        image: a file.
        folder: the output folder; its parent must exist. If it holds another comparison, its name gets a number.
        groups: a selection of layers by name; block1 to block5, pooling and convolutions when None.
        pairs: blocks whose pool is compared with the convolution before it, such as "1-4", or "none".
        equal: what all groups have in common: the "distance" from the original that each of them reaches, or "steps".
        force: replace another comparison.
        given: any setting of `deepdream.Settings` by name, but for layers and regions.

    Raises:
        RequestError: an invalid image, group, setting or folder.
        RunError: a dream failed.
    """
    session, first = Session(), recipes.resolve(given)
    own = tuple(Group(name, selection) for name, selection in (groups or {}).items())
    network = session.network(first.network, first.weights, threads=first.threads)
    chosen = grouping.chosen(own, pairs, network)
    plan = run.plan(Path(image), chosen, given, Path(folder), session=session, equal=equal, force=force)
    results = []
    for event in run.run(plan):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, Result):
            results.append(event)
    if not results:
        raise RequestError("The comparison was stopped before its first picture.")
    files, claims = outputs.write(plan, results, Path(image).name)
    return Comparison(plan.folder, tuple(results), claims, files)
