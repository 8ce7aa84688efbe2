"""The distance from the original that every group of a comparison reaches.

Equal steps are unequal dreams: on the sample picture block1 moves it 1.4 times as far as block5.

common(whole, selections, given, session=session) -> the setting `distance`, or None
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from deepdream import images
from deepdream.errors import GradientError
from deepdream.images import compositing, scale
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.request import Request, retargeted, understand
from deepdream.pipeline.session import Session
from deepdream.settings.fields import FIELDS

LONGER, SHORTER = 192, 128
"""The trial's sides in pixels: the longer one at most, unless the shorter one would be less. Trials of 192 and of 450
pixels find the same distance within 5 %."""

NEAR = 1.2
"""Groups that get less than so many times as far as the least are tried again, held at that distance."""


def common(
    whole: Request,
    selections: Sequence[str],
    given: Mapping[str, Any],
    *,
    session: Session,
    tell: Callable[[int], None] = lambda number: None,
) -> float | None:
    """The distance that all groups reach, found by dreaming each on a reduced picture.

    Args:
        whole: the checked request for all groups together.
        selections: each group's layers.
        given: the settings as typed.
        session: shared with the dreams to come.
        tell: called with each group's number from 1, before its trial.

    Returns: two significant digits, rounded down; None if no group can be dreamt.
    """
    size = whole.picture.pixels.shape[:2]
    factor = min(1.0, max(LONGER / max(size), SHORTER / min(size)))
    trial = understand(
        whole.picture,
        {
            **given,
            "layers": whole.settings.layers,
            "octaves": whole.settings.octaves,
            "size": scale.scaled(size, factor),
            "max_side": None,
        },
        session=session,
    )
    reached = dict[str, float]()
    for number, selection in enumerate(selections, start=1):
        tell(number)
        try:
            reached[selection] = _reached(retargeted(trial, selection), session)
        except GradientError:
            continue  # its own dream reports it
    if not reached:
        return None
    least = min(reached.values())
    held = _holding(trial, least)
    slow = [selection for selection, distance in reached.items() if distance < NEAR * least]
    found = min(_reached(retargeted(held, selection), session) for selection in slow)
    return max(_rounded_down(found), FIELDS["distance"].metadata["low"])


def _holding(request: Request, distance: float) -> Request:
    """The request with a distance. Each octave has its share of it, so who only just gets there without falls short."""
    count = len(request.octaves)
    octaves = (replace(one, distance=distance * n / count) for n, one in enumerate(request.octaves, start=1))
    return replace(request, octaves=tuple(octaves))


def _reached(request: Request, session: Session) -> float:
    """How far a dream ends from its original, before its strength and colours are applied."""
    pipeline.prepare(request, session)
    steps = pipeline.ascend(request, session, expected=0.0)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            dream, original = end.value.picture, request.picture.pixels
            return compositing.distance(dream, images.resize(original, dream.shape[:2]))


def _rounded_down(value: float) -> float:
    """To two significant digits, so that the last bits of a trial don't make another record."""
    if value <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return round(math.floor(value / unit) * unit, 10)
