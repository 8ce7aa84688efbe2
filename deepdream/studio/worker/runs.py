"""Films, zooms and batches: computed one event at a time; stopped, and resumed from what their folders hold.

Runs(root, session, report)     look · check · begin · stop · forget · find · busy · advance
"""

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import DreamError, ImageError
from deepdream.film import flashes, record, sources
from deepdream.film.dreaming import Dreamt
from deepdream.film.source import Source
from deepdream.images.folders import natural
from deepdream.pipeline.events import Note, Step
from deepdream.pipeline.series import Failed, Turn
from deepdream.pipeline.session import Session
from deepdream.studio.limits import check_size
from deepdream.studio.messages import failed
from deepdream.studio.store import FILMS, PREVIEW
from deepdream.studio.worker.kinds import DREAMS, KINDS, Asked
from deepdream.studio.worker.preview import jpeg


@dataclass
class Run:
    """A film, a zoom or a batch that has begun.

    Attributes:
        folder: of its files; names are relative to it.
        output: its own file's name: a film, or an archive of a batch's dreams.
        events: those still to come.
        stopping: whether it is to end after the running step.
        picture: the one to show.
        steps: taken so far.
        number, count: of the picture of a batch that is dreamt, and of all.
        earlier: how many of them were dreamt before it was resumed.
        error: why the last picture of a batch that failed did; "" for none.
    """

    folder: Path
    output: Path
    events: Iterator[Any] = field(init=False)
    stopping: bool = False
    picture: np.ndarray | None = None
    steps: int = 0
    number: int = 0
    count: int = 0
    earlier: int = 0
    error: str = ""


class Runs:
    """The films, zooms and batches of this process.

    Args:
        root: the folder that names are relative to.
        session: what they share.
        report: called with a run's id and what has changed.
    """

    def __init__(self, root: Path, session: Session, report: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._root, self._session, self._report = root, session, report
        self._runs: dict[str, Run] = {}

    @property
    def busy(self) -> bool:
        """Whether there is a step to compute."""
        return bool(self._runs)

    def find(self, id: str) -> Run | None:
        """The run with this id."""
        return self._runs.get(id)

    def look(self, path: str, limit: float) -> dict[str, Any]:
        """A film as the browser shows it: its first frame, size, frames and seconds, and the settings that it carries.

        Args:
            path: of the file.
            limit: megapixels of a frame.

        Raises:
            ImageError: it can't be read, or its frames are too large.
        """
        source = sources.opened(self._root / path)
        check_size("film", source.size, limit)
        first = next(source.frames(), None)
        if first is None:
            raise ImageError(f"The film {self._root / path} has no frame.")
        height, width = source.size
        seconds = None if source.expected is None else round(source.expected / float(source.rate), 2)
        shown = {"width": width, "height": height, "frames": source.expected, "seconds": seconds}
        return {**shown, "preview": jpeg(first.pixels), **_carried(source)}

    def check(self, folder: str, kind: str, **asked: Any) -> dict[str, Any]:
        """Check a run before it is queued.

        Args:
            folder: of its files.
            kind: of KINDS.
            asked: see `kinds.Asked`.

        Returns: notes, all settings, and the bytes that it needs on disk while it runs.
        """
        os.chdir(self._root / folder)
        return KINDS[kind].check(Asked(**asked), self._session)

    def begin(self, id: str, folder: str, kind: str, **asked: Any) -> None:
        """Begin a run, or resume one, see `check`."""
        run = Run(self._root / folder, Path(asked["output"]))
        os.chdir(run.folder)
        run.events, run.earlier = KINDS[kind].begin(Asked(**asked), self._session, lambda: run.stopping)
        self._runs[id] = run
        self._report(id, {"state": "running", "progress": {}})

    def stop(self, id: str) -> None:
        """End a run after the running step; what is there is kept, and `begin` resumes it."""
        self._runs[id].stopping = True

    def forget(self, id: str) -> None:
        """Drop a run, if it is one."""
        self._runs.pop(id, None)

    def advance(self) -> None:
        """Compute the next event of each run."""
        for id_, run in list(self._runs.items()):
            os.chdir(run.folder)
            try:
                self._pass_on(id_, run, next(run.events))
            except StopIteration as end:
                del self._runs[id_]
                self._report(id_, _ended(run, end.value))
            except Exception as raised:
                del self._runs[id_]
                self._report(id_, failed(raised))

    def _pass_on(self, id: str, run: Run, event: Any) -> None:
        """Report an event of a film or of a batch."""
        if isinstance(event, Step):
            run.steps += 1
            if run.count:
                run.picture = event.picture
                self._report_progress(id, run, fraction=(run.number - 1 + event.fraction) / run.count)
        elif isinstance(event, Dreamt):
            run.picture = event.picture
            done = event.number + 1
            known = {} if not event.count else {"fraction": min(done / event.count, 1), "count": event.count}
            self._report_progress(id, run, number=done, seconds_left=event.seconds_left, **known)
        elif isinstance(event, Turn):
            run.number, run.count = run.earlier + event.number, run.earlier + event.count
            self._report_progress(id, run, fraction=(run.number - 1) / run.count)
        elif isinstance(event, Failed):
            run.error = f"{event.error.message} {event.error.advice}".strip()
            self._report(id, {"note": run.error})
        elif isinstance(event, Note):
            self._report(id, {"note": event.message})

    def _report_progress(self, id: str, run: Run, **progress: Any) -> None:
        of_batch = {"number": run.number, "count": run.count} if run.count else {}
        self._report(id, {"state": "running", "taken": run.steps, "progress": {**of_batch, **progress}})


def _carried(source: Source) -> dict[str, Any]:
    """The settings that a dreamt film carries, its kind, and that kind's options; all empty of any other."""
    try:
        found = (record.of_video if source.kind == "video" else record.read)(source.path)
    except DreamError:
        found = {}
    kind = str(found.get("kind"))
    settings, options = found.get("settings"), found.get(kind)
    if kind not in FILMS or not isinstance(settings, dict) or not isinstance(options, dict):
        return {"recipe": {}, "kind": "", "options": {}}
    return {"recipe": settings, "kind": kind, "options": {key: options[key] for key in options if key != "curves"}}


def _ended(run: Run, result: Any) -> dict[str, Any]:
    """The changes of a run that is over: its file is there, or it was stopped and can be resumed."""
    if run.picture is not None:
        (run.folder / PREVIEW).write_bytes(jpeg(run.picture))
    if result is not None:  # of a film or a zoom
        return {"state": "stopped"} if result.stopped else {"state": "done", "note": flashes.sentence(result.flashes)}
    dreams = sorted(DREAMS.iterdir(), key=natural)
    if not dreams and run.error:
        return {"state": "failed", "error": run.error, "advice": ""}
    with zipfile.ZipFile(run.output, "w") as archive:
        for path in dreams:
            archive.write(path, path.relative_to(DREAMS))
    if run.stopping:
        return {"state": "stopped", "partial": run.output.name}
    shutil.rmtree(DREAMS)
    return {"state": "done"}
