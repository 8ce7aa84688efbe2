"""The kinds of runs: films, zooms and batches, each checked and begun in its own folder.

KINDS: name -> Kind(check, begin)      of what is Asked

Names are relative to the current folder, so that a record and a message have them as they are downloaded.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.film import film as films
from deepdream.film import setup
from deepdream.film import zoom as zooms
from deepdream.film.options import Film, Zoom
from deepdream.images.folders import natural
from deepdream.pipeline import provenance, series
from deepdream.pipeline.job import Job
from deepdream.pipeline.request import Request, settled
from deepdream.pipeline.session import Session
from deepdream.settings import Settings
from deepdream.studio.names import dreamt

DREAMS = Path("dreams")
"""The folder of a batch's dreams."""

Stop = Callable[[], bool]
"""Asked after each step whether to end."""


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        source: a film, a picture, or a folder of pictures; None for a canvas.
        output: its own file: a film, or an archive of a batch's dreams.
        given: its settings.
        options: of a film or a zoom, see `film.options`.
        limit: megapixels of a picture.
    """

    source: str | None
    output: str
    given: Mapping[str, Any]
    options: Mapping[str, Any]
    limit: float

    def film(self) -> Film:
        """As a film."""
        assert self.source is not None, "a film is made from one"
        return Film(source=Path(self.source), **self._film())

    def zoom(self) -> Zoom:
        """As a zoom."""
        return Zoom(source=None if self.source is None else Path(self.source), **self._film())

    def _film(self) -> dict[str, Any]:
        paths = {"keyframes": Path(self.options["keyframes"])} if "keyframes" in self.options else {}
        return {"output": Path(self.output), "given": self.given, "force": True, **self.options, **paths}


@dataclass(frozen=True)
class Kind:
    """A kind of run.

    Attributes:
        check: what is asked, before it is queued -> notes, all settings, and the bytes that it needs on disk meanwhile.
        begin: its events; of a batch, beside the number of pictures that are dreamt already.
    """

    check: Callable[[Asked, Session], dict[str, Any]]
    begin: Callable[[Asked, Session, Stop], tuple[Iterator[Any], int]]


def _check_film(asked: Asked, session: Session) -> dict[str, Any]:
    wanted = asked.film()
    curves, files = setup.check(wanted), setup.files(wanted)
    ready = setup.ready(wanted, files, curves, session)
    return _checked(ready.request, ready.notes, setup.needed(files.source.expected, ready.size, files.bits))


def _check_zoom(asked: Asked, session: Session) -> dict[str, Any]:
    ready = zooms.ready(asked.zoom(), session)
    return _checked(ready.request, ready.notes, setup.needed(ready.count, ready.size))


def _check_batch(asked: Asked, session: Session) -> dict[str, Any]:
    settings, network, _ = settled(asked.given, session)
    size = sum(path.stat().st_size for path in _pictures(asked))
    return {"notes": [], "settings": _shared(settings, network), "disk": 3 * size}


def _checked(request: Request, notes: list[str], disk: float) -> dict[str, Any]:
    return {"notes": notes, "settings": _shared(request.settings, request.network), "disk": round(disk)}


def _shared(settings: Settings, network: Any) -> dict[str, Any]:
    return provenance.shared(settings, network, {})["settings"]


def _begin_film(asked: Asked, session: Session, stop: Stop) -> tuple[Iterator[Any], int]:
    return films.run(asked.film(), session, stop=stop), 0


def _begin_zoom(asked: Asked, session: Session, stop: Stop) -> tuple[Iterator[Any], int]:
    return zooms.run(asked.zoom(), session, stop=stop), 0


def _begin_batch(asked: Asked, session: Session, stop: Stop) -> tuple[Iterator[Any], int]:
    DREAMS.mkdir(exist_ok=True)
    jobs = [_job(path, asked) for path in _pictures(asked)]
    left = [job for job in jobs if not job.output.exists()]  # a dream is written whole or not at all
    return series.run(left, session, stop=stop), len(jobs) - len(left)


def _pictures(asked: Asked) -> list[Path]:
    """The pictures of a batch."""
    assert asked.source is not None, "a batch is made from a folder"
    return sorted(Path(asked.source).iterdir(), key=natural)


def _job(photo: Path, asked: Asked) -> Job:
    """The dream of a picture of a batch."""
    output = DREAMS / dreamt(photo.name)
    return Job(source=photo, output=output, given=asked.given, limit_megapixels=asked.limit, keep_partial=False)


KINDS: Mapping[str, Kind] = {
    "film": Kind(_check_film, _begin_film),
    "zoom": Kind(_check_zoom, _begin_zoom),
    "batch": Kind(_check_batch, _begin_batch),
}
