"""Zooms: the same place at the same second at any rate, held colours, loops, resuming."""

import shutil
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from deepdream.errors import RequestError, SettingError
from deepdream.film import record
from deepdream.film import zoom as zooms
from deepdream.film.keyframes import Curves
from deepdream.film.motion import motion, moved
from deepdream.film.options import BOUNDS, Zoom
from deepdream.images import colour
from deepdream.pipeline.events import Note
from deepdream.pipeline.request import understand
from deepdream.pipeline.session import Session
from tests.film.test_film import GIVEN, pixels
from tests.film.test_flow import COLUMNS, ROWS, SIZE, texture

USUAL = dict.fromkeys(BOUNDS, 0.0) | {"zoom": 1.0, "x": 0.5, "y": 0.5}


@pytest.fixture(scope="module")
def session():
    return Session()


@pytest.fixture
def picture(tmp_path):
    rows, columns = (grid.astype(np.float32) for grid in np.mgrid[0:64, 0:96])
    Image.fromarray(np.rint(texture(rows, columns) * 255).astype(np.uint8)).save(tmp_path / "in.png")
    return tmp_path / "in.png"


def run(zoom, session, stop=lambda: False):
    """The events of a zoom, and its result."""
    found, events = [], zooms.run(zoom, session, stop=stop)
    while True:
        try:
            found.append(next(events))
        except StopIteration as ended:
            return found, ended.value


def at(place, matrix):
    return (matrix @ (*place, 1))[:2]


def test_a_zoom_doubles_distances_from_its_centre_in_a_second():
    curves = Curves(USUAL | {"zoom": 2.0, "x": 0.25, "y": 0.0})
    matrix = motion(curves, 0, 1, SIZE)
    centre = np.array([0.25 * (SIZE[1] - 1), 0.0])
    np.testing.assert_allclose(at(centre, matrix), centre, atol=1e-9)
    np.testing.assert_allclose(at(centre + np.array([7, 11]), matrix), centre + np.array([14, 22]), atol=1e-6)


def test_degrees_turn_clockwise_and_shifts_are_shares_of_the_sides():
    middle = (np.array(SIZE[::-1]) - 1) / 2
    turned = motion(Curves(USUAL | {"degrees": 90.0}), 0, 1, SIZE)
    np.testing.assert_allclose(at(middle + np.array([10, 0]), turned), middle + np.array([0, 10]), atol=1e-6)
    shifted = motion(Curves(USUAL | {"right": 0.5, "down": -0.25}), 0, 2, SIZE)
    np.testing.assert_allclose(at((0, 0), shifted), (SIZE[1], -SIZE[0] / 2), atol=1e-6)


def test_the_same_place_is_seen_at_the_same_second_at_any_rate():
    keys = {"zoom": ((0, 1.2, "linear"), (2, 2.5, "smooth")), "x": ((0, 0.3, "linear"), (2, 0.8, "smooth"))}
    curves = Curves(USUAL | {"degrees": 20.0, "right": 0.1}, keys)
    found = []
    for rate in (24, 30, 60):
        whole = np.eye(3)
        for frame in range(2 * rate):
            whole = motion(curves, frame / rate, (frame + 1) / rate, SIZE) @ whole
        found.append(whole)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-6, atol=1e-6)


def test_a_picture_is_moved_as_its_places_are():
    middle = (np.array(SIZE) - 1) / 2
    found = moved(texture(ROWS, COLUMNS), Curves(USUAL | {"zoom": 1.1}), 0, 1)
    expected = texture(middle[0] + (ROWS - middle[0]) / 1.1, middle[1] + (COLUMNS - middle[1]) / 1.1)
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_a_picture_that_is_moved_on_and_on_keeps_its_finest_waves():
    waves = np.repeat(np.sin(COLUMNS * 2 * np.pi / 3)[..., None], 3, axis=2).astype(np.float32)
    found, curves = waves, Curves(USUAL | {"right": 1.25 / SIZE[1]})
    for second in range(10):
        found = moved(found, curves, second, second + 1)
    assert 0.7 * waves.std() < found[:, 40:-40].std() < 1.1 * waves.std()


def test_a_second_holds_as_many_steps_at_any_rate(picture, session):
    request = understand(picture, GIVEN | {"steps": 4}, session=session)
    taken = []
    for rate in (24, 30, 60):
        zoom = Zoom(source=picture, output=picture.with_suffix(".mp4"), dream=5.0)
        falling = zooms.Falling(zoom, zooms.check(zoom), request, Fraction(rate), session, None)
        taken.append([sum(falling._again(n).octaves[k].steps for n in range(1, rate + 1)) for k in (0, 1)])
    assert taken == [[5, 30]] * 3  # of twenty a quarter in the coarse octave, one and a half times as many in the fine


def test_colours_and_contrast_are_held(picture, session):
    zoom = Zoom(source=picture, output=picture.parent / "out", given=GIVEN, seconds=1, fps=12, zoom=2.0, degrees=9)
    _, result = run(zoom, session)
    frames = pixels(picture.parent / "out")
    assert (len(frames), result.tally.frames) == (12, 12)
    first, last = colour.balance(frames[0]), colour.balance(frames[-1])
    assert last.mean == pytest.approx(first.mean, abs=0.004)
    assert (last.contrast, last.saturation) == pytest.approx((first.contrast, first.saturation), rel=0.02)


