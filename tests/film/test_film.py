"""Films from start to file, on the pocket network: resuming, shots, what is refused."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError, RequestError, SettingError, StorageError
from deepdream.film import coherence, options, outputs, record, setup, sources
from deepdream.film import film as films
from deepdream.film.dreaming import Dreamt, Shot
from deepdream.film.options import Film
from deepdream.pipeline.dream import dream
from deepdream.pipeline.events import Note, Written
from deepdream.pipeline.session import Session
from deepdream.settings import SAMPLE
from tests.film import made
from tests.film.test_flow import texture

GIVEN = {"network": "pocket", "steps": 3, "octaves": 2, "precision": "float32", "convolution": "direct"}
ROWS, COLUMNS = (grid.astype(np.float32) for grid in np.mgrid[0:64, 0:96])


@pytest.fixture(scope="module")
def session():
    return Session()


def folder(path, pictures):
    path.mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(path / f"{number}.png")
    return path


def moving(count, seed=0):
    return [texture(ROWS + number, COLUMNS + 2 * number, seed) for number in range(count)]


def ran(film, session, stop=lambda: False):
    """The events of a film, and its result."""
    events, run = [], films.run(film, session, stop=stop)
    while True:
        try:
            events.append(next(run))
        except StopIteration as ended:
            return events, ended.value


def pixels(path):
    return [frame.pixels for frame in sources.opened(path).frames()]


def test_the_first_frame_is_what_dream_makes_of_it(tmp_path, session):
    source = folder(tmp_path / "in", moving(2))
    ran(Film(source=source, output=tmp_path / "out", given=GIVEN), session)
    alone = dream(source / "0.png", **GIVEN)
    np.testing.assert_array_equal(pixels(tmp_path / "out")[0], np.rint(np.asarray(alone) * 255) / np.float32(255))


def test_every_frame_is_reported_and_there_are_as_many_as_came_in(tmp_path, session):
    source = folder(tmp_path / "in", [*moving(3), *moving(3, seed=9)])
    events, result = ran(Film(source=source, output=tmp_path / "out", given=GIVEN), session)
    assert [(event.number, event.count, event.shot) for event in events if isinstance(event, Dreamt)] == [
        (0, 6, 1),
        (1, 6, 1),
        (2, 6, 1),
        (3, 6, 2),
        (4, 6, 2),
        (5, 6, 2),
    ]
    assert [event for event in events if isinstance(event, Shot)] == [Shot(1, 0), Shot(2, 3)]
    assert [event for event in events if isinstance(event, Written)] == [Written(tmp_path / "out")]
    assert len(pixels(tmp_path / "out")) == 6
    assert (result.tally.frames, result.tally.shots, result.tally.pairs, result.stopped) == (6, 2, 4, False)
    assert not (tmp_path / "out.film").exists()


def test_a_coherent_film_flickers_less_than_its_frames_dreamt_one_by_one(tmp_path, session):
    rng = np.random.default_rng(0)
    still = [np.clip(texture(ROWS, COLUMNS) + rng.normal(0, 2 / 255, (64, 96, 3)), 0, 1) for _ in range(5)]
    source = folder(tmp_path / "in", still)
    found = {}
    for way in ("flow", "none"):
        film = Film(source=source, output=tmp_path / way, given=GIVEN | {"steps": 10}, coherence=way)
        found[way] = ran(film, session)[1].tally
    assert found["flow"].flicker < 0.5 * found["none"].flicker
    assert found["flow"].mean_strength == pytest.approx(found["none"].mean_strength, rel=0.05)


def test_compare_also_measures_frames_dreamt_one_by_one(tmp_path, session):
    source = folder(tmp_path / "in", moving(5))
    tally = ran(Film(source=source, output=tmp_path / "out", given=GIVEN, compare=True), session)[1].tally
    assert tally.alone > tally.together > 0


@pytest.mark.parametrize("after", [1, 3, 8])
def test_a_film_that_was_stopped_resumes_to_the_same_bytes(tmp_path, session, after):
    source = made.video(tmp_path / "in.mp4", 4, size=(64, 96), sound=1)
    ran(Film(source=source, output=tmp_path / "whole.mp4", given=GIVEN), session)
    asked = iter([False] * after + [True] * 100)
    film = Film(source=source, output=tmp_path / "out.mp4", given=GIVEN)
    _, result = ran(film, session, stop=lambda: next(asked))
    assert result.stopped
    assert result.folder.exists()
    assert not (tmp_path / "out.mp4").exists()
    events, result = ran(film, session)
    if after > 5:
        assert Note("2 frames are there already; the film resumes after them.") in events
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes().replace(b"whole", b"out")
    assert not result.folder


@pytest.mark.slow
def test_a_film_that_was_killed_at_any_moment_resumes_to_the_same_bytes(tmp_path):
    source = made.video(tmp_path / "in.mp4", 6, size=(64, 96))
    options = [word for name, value in GIVEN.items() for word in (f"--{name}", str(value))]

    def command(name):
        return [sys.executable, "-m", "deepdream", "film", "in.mp4", name, *options, "--quiet"]

    subprocess.run(command("whole.mp4"), cwd=tmp_path, check=True)
    rng = np.random.default_rng(5)
    for frames in (0, 1, 2, 4, 6):
        process = subprocess.Popen(command("out.mp4"), cwd=tmp_path)
        while process.poll() is None and len(list(tmp_path.glob("out.mp4.film/*.png"))) < frames:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (tmp_path / "out.mp4").exists():
            break
    if not (tmp_path / "out.mp4").exists():
        subprocess.run(command("out.mp4"), cwd=tmp_path, check=True)
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert source.exists()


def test_a_film_begun_by_another_version_is_not_continued_unasked(tmp_path, session, monkeypatch):
    source = folder(tmp_path / "in", moving(3))
    asked = iter([False] * 8 + [True] * 100)
    film = Film(source=source, output=tmp_path / "out", given=GIVEN)
    with monkeypatch.context() as earlier:
        earlier.setattr(coherence, "VERSION", 1)
        ran(film, session, stop=lambda: next(asked))
    message = f"another coherence: it was 1, now it is {coherence.VERSION}."
    with pytest.raises(RequestError, match=re.escape(message)):
        ran(film, session)


def test_a_film_begun_with_other_settings_is_not_continued_unasked(tmp_path, session):
    source = folder(tmp_path / "in", moving(3))
    asked = iter([False] * 8 + [True] * 100)
    ran(Film(source=source, output=tmp_path / "out", given=GIVEN), session, stop=lambda: next(asked))
    other = Film(source=source, output=tmp_path / "out", given=GIVEN | {"seed": 1})
    with pytest.raises(RequestError, match=r"out\.film holds a film that was begun with another seed: it was 0, now "):
        ran(other, session)
    ran(Film(source=source, output=tmp_path / "out", given=GIVEN | {"seed": 1}, force=True), session)
    assert len(pixels(tmp_path / "out")) == 3


def test_the_record_travels_and_makes_the_same_film_again(tmp_path, session):
    source = made.video(tmp_path / "in.mp4", 3, size=(64, 96))
    ran(Film(source=source, output=tmp_path / "a.mp4", given=GIVEN, end=0.08), session)
    found = record.read(tmp_path / "a.mp4")
    assert (found["kind"], found["film"]["end"], found["settings"]["steps"]) == ("film", 0.08, 3)
    assert found["input"] == {"digest": record.sha256(source), "path": "in.mp4"}

    def again(found, name):
        kept = options.read(found["film"], tmp_path)
        carried = (found, tmp_path / "a.mp4")
        film = Film(source=source, output=tmp_path / name, given=found["settings"], again=carried, **kept)
        return [event.message for event in ran(film, session)[0] if isinstance(event, Note)]

    assert again(found, "b.mp4") == []
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()
    former = found | {"runtime": {name: value for name, value in found["runtime"].items() if name != "coherence"}}
    (note,) = again(former, "c.mp4")
    assert note == "It was made with coherence unknown, here it is 3: the pixels may differ slightly."


def test_the_record_says_what_targets_came_to_and_one_without_it_is_replayed_without_a_remark(tmp_path, session):
    source = folder(tmp_path / "in", moving(2))
    layers = f"class:leopard,block2_conv2:like({source / '0.png'}),block2_conv2:top2"
    _, result = ran(Film(source=source, output=tmp_path / "out", given=GIVEN | {"layers": layers}), session)
    alone = dream(source / "0.png", **GIVEN | {"layers": layers}).recipe["targets"]
    assert result.record["targets"] == alone | {"block2_conv2:top2": "chosen for each frame"}
    former = {name: value for name, value in result.record.items() if name != "targets"}
    assert record.lasting(former) == record.lasting(result.record)


def test_a_black_frame_does_not_end_the_film_and_what_follows_is_a_shot_of_its_own(tmp_path, session):
    black = np.zeros((64, 96, 3), np.float32)
    source = folder(tmp_path / "in", [black, black, *moving(2)])
    events, _ = ran(Film(source=source, output=tmp_path / "out", given=GIVEN), session)
    assert [event.frame for event in events if isinstance(event, Shot)] == [0, 2]


def test_calm_damps_flashes(tmp_path, session):
    flashing = [texture(ROWS, COLUMNS) * (1.0 if number // 2 % 2 else 0.15) for number in range(24)]
    source = folder(tmp_path / "in", flashing)
    given = GIVEN | {"steps": 1, "octaves": 1}
    plain = ran(Film(source=source, output=tmp_path / "plain", given=given), session)[1]
    calm = ran(Film(source=source, output=tmp_path / "calm", given=given, calm=True), session)[1]
    assert plain.flashes.verdict == "fail"
    assert calm.flashes.verdict != "fail"
    assert calm.tally.calmed > 0


@pytest.mark.slow
def test_a_film_passes_the_check_for_flashes_where_its_frames_dreamt_one_by_one_fail(tmp_path, session):
    rng, picture = np.random.default_rng(0), images.resize(images.read(SAMPLE).pixels, (72, 108))
    still = [np.clip(picture + rng.normal(0, 6 / 255, picture.shape), 0, 1) for _ in range(25)]
    source = folder(tmp_path / "in", still)
    given = {"network": "pocket", "octaves": 2, "steps": 8, "step_size": 0.08}
    found = {}
    for way in ("none", "flow"):
        film = Film(source=source, output=tmp_path / way, given=given, coherence=way)
        found[way] = ran(film, session)[1].flashes.verdict
    assert found == {"none": "fail", "flow": "pass"}


def test_a_preview_is_small_and_has_few_frames(tmp_path, session):
    source = folder(tmp_path / "in", [images.resize(picture, (200, 300)) for picture in moving(9)])
    ran(Film(source=source, output=tmp_path / "out", given=GIVEN, preview=True), session)
    found = pixels(tmp_path / "out")
    assert (len(found), found[0].shape) == (3, (160, 240, 3))  # every fourth of 25 a second


def test_colours_and_masks_are_applied_to_every_frame(tmp_path, session):
    source = folder(tmp_path / "in", moving(3))
    mask = np.zeros((64, 96), np.uint8)
    mask[:, :48] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    given = GIVEN | {"mask": str(tmp_path / "mask.png")}
    ran(Film(source=source, output=tmp_path / "out", given=given), session)
    for before, after in zip(pixels(source), pixels(tmp_path / "out"), strict=True):
        np.testing.assert_array_equal(after[:, 48:], before[:, 48:])
        assert np.abs(after[:, :40] - before[:, :40]).max() > 0.02


def test_hdr_stays_hdr_where_it_can_and_is_mapped_where_it_can_t(tmp_path, session):
    source = made.hdr(tmp_path / "in.mp4")
    given = GIVEN | {"steps": 1, "octaves": 1, "strength": 0.0}
    ran(Film(source=source, output=tmp_path / "kept.mp4", given=given), session)
    kept = sources.opened(tmp_path / "kept.mp4")
    assert (kept.bits, kept.colours.transfer, kept.extra["libx265"]) == (
        10,
        16,
        sources.opened(source).extra["libx265"],
    )
    _, result = ran(Film(source=source, output=tmp_path / "mapped.webm", given=given), session)
    mapped = sources.opened(tmp_path / "mapped.webm")
    assert "mapped.webm can't hold HDR (PQ): it is mapped to sRGB as ITU-R BT.2390 does." in result.notes
    assert (mapped.bits, mapped.colours.transfer, mapped.colours.primaries) == (8, 1, 1)


def test_a_mask_may_be_a_film(tmp_path, session):
    source = folder(tmp_path / "in", moving(3))
    left, right, none = (np.zeros((64, 96, 3), np.float32) for _ in range(3))
    left[:, :48] = right[:, 48:] = 1
    mask = folder(tmp_path / "mask", [left, right, none])
    given = GIVEN | {"mask": str(mask)}
    ran(Film(source=source, output=tmp_path / "out", given=given), session)
    changed = [np.abs(b - a).max(axis=(0, 2)) for a, b in zip(pixels(source), pixels(tmp_path / "out"), strict=True)]
    assert changed[0][:48].min() > 0 == changed[0][48:].max()
    assert changed[1][48:].min() > 0 == changed[1][:48].max()
    assert changed[2].max() == 0


def test_settings_may_change_over_time(tmp_path, session):
    source = folder(tmp_path / "in", moving(3))
    keys = tmp_path / "keys.toml"
    first, second = "[[keyframe]]\nseconds = 0\nstrength = 0\n", "[[keyframe]]\nseconds = 0.08\nstrength = 1\n"
    keys.write_text(f'{first}{second}ease = "linear"\n')
    film = Film(source=source, output=tmp_path / "out", given=GIVEN, keyframes=keys)
    ran(film, session)
    far = [np.abs(b - a).mean() for a, b in zip(pixels(source), pixels(tmp_path / "out"), strict=True)]
    assert far[0] == 0
    assert far[2] > 1.6 * far[1] > 0
    found = images.read_recipe(tmp_path / "out" / "frame-000001.png")
    assert found["files"] == {"keys.toml": record.sha256(keys)}


def test_keyframes_are_found_where_the_film_has_moved_with_them(tmp_path, session):
    def again(found, folder):
        how = options.read(found["film"], folder)
        wanted = Film(
            source=folder / "in.mp4", output=tmp_path / "b.gif", given=GIVEN, again=(found, folder / "a.gif"), **how
        )
        return ran(replace(wanted, force=True), session)

    (tmp_path / "here").mkdir()
    source, keys = made.video(tmp_path / "here" / "in.mp4", 2, size=(48, 64)), tmp_path / "here" / "keys.toml"
    keys.write_text("[[keyframe]]\nseconds = 0\nstrength = 0.5\n")
    ran(Film(source=source, output=tmp_path / "here" / "a.gif", given=GIVEN, keyframes=keys), session)
    moved = (tmp_path / "here").rename(tmp_path / "there")
    found = record.read(moved / "a.gif")
    assert found["film"]["curves"] == "keys.toml"
    again(found, moved)
    assert np.array_equal(pixels(moved / "a.gif"), pixels(tmp_path / "b.gif"))
    keys = moved / "keys.toml"
    former = found | {"film": found["film"] | {"curves": str(keys)}, "files": {str(keys): record.sha256(keys)}}
    again(former, moved)  # version 0.1 recorded where they were
    keys.write_text("[[keyframe]]\nseconds = 0\nstrength = 0.6\n")
    for one, name in ((found, "keys.toml"), (former, str(keys))):
        with pytest.raises(ImageError, match=rf"^{re.escape(name)} is not the file that .* was made with"):
            again(one, moved)


@pytest.mark.parametrize(
    ("given", "how", "message"),
    [
        ({}, {"coherence": "warp"}, r"^--coherence warp is not one of flow, none\.$"),
        ({}, {"renewal": 0}, r"^--renewal 0 is out of its bounds: 0\.05 to 1\.$"),
        ({}, {"every": 0}, r"^--every 0 is out of its bounds: 1 to 100000\.$"),
        ({}, {"start": 2, "end": 1}, r"^--start 2 and --end 1 leave nothing of the film\.$"),
        ({}, {"rate": 30}, r"^--rate is for a folder of pictures: a film has its own frame rate\. Leave it out\.$"),
        ({"octave_mode": "grow"}, {}, r"^octave_mode grow has no meaning for a film\. Leave it out\.$"),
        ({"tileable": True}, {}, r"^tileable has no meaning for a film\. Leave it out\.$"),
    ],
)
def test_what_makes_no_sense_for_a_film_is_refused(tmp_path, given, how, message):
    with pytest.raises(SettingError, match=message):
        setup.check(Film(source=tmp_path / "in.mp4", output=tmp_path / "out.mp4", given=given, **how))


def test_a_disk_too_small_is_reported_before_the_first_frame(tmp_path, session, monkeypatch):
    source = folder(tmp_path / "in", moving(3))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 1000))
    message = r"^The frames of out need about [1-9]\d* kB while it is dreamt; .* has 1 kB free\."
    with pytest.raises(RequestError, match=message):
        ran(Film(source=source, output=tmp_path / "out", given=GIVEN), session)
    assert not (tmp_path / "out.film").exists()


def test_a_film_that_resumes_needs_room_for_what_is_not_there_yet_alone(tmp_path, monkeypatch):
    output = outputs.check(tmp_path / "out", None, None)
    need = setup.needed(10, (64, 96))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, need - 1000))
    with pytest.raises(RequestError):
        setup.check_room(output, 10, (64, 96))
    (tmp_path / "out.film").mkdir()
    (tmp_path / "out.film" / "00000000.png").write_bytes(bytes(1000))
    assert setup.check_room(output, 10, (64, 96)) == []


@pytest.mark.parametrize(("name", "written"), [("savez", "out.film/state.npz"), ("write", "out")])
def test_a_disk_that_fills_up_is_reported_and_the_film_resumes(tmp_path, session, monkeypatch, name, written):
    film = Film(source=folder(tmp_path / "in", moving(2)), output=tmp_path / "out", given=GIVEN)

    def full(*words, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as now:
        now.setattr(np if name == "savez" else outputs, name, full)
        message = f"{tmp_path / written} could not be written: No space left on device. Make room, and give the same "
        with pytest.raises(StorageError, match=re.escape(message)):
            ran(film, session)
    ran(film, session)
    assert len(pixels(tmp_path / "out")) == 2


def test_frames_that_take_much_of_the_disk_are_announced(tmp_path, session, monkeypatch):
    source = folder(tmp_path / "in", moving(3))
    film = Film(source=source, output=tmp_path / "out", given=GIVEN, force=True)
    assert [event for event in ran(film, session)[0] if isinstance(event, Note)] == []
    monkeypatch.setattr(setup, "MUCH", 64 * 96 * (3 * setup.PER_PIXEL + setup.PER_STATE))
    note = Note("Its frames take about 424 kB in out.film until it is written.")
    assert [event for event in ran(film, session)[0] if isinstance(event, Note)] == [note]


@pytest.mark.slow
def test_two_hundred_frames_take_hardly_more_memory_than_twenty(tmp_path):
    pytest.importorskip("resource", reason="Windows does not report it so")
    peak = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"
    code = f"import resource\nfrom deepdream.__main__ import main\ntry: main()\nfinally: print({peak})"
    options = [word for name, value in (GIVEN | {"steps": 1}).items() for word in (f"--{name}", str(value))]
    peaks = []
    for count in (20, 200):  # which together take 115 MB
        made.video(tmp_path / f"{count}.mp4", count, size=(48, 1000))
        words = ["film", f"{count}.mp4", f"out-{count}.mp4", *options, "--quiet"]
        peaks.append(int(subprocess.check_output([sys.executable, "-c", code, *words], cwd=tmp_path)))
    assert peaks[1] < 1.1 * peaks[0]


def test_an_animation_whose_frames_do_not_fit_in_memory_is_refused(tmp_path, session, monkeypatch):
    source = folder(tmp_path / "in", moving(3))
    monkeypatch.setattr(outputs, "memory", SimpleNamespace(free=lambda: 3 * 64 * 96 * 3 - 1))
    message = r"^out\.webp is written from all frames at once, which take 0\.0 GB of memory; 0\.0 GB are free\. Name a"
    with pytest.raises(RequestError, match=message):
        ran(Film(source=source, output=tmp_path / "out.webp", given=GIVEN), session)
    ran(Film(source=source, output=tmp_path / "out.gif", given=GIVEN), session)
