"""A film that is cut at its scenes: whatever order they are dreamt in, it is the film as made in one piece."""

import json

import numpy as np
import pytest

from deepdream.errors import RunError
from deepdream.film import journal, scenes
from deepdream.film.options import Film
from deepdream.pipeline.session import Session
from tests.film import made
from tests.film.test_film import GIVEN, moving, ran


@pytest.fixture(scope="module")
def session():
    return Session()


def reel(path):
    """A video of two shots of three frames, and a black frame before them."""
    shots = [np.zeros((64, 96, 3), np.float32), *moving(3), *moving(3, seed=9)]
    return made.video(path, size=(64, 96), sound=1, pictures=[np.rint(shot * 255).astype(np.uint8) for shot in shots])


def dreamt(film, cut, scene, session):
    for _ in scenes.dream(film, cut, scene, session):
        pass


def test_a_film_put_together_from_its_scenes_has_the_bytes_of_one_dreamt_in_one_piece(tmp_path, session):
    source = reel(tmp_path / "in.mp4")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole, film = (Film(source=source, output=tmp_path / name / "out.mp4", given=GIVEN) for name in "ab")
    _, expected = ran(whole, session)
    cut = scenes.cut(film, session)
    assert (cut.starts, cut.count) == ((0, 1, 4), 7)
    scenes.keep(film, cut)
    for scene in (2, 0):
        dreamt(film, cut, scene, session)
    assert [scenes.is_done(film, cut, scene) for scene in range(3)] == [True, False, True]
    with pytest.raises(RunError, match=r"^out\.mp4 lacks 3 frames\. The same command resumes from here\.$"):
        scenes.assembled(film, cut)
    dreamt(film, cut, 1, session)
    result = scenes.assembled(film, cut)
    assert film.output.read_bytes() == whole.output.read_bytes()
    assert not journal.beside(film.output).exists()
    assert (result.tally.frames, result.tally.shots, result.flashes) == (7, 3, expected.flashes)
    assert result.tally.flicker == pytest.approx(expected.tally.flicker)
    assert result.notes == expected.notes


def test_where_a_film_is_cut_is_known_again_while_its_record_fits(tmp_path, session):
    film = Film(source=reel(tmp_path / "in.mp4"), output=tmp_path / "out.mp4", given=GIVEN)
    assert scenes.kept(film, lambda made: True) is None
    cut = scenes.cut(film, session)
    scenes.keep(film, cut)
    found = scenes.kept(film, lambda made: made == json.loads(json.dumps(cut.made)))
    assert (found.starts, found.count, found.notes) == (cut.starts, cut.count, cut.notes)
    assert scenes.kept(film, lambda made: False) is None


def test_a_scene_travels_as_its_files_and_a_half_one_is_dreamt_again(tmp_path, session):
    source = reel(tmp_path / "in.mp4")
    (tmp_path / "far").mkdir()
    here, there = (Film(source=source, output=tmp_path / name, given=GIVEN) for name in ("out.mp4", "far/out.mp4"))
    cut = scenes.cut(here, session)
    dreamt(there, cut, 1, session)
    files = scenes.packed(there, cut, 1)
    assert set(files) == {"journal.json", "state.npz", "00000000.png", "00000001.png", "00000002.png"}
    scenes.unpack(here, cut, 1, {name: data for name, data in files.items() if name != "state.npz"})
    assert not scenes.is_done(here, cut, 1)
    scenes.unpack(here, cut, 1, files)
    assert scenes.is_done(here, cut, 1)


def test_a_moving_mask_decides_where_a_scene_begins_as_it_does_in_the_film(tmp_path, session):
    """A mask that is black at first: the film begins again where it shows something."""
    source = reel(tmp_path / "in.mp4")
    black, white = np.zeros((64, 96, 3), np.uint8), np.full((64, 96, 3), 255, np.uint8)
    mask = made.video(tmp_path / "mask.mp4", size=(64, 96), pictures=[black] * 2 + [white] * 5)
    given = GIVEN | {"mask": str(mask)}
    cut = scenes.cut(Film(source=source, output=tmp_path / "out.mp4", given=given), session)
    events, _ = ran(Film(source=source, output=tmp_path / "out.mp4", given=given), session)
    shots = [event.frame for event in events if type(event).__name__ == "Shot"]
    assert list(cut.starts) == shots == [0, 1, 2, 4]