def test_a_loop_ends_where_it_began(picture, session):
    zoom = Zoom(source=picture, output=picture.parent / "out", given=GIVEN, seconds=2, fps=12, zoom=1.6, loop=True)
    run(zoom, session)
    frames = pixels(picture.parent / "out")
    changes = [np.abs(one - other).mean() for one, other in zip(frames, frames[1:] + frames[:1], strict=True)]
    assert changes[-1] < 2 * np.median(changes)
    assert np.abs(frames[len(frames) // 2] - frames[0]).mean() > 2 * changes[-1]


def test_at_its_end_a_loop_is_exactly_its_start(picture, session):
    zoom = Zoom(source=picture, output=picture.parent / "out", seconds=2, fps=12, loop=True, degrees=30)
    start = texture(ROWS, COLUMNS)

    class Kept:
        def frame(self, number):
            return start

    falling = zooms.Falling(zoom, zooms.check(zoom), None, Fraction(12), session, Kept())
    end = falling._closed(texture(ROWS, COLUMNS, 4), 24, 24, whole=True)
    np.testing.assert_allclose(end, start, atol=1e-5)


def test_coming_out_is_going_in_played_backwards(picture, session):
    for name, zoom in (("in", 1.6), ("out", 1 / 1.6)):
        falling = Zoom(source=picture, output=picture.parent / name, given=GIVEN, seconds=0.5, fps=12, zoom=zoom)
        run(falling, session)
    inward, outward = pixels(picture.parent / "in"), pixels(picture.parent / "out")
    for one, other in zip(inward, reversed(outward), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_zoom_that_was_stopped_resumes_to_the_same_frames(picture, session):
    how = {"source": picture, "given": GIVEN, "seconds": 0.5, "fps": 12}
    run(Zoom(output=picture.parent / "whole.mp4", **how), session)
    asked = iter([False] * 11 + [True] * 100)
    zoom = Zoom(output=picture.parent / "out.mp4", **how)
    _, result = run(zoom, session, stop=lambda: next(asked))
    assert result.stopped
    assert 0 < result.tally.frames < 6
    run(zoom, session)
    assert (picture.parent / "out.mp4").read_bytes() == (picture.parent / "whole.mp4").read_bytes()
    assert record.read(picture.parent / "out.mp4")["kind"] == "zoom"


def test_a_zoom_of_an_earlier_version_is_made_again_with_a_note(picture, session):
    how = {"source": picture, "given": GIVEN, "seconds": 0.1, "fps": 20, "force": True}
    run(Zoom(output=picture.with_name("a.gif"), **how), session)
    found = record.read(picture.with_name("a.gif"))
    former = found | {"runtime": {name: value for name, value in found["runtime"].items() if name != "zoom"}}
    note = Note("It was made with zoom unknown, here it is 2: the pixels may differ slightly.")
    for then, notes in ((found, []), (former, [note])):
        zoom = Zoom(output=picture.with_name("b.gif"), again=(then, picture.with_name("a.gif")), **how)
        assert [event for event in run(zoom, session)[0] if isinstance(event, Note)] == notes


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"seconds": 0}, r"^--seconds 0 is out of its bounds: 0\.001 to 86400\.$"),
        ({"fps": 0.5}, r"^--fps 0\.5 is out of its bounds: 1 to 240\.$"),
        ({"zoom": 20}, r"^--zoom 20 is out of its bounds: 0\.1 to 10\.$"),
        ({"given": {"strength": 0.5}}, r"^strength 0\.5 has no meaning for a zoom\. Leave it out\.$"),
        ({"given": {"tileable": True}}, r"^tileable has no meaning for a zoom\. Leave it out\.$"),
        ({"zoom": 1, "loop": True}, r"^--loop needs a zoom: its start is seen in the middle of its end\."),
    ],
)
def test_what_makes_no_sense_for_a_zoom_is_refused(tmp_path, how, message):
    with pytest.raises(SettingError, match=message):
        zooms.check(Zoom(source=None, output=tmp_path / "out.mp4", **how))


def test_a_zoom_that_turns_round_is_refused(tmp_path):
    (tmp_path / "k.toml").write_text("[[keyframe]]\nseconds = 0\nzoom = 2\n[[keyframe]]\nseconds = 1\nzoom = 0.5\n")
    with pytest.raises(
        SettingError, match=r"^A zoom goes in or comes out: its values of zoom are on both sides of 1\.$"
    ):
        zooms.check(Zoom(source=None, output=tmp_path / "out.mp4", keyframes=tmp_path / "k.toml"))


def test_a_disk_too_small_is_reported_before_the_first_frame(picture, session, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 1000))
    zoom = Zoom(source=picture, output=picture.with_name("out.gif"), given=GIVEN)
    message = r"^The frames of out\.gif need about [1-9]\d* [kM]B while .* dream less of it with --seconds or --size\.$"
    with pytest.raises(RequestError, match=message):
        run(zoom, session)
    assert not picture.with_name("out.gif.film").exists()
