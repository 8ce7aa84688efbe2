"""Harmful flashes, as defined by WCAG 2.x and Rec. ITU-R BT.1702. This is not a certified test.

Watch().see(pixels, seconds) -> the most changes within the last second, frame by frame
Watch().would_fail(pixels, seconds) · Watch().report() -> Report · sentence(report)

A flash is a pair of opposing changes of relative luminance by 0.1 or more whose darker side is below 0.8 (or of
saturated red). More than three flashes, six changes, within a second over a quarter of the part of the screen that one
looks at fail: WCAG's 10 degrees of view are a third of the frame each way; BT.1702 takes the whole frame.

Source: WCAG 2.1, "general flash and red flash thresholds"; Rec. ITU-R BT.1702-3 and Ofcom's guidance. Differs: the area
    is searched on a grid of cells, a change may take a twelfth of a second, and see `ALIKE`.
"""

from dataclasses import dataclass, replace

import numpy as np

from deepdream.errors import plural

CELLS = (24, 32)
"""Rows and columns of the grid on which luminance is averaged."""

STEP, BRIGHT = 0.1, 0.8
"""A change of relative luminance that counts, and the luminance below which its darker side must be."""

SATURATED, RED_STEP = 0.8, 20 / 320
"""Red's share of R + G + B from which a colour is saturated red, and the change of max(R - G - B, 0) that counts."""

AREA, ALIKE = 0.25, 2.0
"""Share of the part of the screen that must change, and how many times as much of it as changes the other way: in a
texture that moves as many cells brighten as darken, which is no flash."""

TOGETHER, WINDOW, ROUNDING = 1 / 12, 1.0, 1e-6
"""Seconds within which cells count as changing at once, and in which flashes are counted; and what times are off by."""

LATER = (0.0, 0.25, 0.5, 0.75)
"""When a frame that remains on screen is checked again, in units of `TOGETHER`: a change that opposite ones hid may
count by then."""

WARN, FAIL = 4, 7
"""Changes within a second: two or three flashes are a warning, more than three fail."""

