"""A film cut at its scenes, so that several processes can dream it: no scene depends on another.

cut(film, session) -> Cut                   where its scenes begin
dream(film, number, cut, session)           one scene, into a journal of its own
assembled(film, cut) -> Result              the film, the same bytes as `film.run` makes

Everything is kept in the film's folder of frames, so that all of it resumes after a kill at any moment.
"""

import contextlib
import json
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.atomic import replacing
from deepdream.errors import RunError, plural
from deepdream.film import journal, outputs, record, setup
from deepdream.film.cuts import Shots
from deepdream.film.dreaming import Dreaming, Event, fitted
from deepdream.film.flashes import Watch
from deepdream.film.journal import Journal
from deepdream.film.measure import Tally
from deepdream.film.options import Film
from deepdream.film.result import Result
from deepdream.images import compositing
from deepdream.images.write import put
from deepdream.pipeline import provenance
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session

NAME = "scenes.json"
AGAIN = "The same command resumes from here."


@dataclass(frozen=True)
class Cut:
    """Where a film is cut.

    Attributes:
        made: the record that the film will carry.
        starts: numbers of the frames with which a scene begins, the first is 0.
        count: of all frames.
        notes: sentences for the user.
    """

    made: dict[str, Any]
    starts: tuple[int, ...]
    count: int
    notes: tuple[str, ...]

    def numbers(self, scene: int) -> tuple[int, int]:
        """The first frame of a scene, counted from 0, and the one after its last."""
        return self.starts[scene], (*self.starts, self.count)[scene + 1]


def cut(film: Film, session: Session) -> Cut:
    """Find the scenes of a film, without dreaming.

    Raises:
        DreamError: as `setup.files` and `setup.ready`.
    """
    files = setup.files(film)
    ready = setup.ready(film, files, setup.check(film), session)
    room = setup.check_room(files.output, files.source.expected, ready.size, files.bits)
    size = ready.request.picture.pixels.shape[:2]
    shots, starts, count = Shots(), [], 0
    cover = compositing.cover(ready.request.masks)
    for frame in files.source.frames():
        if ready.how.mask is not None:
            cover = compositing.cover((ready.how.mask(float(frame.pts * files.source.time_base)),))
        if shots.begins(fitted(frame.pixels, size), cover):
            starts.append(frame.number)
        count = frame.number + 1
    return Cut(ready.made, tuple(starts), count, (*ready.notes, *room, *files.source.notes))


def request(film: Film, session: Session) -> Request:
    """The request that all frames of a film follow.

    Raises:
        DreamError: as `setup.files` and `setup.ready`.
    """
    return setup.ready(film, setup.files(film), setup.check(film), session).request


def folder(film: Film, cut: Cut, scene: int) -> Path:
    """The folder of a scene's frames, inside the film's own."""
    return journal.beside(film.output) / f"scene-{cut.starts[scene]:08d}"


def keep(film: Film, cut: Cut) -> None:
    """Write where a film is cut into its folder, which is made where it is not there."""
    beside = journal.beside(film.output)
    beside.mkdir(exist_ok=True)
    with replacing(beside / NAME) as part:
        part.write_text(json.dumps(asdict(cut)), "utf-8")


def kept(film: Film, fits: Callable[[Mapping[str, Any]], bool]) -> Cut | None:
    """Where a film was found to be cut before; None where that is not there, or of a film whose record doesn't fit."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((journal.beside(film.output) / NAME).read_text("utf-8"))
        if fits(found["made"]):
            return Cut(found["made"], tuple(found["starts"]), found["count"], tuple(found["notes"]))
    return None


def dream(film: Film, cut: Cut, scene: int, session: Session) -> Generator[Event, None, bool]:
    """Dream a scene into its folder; one that was begun resumes.

    Yields: as `film.run`.

    Returns: whether it is whole.

    Raises:
        DreamError: whatever keeps it from being done.
    """
    files = setup.files(film)
    ready = setup.ready(film, files, setup.check(film), session)
    source = replace(files.source, numbers=cut.numbers(scene))
    beside = folder(film, cut, scene)
    beside.parent.mkdir(exist_ok=True)
    with journal.opened(beside, record.lasting(ready.made), bits=files.bits, force=film.force) as kept:
        return (yield from Dreaming(ready.how, ready.request, source, session, kept).run())


def packed(film: Film, cut: Cut, scene: int) -> dict[str, bytes]:
    """The files of a scene that was dreamt, by their names, for another machine."""
    found = sorted(folder(film, cut, scene).iterdir())
    return {path.name: path.read_bytes() for path in found if path.name != journal.LOCK}


def unpack(film: Film, cut: Cut, scene: int, files: Mapping[str, bytes]) -> None:
    """Write the files of a scene into its folder, in an order in which a kill leaves no half scene that looks whole.

    Raises:
        DreamError: the disk refused.
    """
    beside = folder(film, cut, scene)
    beside.mkdir(parents=True, exist_ok=True)
    for name in sorted(files, key=lambda name: name == journal.STATE):
        put(beside / name, [files[name]])


def is_done(film: Film, cut: Cut, scene: int) -> bool:
    """Whether all frames of a scene are there."""
    first, last = cut.numbers(scene)
    return _length(film, cut, scene) == last - first


def assembled(film: Film, cut: Cut) -> Result:
    """Write a film whose scenes are there, and remove its frames.

    Raises:
        DreamError: it can't be written, or a frame is missing.
    """
    files = setup.files(film)
    there = sum(_length(film, cut, scene) for scene in range(len(cut.starts)))
    if there != cut.count:
        raise RunError(f"{film.output.name} lacks {plural(cut.count - there, 'frame')}.", AGAIN)
    scenes = [_read(film, cut, scene, files.bits) for scene in range(len(cut.starts))]
    places = [(scene, number) for scene in scenes for number in range(len(scene.progress.times))]
    times = [time for scene in scenes for time in scene.progress.times]
    durations = [duration for scene in scenes for duration in scene.progress.durations]
    tally = sum((scene.progress.tally for scene in scenes), Tally())

    def frame(number: int) -> np.ndarray:
        scene, own = places[number]
        return scene.frame(own)

    watch = Watch()
    for number, pts in enumerate(times):
        watch.see(frame(number), float(pts * files.source.time_base))
    made = {**cut.made, "input": {**cut.made["input"], **provenance.location(film.source, film.output)}}
    late = outputs.write(files.output, frame, times, durations, source=files.source, record=made)
    shutil.rmtree(journal.beside(film.output), ignore_errors=True)
    return Result(film.output, tally, watch.report(), made, [*cut.notes, *late], False, None)


def _length(film: Film, cut: Cut, scene: int) -> int:
    """How many frames of a scene are there."""
    return journal.length(folder(film, cut, scene), record.lasting(cut.made))


def _read(film: Film, cut: Cut, scene: int, bits: int) -> Journal:
    """A scene's frames, without what a next one would begin with."""
    found = Journal(folder(film, cut, scene), record.lasting(cut.made), bits=bits, force=False)
    found.progress.state = None
    return found
