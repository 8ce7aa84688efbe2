"""A film from start to file: read, dreamt frame after frame, watched for flashes, written.

run(film, session) -> iterator of Note, Step, Shot, Dreamt, Written, ending in the film's Result

One request and one session serve the whole film, so nothing is traced again; memory holds two frames and the state,
however long it is.
"""

from collections.abc import Callable, Generator

from deepdream.film import journal, outputs, record, setup
from deepdream.film.dreaming import Dreaming, Event
from deepdream.film.flow import Flow, flow
from deepdream.film.options import Film
from deepdream.film.result import Result, ended
from deepdream.film.setup import check
from deepdream.pipeline.events import Note
from deepdream.pipeline.session import Session


def run(
    film: Film, session: Session, *, stop: Callable[[], bool] = lambda: False, flow: Flow = flow
) -> Generator[Event, None, Result]:
    """Dream a film and write it; a film that was begun resumes after its existing frames.

    Args:
        film: the film.
        session: shared by its frames.
        stop: called after each step; once true, the run ends, and the next one resumes from the last complete frame.
        flow: finds the motion between two frames.

    Yields: Notes, Steps, a Shot where one begins, a Dreamt after each frame, and Written at the end.

    Raises:
        DreamError: whatever keeps it from being done.
    """
    curves = check(film)
    files = setup.files(film)
    ready = setup.ready(film, files, curves, session, flow)
    room = setup.check_room(files.output, files.source.expected, ready.size, files.bits)
    yield from map(Note, [*ready.notes, *room])
    folder = journal.beside(film.output)
    with journal.opened(folder, record.lasting(ready.made), bits=files.bits, force=film.force) as kept:
        yield from kept.notes
        dreaming = Dreaming(ready.how, ready.request, files.source, session, kept, stop)
        whole = yield from dreaming.run()
        progress = kept.progress
        result = Result(
            film.output, progress.tally, dreaming.watch.report(), ready.made, ready.notes, not whole, folder
        )

        def write() -> list[str]:
            return files.source.notes + outputs.write(
                files.output, kept.frame, progress.times, progress.durations, source=files.source, record=ready.made
            )

        return (yield from ended(result, kept, write, keep_frames=film.keep_frames))