VIEWED = (CELLS[0] // 3, round(CELLS[1] / 3))
"""WCAG's part of the screen, in cells; BT.1702's is the whole."""


@dataclass(frozen=True, eq=False)
class Cells:
    """One kind of change, followed in every cell [24, 32] from one turn to the next.

    Attributes:
        low, high: the lowest and highest value since the cell's last turn.
        red: whether the cell was saturated red at `high`; None where luminance is followed.
        direction: of its last turn: 1 up, -1 down, 0 none yet.
        since: the second of that turn.
    """

    low: np.ndarray
    high: np.ndarray
    red: np.ndarray | None
    direction: np.ndarray
    since: np.ndarray

    def after(self, values: np.ndarray, red: np.ndarray | None, seconds: float) -> "Cells":
        """These cells after a further frame."""
        step = STEP if red is None else RED_STEP
        rising = self.low < BRIGHT if red is None else red
        falling = values < BRIGHT if self.red is None else self.red
        up = (values - self.low >= step) & rising & (self.direction <= 0)
        down = (self.high - values >= step) & falling & (self.direction >= 0) & ~up
        turn = up.astype(np.int8) - down.astype(np.int8)
        higher = (values >= self.high) | (turn != 0)
        return Cells(
            np.where(turn != 0, values, np.minimum(self.low, values)),
            np.where(higher, values, self.high),
            None if red is None or self.red is None else np.where(higher, red, self.red),
            np.where(turn != 0, turn, self.direction),
            np.where(turn != 0, seconds, self.since),
        )

    def lately(self, way: int, seconds: float) -> np.ndarray:
        """The cells whose last turn was that way, up or down, and not long ago."""
        return (self.direction == way) & (seconds - self.since < TOGETHER - ROUNDING)


@dataclass(frozen=True, eq=False)
class Part:
    """Parts of the screen of one size, at every position, and the changes that each has seen.

    Attributes:
        size: rows and columns of cells.
        direction: of each position's last change.
        changes: which positions changed at which time.
    """

    size: tuple[int, int]
    direction: np.ndarray
    changes: tuple[tuple[float, np.ndarray], ...] = ()

    def after(self, cells: Cells, seconds: float) -> "Part":
        """The same after a further frame, from the cells after it."""
        needed = AREA * self.size[0] * self.size[1]
        up, down = (_sums(cells.lately(way, seconds), self.size) for way in (1, -1))
        way = np.where(up >= down, 1, -1)
        most, least = np.maximum(up, down), np.minimum(up, down)
        changed = (most >= needed) & (most >= ALIKE * least) & (way != self.direction)
        changes = tuple(old for old in self.changes if seconds - old[0] < WINDOW - ROUNDING)
        if changed.any():
            changes = (*changes, (seconds, changed))
        return replace(self, direction=np.where(changed, way, self.direction), changes=changes)

    @property
    def most(self) -> tuple[int, tuple[int, int]]:
        """The most changes of any position within the last second, and the position."""
        if not self.changes:
            return 0, (0, 0)
        counts = np.sum([changed for _, changed in self.changes], axis=0)
        at = np.unravel_index(int(counts.argmax()), counts.shape)
        return int(counts.max()), (int(at[0]), int(at[1]))


@dataclass(frozen=True)
class Report:
    """The result of watching a film.

    Attributes:
        verdict: "pass", "warn" or "fail".
        changes: the most within any second.
        rule: "WCAG 2.1" or "BT.1702" (which both then hold), or "" where nothing was found.
        red: whether it is of saturated red.
        seconds: when a second first held that many; None where nothing was found.
        region: left, top, right and bottom of the part of the screen, as shares of the frame.
    """

    verdict: str = "pass"
    changes: int = 0
    rule: str = ""
    red: bool = False
    seconds: float | None = None
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


State = list[tuple[Cells | None, tuple[Part, ...]]]
"""Of luminance and of red: their cells, None before the first frame, and the parts of the screen."""

Light = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of every cell [24, 32]: relative luminance, max(R - G - B, 0), and whether it is saturated red."""


class Watch:
    """Watches a film frame by frame."""

    def __init__(self) -> None:
        self._state: State = [(None, _parts()), (None, _parts())]
        self._report = Report()

    def would_fail(self, pixels: np.ndarray, seconds: float) -> bool:
        """Whether this frame would make the film fail, at once or while it is on screen; the watch is not changed."""
        light, state = _light(pixels), self._state
        for later in LATER:
            state = _next(state, light, seconds + later * TOGETHER)
            if any(part.most[0] >= FAIL for _, parts in state for part in parts):
                return True
        return False

    def see(self, pixels: np.ndarray, seconds: float) -> None:
        """Take in the next frame, [H, W, 3] float32 sRGB in 0..1, shown at a time in seconds."""
        self._state = _next(self._state, _light(pixels), seconds)
        for red, (_, parts) in zip((False, True), self._state, strict=True):
            for rule, part in zip(("WCAG 2.1", "BT.1702"), parts, strict=True):
                count, at = part.most
                if count > self._report.changes:
                    self._report = Report(_verdict(count), count, rule, red, seconds, _region(at, part.size))

    def report(self) -> Report:
        """What was found so far."""
        return self._report


def _next(state: State, light: Light, seconds: float) -> State:
    """The state after a further frame."""
    luminance, reddish, red = light
    found: State = []
    for (cells, parts), values, saturated in zip(state, (luminance, reddish), (None, red), strict=True):
        if cells is None:
            never = np.full(CELLS, -np.inf)
            found.append((Cells(values, values, saturated, np.zeros(CELLS, np.int8), never), parts))
            continue
        cells = cells.after(values, saturated, seconds)
        found.append((cells, tuple(part.after(cells, seconds) for part in parts)))
    return found


def _parts() -> tuple[Part, ...]:
    """WCAG's part of the screen and BT.1702's, without any change yet."""
    sizes = VIEWED, CELLS
    return tuple(Part(size, np.zeros((CELLS[0] - size[0] + 1, CELLS[1] - size[1] + 1), np.int8)) for size in sizes)


def _light(pixels: np.ndarray) -> Light:
    """Relative luminance of every cell, its max(R - G - B, 0), and whether it is saturated red."""
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((np.maximum(pixels, 0) + 0.055) / 1.055) ** 2.4)
    cells = _averaged(linear.astype(np.float64))
    luminance = cells @ np.array([0.2126, 0.7152, 0.0722])
    reddish = np.maximum(cells[..., 0] - cells[..., 1] - cells[..., 2], 0)
    return luminance, reddish, cells[..., 0] >= SATURATED * np.maximum(cells.sum(axis=2), 1e-6)


def _averaged(picture: np.ndarray) -> np.ndarray:
    """The mean over each cell, [24, 32, 3]; pictures smaller than the grid are enlarged by repetition."""
    height, width = picture.shape[:2]
    rows = [np.arange(CELLS[axis] + 1) * size // CELLS[axis] for axis, size in enumerate((height, width))]
    sums = np.pad(picture, [(1, 0), (1, 0), (0, 0)]).cumsum(0).cumsum(1)
    tops, lefts = rows[0][:-1], rows[1][:-1]
    bottoms, rights = np.maximum(rows[0][1:], tops + 1), np.maximum(rows[1][1:], lefts + 1)
    boxes = sums[bottoms][:, rights] - sums[tops][:, rights] - sums[bottoms][:, lefts] + sums[tops][:, lefts]
    return boxes / ((bottoms - tops)[:, None] * (rights - lefts))[..., None]


def _sums(cells: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """How many cells are set in a part of that size, at every position."""
    sums = np.pad(cells.astype(np.int32), [(1, 0), (1, 0)]).cumsum(0).cumsum(1)
    rows, columns = size
    return sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]


def _verdict(changes: int) -> str:
    return "fail" if changes >= FAIL else "warn" if changes >= WARN else "pass"


def _region(at: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a part, as shares of the frame."""
    (top, left), (rows, columns) = at, CELLS
    return left / columns, top / rows, (left + size[1]) / columns, (top + size[0]) / rows


def sentence(report: Report) -> str:
    """What the check for flashes found, in a line."""
    if report.verdict == "pass":
        changes = plural(report.changes, "change")
        return f"Flashes: none to warn of, {changes} in a second at most (no certified test)."
    left, top, right, bottom = (round(100 * share) for share in report.region)
    kind = "of red " if report.red else ""
    then = "dream with --calm" if report.verdict == "fail" else "more than 6 would fail"
    return (
        f"Flashes: {report.verdict}, {report.changes} changes {kind}in the second before {clock(report.seconds or 0)}, "
        f"{left} to {right} % from the left and {top} to {bottom} % from the top, by {report.rule}; {then} "
        "(no certified test)."
    )


def clock(seconds: float) -> str:
    """A time code: minutes, seconds and hundredths."""
    return f"{int(seconds // 60):02d}:{seconds % 60:05.2f}"
