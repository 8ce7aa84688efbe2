"""The dreams of a batch that exist already, decided by the record inside the picture, without TensorFlow.

find(job, folder, shared) -> the dream, or whether its name is taken
"""

import contextlib
import itertools
import os
from pathlib import Path

from deepdream import images
from deepdream.batch import films
from deepdream.errors import ImageError
from deepdream.film import record as filmed
from deepdream.film.formats import is_video
from deepdream.pipeline import existing, provenance
from deepdream.pipeline.job import Job, Result
from deepdream.pipeline.series import Failed

MOVE = "Move it away, or name another --output."


def find(job: Job, folder: Path, shared: provenance.Record) -> Result | Failed | bool:
    """The existing dream as a Result, a Failed if its name is taken; else whether another dream has the name.

    Args:
        job: of one picture or film.
        folder: the batch's.
        shared: the part of the record that all its dreams share.
    """
    below = (one for one in job.output.parents if one.is_relative_to(folder))
    if taken := next((one for one in below if one.exists() and not one.is_dir()), None):
        return Failed(job, ImageError(f"{taken} is a file; dreams are to go into a folder of this name.", MOVE))
    if not os.path.lexists(job.output):
        return False
    assert job.source is not None, "a batch dreams on pictures"
    read, wanted = (filmed.read, films.wanted) if is_video(job.source) else (provenance.read, _wanted)
    try:
        read(job.output)
    except ImageError:
        message = f"{job.output} carries no dream's record, and is not replaced."
        return Failed(job, ImageError(message, MOVE))
    try:
        record = wanted(job, shared)
    except OSError:
        return True  # the error is reported when it is its turn
    names = (job.output, *itertools.takewhile(os.path.lexists, () if job.force else existing.numbered(job.output)))
    for name in names:
        with contextlib.suppress(ImageError):
            if provenance.matches(found := read(name), record):
                return Result(job, name, record=found, ready=True)
    return True


def _wanted(job: Job, shared: provenance.Record) -> provenance.Record:
    """The part of the record that a picture's dream will carry on any machine.

    Raises:
        OSError: the picture can't be read.
    """
    assert job.source is not None, "a batch dreams on pictures"
    return {**shared, "input": {"digest": images.digest(job.source)}, **({"bits": job.bits} if job.bits else {})}
