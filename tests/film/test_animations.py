"""Animations and folders of pictures, in and out."""

import re
import sys

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError, RequestError, SettingError
from deepdream.film import outputs, record, sources
from tests.film import made

RECORD = {"kind": "film", "made": "here"}


def animation(path, durations, **how):
    first, *rest = map(Image.fromarray, made.frames(len(durations)))
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=3, **how)
    return path


def copy(path, output, **how):
    source = sources.opened(path, **how)
    frames = list(source.frames())
    outputs.write(
        outputs.check(output, None, None),
        lambda number: frames[number].pixels,
        [frame.pts for frame in frames],
        [frame.duration or 0 for frame in frames],
        source=source,
        record=RECORD,
    )
    return source, frames


@pytest.mark.parametrize("suffix", ["gif", "apng", "webp"])
def test_an_animation_keeps_its_times_its_loops_and_its_record(tmp_path, suffix):
    durations = [40, 200, 40, 70]
    path = animation(tmp_path / "in.webp", durations, lossless=True)
    source, frames = copy(path, tmp_path / f"out.{suffix}")
    assert [frame.pts for frame in frames] == [0, 40, 240, 280]
    assert source.loops == 3
    again = sources.opened(tmp_path / f"out.{suffix}")
    assert ([frame.pts for frame in again.frames()], again.loops) == ([0, 40, 240, 280], 3)
    with Image.open(tmp_path / f"out.{suffix}") as image:
        image.seek(3)
        image.load()
        assert image.info["duration"] == 70
    assert record.read(tmp_path / f"out.{suffix}") == RECORD


@pytest.mark.parametrize(("suffix", "levels"), [("gif", 6), ("apng", 0), ("webp", 6)])
def test_an_animation_shows_the_same_frames(tmp_path, suffix, levels):
    path = animation(tmp_path / "in.webp", [40] * 3, lossless=True)
    _, frames = copy(path, tmp_path / f"out.{suffix}")
    for one, other in zip(frames, sources.opened(tmp_path / f"out.{suffix}").frames(), strict=True):
        assert np.abs(one.pixels - other.pixels).mean() * 255 <= levels


@pytest.mark.parametrize(("alpha", "notes"), [(255, 0), (128, 1)])
def test_transparency_of_an_animation_is_named(tmp_path, alpha, notes):
    frames = [Image.new("RGBA", (31, 17), (200, level, 0, alpha)) for level in (0, 90)]
    frames[0].save(tmp_path / "in.webp", save_all=True, append_images=frames[1:], lossless=True)
    note = "Its transparency can't be kept: what is transparent becomes white."
    assert sources.opened(tmp_path / "in.webp").notes == [note] * notes


def test_pictures_of_a_folder_are_read_in_natural_order_all_of_them(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number, picture in enumerate(made.frames(11)):
        Image.fromarray(picture).save(folder / f"frame{number + 90}.png")  # 90 ... 100
    (folder / "._frame90.png").write_bytes(b"macOS")
    source, frames = copy(folder, tmp_path / "out")
    assert [frame.pts for frame in frames] == list(range(11))
    assert source.expected == 11
    written = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in written] == [f"frame-{number:06d}.png" for number in range(1, 12)]
    for path, picture in zip(written, made.frames(11), strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)
    assert images.read_recipe(written[0]) == RECORD


def test_a_folder_without_pictures_or_with_unlike_ones_is_refused(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(ImageError, match=r"^The folder .*in holds no pictures\.$"):
        sources.opened(folder)
    for size, name in (((72, 48), "a"), ((30, 20), "b")):
        Image.new("RGB", size).save(folder / f"{name}.png")
    with pytest.raises(ImageError, match=r"b\.png is 30x20; the film's first picture is 72x48\."):
        sources.opened(folder)
    Image.new("RGB", (48, 72)).save(folder / "b.png")  # a header with these sides may be of a picture to be turned
    with pytest.raises(ImageError, match=r"b\.png is 48x72; the film's first picture is 72x48\."):
        list(sources.opened(folder).frames())


@pytest.mark.parametrize(
    ("name", "codec", "crf", "message"),
    [
        ("o.avi", None, None, r"o\.avi can't be written: films are written as \.mp4, "),
        ("o.webm", "h264", None, r"--codec h264 does not go into .*o\.webm: it holds vp9, av1\."),
        ("o.gif", "h264", None, r"--codec and --crf are of videos; .*o\.gif is none\."),
        ("o.mov", "prores", 20, r"--crf 20 has no effect on prores\."),
        ("o.mp4", None, 64, r"--crf 64 is out of its bounds: 0 to 63\."),
        ("gone/o.mp4", None, None, r"The folder .*gone of o\.mp4 does not exist\."),
    ],
)
def test_what_can_t_be_written_is_refused_before_any_work(tmp_path, name, codec, crf, message):
    with pytest.raises((ImageError, SettingError), match=message):
        outputs.check(tmp_path / name, codec, crf)


def test_a_film_that_is_there_is_not_replaced_unasked(tmp_path):
    path = tmp_path / "o.mp4"
    path.write_bytes(b"there")
    with pytest.raises(ImageError, match=r"o\.mp4 is there already\. .*--force"):
        outputs.check(path, None, None)
    assert outputs.check(path, None, None, force=True).codec.encoder == "libx264"


def test_a_film_without_a_record_is_reported(tmp_path):
    film = made.video(tmp_path / "in.mp4")
    with pytest.raises(ImageError, match=r"in\.mp4 carries no recipe\."):
        record.read(film)


def test_a_film_does_not_replace_its_source(tmp_path):
    path = tmp_path / "o.mp4"
    path.write_bytes(b"there")
    (tmp_path / "linked.mp4").symlink_to(path)
    for name in (path, tmp_path / "linked.mp4"):
        with pytest.raises(RequestError, match=r"^The output .* is the input itself\. Name another output\.$"):
            outputs.check(name, None, None, source=path, force=True)


def test_without_pyav_videos_are_refused_with_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    message = rf"^Writing a video needs the package av\. Type: {re.escape(sys.executable)} -m pip install av$"
    with pytest.raises(ImageError, match=message):
        outputs.check(tmp_path / "o.mp4", None, None)
    assert outputs.check(tmp_path / "o.gif", None, None).codec is None
