"""Dreams: begun, computed one event at a time, stopped, resumed, and blended anew once they are done.

Dreams(root, session, report)     check · begin · stop · resume · blend · forget · find · busy · advance · keep_all

A stopped dream is a paused generator: resuming it gives the same bits as never having stopped it.
"""

import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import RequestError
from deepdream.images.compositing import finish
from deepdream.pipeline import job as jobs
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Done, Note, Step, Stopped, Written
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.studio.messages import failed
from deepdream.studio.store import PREVIEW
from deepdream.studio.worker.preview import jpeg

KEPT = 256 * 2**20
"""Bytes of finished dreams that can still be blended anew."""

PROGRESS = ("octave", "octaves", "step", "steps", "fraction", "seconds_left", "loss")
"""What of a step the browser shows."""


@dataclass
class Dream:
    """A dream that has begun.

    Attributes:
        folder: of its files; names in its settings are relative to it.
        source: its picture's name, None for a canvas.
        output: its own file's name.
        request: as it was checked.
        events: those still to come; None once it is done.
        paused: whether it waits to be resumed.
        keeping: whether the picture so far is to be written after this step.
        picture: the one to show.
        steps: taken so far.
        raw: the last step's picture, before it was blended with the original.
        record: what its file carries.
    """

    folder: Path
    source: Path | None
    output: Path
    request: Request
    events: Generator[Any, None, jobs.Result] | None = None
    paused: bool = False
    keeping: bool = False
    picture: np.ndarray | None = None
    steps: int = 0
    raw: np.ndarray | None = None
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether there is a step to compute."""
        return self.events is not None and not self.paused


class Dreams:
    """The dreams of this process.

    Args:
        root: the folder that names are relative to.
        session: what they share.
        report: called with a dream's id and what has changed.
    """

    def __init__(self, root: Path, session: Session, report: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._root, self._session, self._report = root, session, report
        self._dreams: dict[str, Dream] = {}

    @property
    def busy(self) -> bool:
        """Whether there is a step to compute."""
        return any(dream.running for dream in self._dreams.values())

    def find(self, id: str) -> Dream | None:
        """The dream with this id."""
        return self._dreams.get(id)

    def check(self, folder: str, source: str | None, given: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """Check a dream in full before it is queued.

        Args:
            folder: of its files.
            source: its picture's name, None for a canvas.
            given: its settings.
            limit: megapixels of a picture.
        """
        request = self._understood(folder, source, given, limit)
        return {
            "notes": list(request.notes),
            "settings": provenance.shared(request.settings, request.network, {})["settings"],
        }

    def begin(
        self, id: str, folder: str, source: str | None, output: str, given: Mapping[str, Any], limit: float
    ) -> None:
        """Begin a dream; see `check`, and `Dream` for the output."""
        request = self._understood(folder, source, given, limit)
        picture = None if source is None else Path(source)
        dream = Dream(self._root / folder, picture, Path(output), request)
        job = jobs.Job(source=dream.source, output=dream.output, given=given, request=request, force=True)
        dream.events = jobs.run(job, self._session, keep=lambda: dream.keeping)
        self._dreams[id] = dream

    def stop(self, id: str) -> None:
        """Pause after the running step, and write the picture so far."""
        dream = self._dream(id)
        if dream.events is None:
            raise RequestError("The dream is finished already.")
        dream.keeping = True

    def resume(self, id: str) -> None:
        """Continue a stopped dream."""
        self._dream(id).paused = False

    def forget(self, id: str) -> None:
        """Drop a dream, if it is one."""
        self._dreams.pop(id, None)

    def blend(self, id: str, strength: float, colour: str) -> bytes:
        """Blend a finished dream anew and write it; its record is that of a dream with these settings."""
        dream = self._dream(id)
        if dream.raw is None:
            raise RequestError("That dream is no longer at hand to be blended anew.", "Dream it again.")
        settings = replace(dream.request.settings, strength=strength, colour=colour)
        original = dream.request.picture.pixels
        picture = finish(
            dream.raw.copy(),
            original if original.shape == dream.raw.shape else images.resize(original, dream.raw.shape[:2]),
            colours=settings.colour,
            palette=dream.request.palette,
            strength=settings.strength,
            masks=dream.request.masks,
        )
        changed = {"strength": settings.strength, "colour": settings.colour}
        dream.record["settings"] = {**dream.record["settings"], **changed}
        os.chdir(dream.folder)
        images.write(dream.output, picture, like=dream.request.picture, recipe=dream.record)
        dream.picture = picture
        return _write_preview(dream)

    def advance(self) -> None:
        """Compute the next event of each dream that runs."""
        for id_ in [id_ for id_, dream in self._dreams.items() if dream.running]:
            self._advance(id_, self._dreams[id_])

    def keep_all(self) -> None:
        """Write the pictures so far of the dreams that run."""
        for dream in self._dreams.values():
            if dream.events is not None and dream.running and dream.steps:
                dream.keeping = True
                os.chdir(dream.folder)
                for event in dream.events:
                    if isinstance(event, Written):
                        _write_preview(dream)
                        break

    def _understood(self, folder: str, source: str | None, given: Mapping[str, Any], limit: float) -> Request:
        os.chdir(self._root / folder)
        return understand(source and Path(source), given, limit_megapixels=limit, session=self._session)

    def _dream(self, id: str) -> Dream:
        if id not in self._dreams:
            raise RequestError("That dream is not at hand any more.", "Dream it again.")
        return self._dreams[id]

    def _advance(self, id: str, dream: Dream) -> None:
        assert dream.events is not None
        os.chdir(dream.folder)
        try:
            event = next(dream.events)
        except StopIteration as end:
            dream.events, dream.record = None, end.value.record
            _write_preview(dream)
            self._report(id, {"state": "done"})
            self._trim()
        except Exception as raised:
            del self._dreams[id]
            self._report(id, failed(raised))
        else:
            self._pass_on(id, dream, event)

    def _pass_on(self, id: str, dream: Dream, event: Any) -> None:
        """Report an event of the pipeline."""
        if isinstance(event, Step):
            dream.picture, dream.steps = event.picture, dream.steps + 1
            if (event.octave, event.step) == (event.octaves, event.steps):
                dream.raw = event.picture.copy()  # the end of the dream blends in place
            progress = {name: getattr(event, name) for name in PROGRESS}
            self._report(id, {"state": "running", "progress": progress, "taken": dream.steps})
        elif isinstance(event, Written) and dream.keeping:
            dream.keeping, dream.paused = False, True
            _write_preview(dream)
            self._report(id, {"state": "stopped", "partial": event.path.name})
        elif isinstance(event, Done):
            dream.picture = event.picture
        elif isinstance(event, Note):
            self._report(id, {"note": event.message})
        elif isinstance(event, Stopped):
            self._report(id, {"state": "stopped"})

    def _trim(self) -> None:
        """Let go of the oldest finished dreams."""
        finished = [id_ for id_, dream in self._dreams.items() if dream.events is None]
        held = sum(raw.nbytes for id_ in finished if (raw := self._dreams[id_].raw) is not None)
        while len(finished) > 1 and held > KEPT:
            dream = self._dreams.pop(finished.pop(0))
            held -= 0 if dream.raw is None else dream.raw.nbytes


def _write_preview(dream: Dream) -> bytes:
    """The dream as the browser shows it, also written beside it, since it outlives this process."""
    assert dream.picture is not None
    shown = jpeg(dream.picture)
    (dream.folder / PREVIEW).write_bytes(shown)
    return shown
