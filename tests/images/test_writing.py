"""What is written is whole, carries what it should, and is the same every time."""

import errno
import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from deepdream import images
from deepdream.errors import ImageError, SettingError, StorageError
from deepdream.images import exif, metadata
from tests.images import profiles
from tests.support import random_picture

HEIGHT, WIDTH = 37, 53
RECIPE = {"version": "0.1", "settings": {"layers": "block4=0.5,<&\"'é]]>"}, "losses": [1.5, 2e-30], "none": None}
MODEL, EXPOSURE, ORIENTATION = 0x0110, 0x829A, 0x0112


@pytest.fixture
def pixels():
    return random_picture(HEIGHT, WIDTH)


def camera():
    """Tags as a camera writes them, with those that hold no more once the picture is turned and resized."""
    exif = Image.Exif()
    exif[MODEL], exif[ORIENTATION], exif[256], exif[257] = "Camera 1000", 6, 4000, 3000
    exif[0x8769] = {
        EXPOSURE: 0.02,
        0xA002: 4000,
        0xA003: 3000,
        0xA001: 65535,
        0x927C: b"\1maker\0note",
        0xA005: {1: "R03"},
    }
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 15.5)}
    return exif


@pytest.fixture
def source(tmp_path):
    numbers = (random_picture(HEIGHT, WIDTH) * 255).astype(np.uint8)
    Image.fromarray(numbers).save(tmp_path / "source.jpg", exif=camera(), dpi=(240, 120), quality=90)
    return images.read(tmp_path / "source.jpg")


@pytest.mark.parametrize("suffix", images.SUFFIXES_WRITTEN)
def test_recipe_exif_and_profile_in_every_format(tmp_path, source, suffix):
    path = tmp_path / f"out{suffix}"
    images.write(path, source.pixels, like=source, recipe=RECIPE)
    assert images.read_recipe(path) == RECIPE
    held = Image.open(path)
    tags = held.getexif()
    assert tags[MODEL] == "Camera 1000"
    assert ORIENTATION not in tags
    if suffix not in (".tif", ".tiff"):
        assert 256 not in tags
        assert (tags.get_ifd(0x8769)[0xA002], tags.get_ifd(0x8769)[0xA003]) == (HEIGHT, WIDTH)
    assert float(tags.get_ifd(0x8769)[EXPOSURE]) == pytest.approx(0.02)
    assert tags.get_ifd(0x8769)[0x927C] == b"\1maker\0note"
    assert 0xA005 not in tags.get_ifd(0x8769)
    assert tags.get_ifd(0x8825)[2] == (52.0, 30.0, 15.5)
    assert held.info["icc_profile"] == images.Picture(source.pixels).profile
    again = images.read(path)
    assert again.pixels.shape == (WIDTH, HEIGHT, 3)  # orientation 6 was applied, once
    assert again.dpi == pytest.approx((120, 240), rel=1e-3)
    assert again.note == ""


@pytest.mark.parametrize("suffix", images.SUFFIXES_WRITTEN)
def test_the_same_bytes_every_time(tmp_path, source, suffix):
    for name in ("a", "b"):
        images.write(tmp_path / f"{name}{suffix}", source.pixels, like=source, recipe=RECIPE)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_png_and_tiff_are_exact(tmp_path, suffix, bits, alpha):
    rng = np.random.default_rng(1)
    top, kind = (65535, np.uint16) if bits == 16 else (255, np.uint8)
    numbers = rng.integers(0, top + 1, (HEIGHT, WIDTH, 4), dtype=kind)
    numbers[:7, :, 3] = 0
    like = images.from_array(numbers if alpha else numbers[..., :3])
    path = tmp_path / f"a{suffix}"
    images.write(path, like.pixels, like=like)
    decode = imagecodecs.png_decode if suffix == ".png" else imagecodecs.tiff_decode
    held = decode(path.read_bytes())
    assert held.dtype == kind
    assert np.array_equal(held, numbers if alpha else numbers[..., :3])
    if bits == 8:
        assert np.array_equal(np.asarray(Image.open(path)), held)
    again = images.read(path)
    assert np.array_equal(again.pixels, like.pixels)
    assert np.array_equal(again.alpha, like.alpha) if alpha else again.alpha is None


def test_bits(tmp_path, pixels):
    deep = images.from_array((pixels * 65535).astype(np.uint16))
    for name, options, bits in (
        ("a.png", {}, 8),
        ("a.png", {"bits": 16}, 16),
        ("a.tif", {"like": deep}, 16),
        ("a.tif", {"like": deep, "bits": 8}, 8),
        ("a.jpg", {"like": deep}, 8),
    ):
        images.write(tmp_path / name, pixels, **options)
        assert images.read(tmp_path / name).bits == bits


def test_alpha_follows_the_size_and_lies_on_white_in_jpeg(tmp_path, pixels):
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[:, 25:] = 1
    like = images.Picture(pixels, alpha)
    grown = np.full((2 * HEIGHT, 2 * WIDTH, 3), 0.25, np.float32)
    for name in ("a.png", "a.tif", "a.webp", "a.avif"):
        images.write(tmp_path / name, grown, like=like, quality=100)
        again = images.read(tmp_path / name)
        assert again.alpha.shape == (2 * HEIGHT, 2 * WIDTH)
        assert again.alpha[:, :44].max() == 0
        assert again.alpha[:, 56:].min() == 1
        assert np.abs(again.pixels[:, :40] - 0.25).max() < 2 / 255  # transparent, and the colour is unharmed
    images.write(tmp_path / "a.jpg", grown, like=like)
    flat = images.read(tmp_path / "a.jpg")
    assert flat.alpha is None
    assert flat.pixels[:, :40].min() > 0.98
    assert np.abs(flat.pixels[:, 60:] - 0.25).max() < 0.02


def test_quality(tmp_path, pixels):
    for name in ("a.jpg", "a.webp", "a.avif"):
        sizes = []
        for quality in (30, 90):
            images.write(tmp_path / name, pixels, quality=quality)
            sizes.append((tmp_path / name).stat().st_size)
        assert sizes[0] < sizes[1]
    images.write(tmp_path / "a.webp", pixels, quality=100)
    assert np.array_equal(np.rint(images.read(tmp_path / "a.webp").pixels * 255), np.rint(pixels * 255))
    with pytest.raises(SettingError, match=r"^quality is 0; it must be 1 to 100\.$"):
        images.write(tmp_path / "a.jpg", pixels, quality=0)


def test_what_is_outside_the_range_is_clipped(tmp_path, pixels):
    images.write(tmp_path / "a.png", pixels * 3 - 1)
    assert np.array_equal(
        images.read(tmp_path / "a.png").pixels, np.rint(np.clip(pixels * 3 - 1, 0, 1) * 255) / np.float32(255)
    )
    pixels[3, 4, 1] = np.nan
    with pytest.raises(ImageError, match=r"b\.png was not written: the picture holds numbers that are not finite\.$"):
        images.write(tmp_path / "b.png", pixels)
    assert not (tmp_path / "b.png").exists()


def test_tags_too_long_for_jpeg_lose_the_makers_note_first(tmp_path, pixels):
    exif = camera()
    exif[0x8769] = {EXPOSURE: 0.02, 0x927C: b"\1" * 70_000}
    Image.fromarray((pixels * 255).astype(np.uint8)).save(tmp_path / "a.png", exif=exif)
    source = images.read(tmp_path / "a.png")
    assert len(source.exif) > 70_000
    note = images.write(tmp_path / "a.jpg", pixels, like=source)
    assert note == f"a.jpg: EXIF of {len(source.exif)} bytes is too long for it: the maker's note is left out."
    tags = Image.open(tmp_path / "a.jpg").getexif()
    assert tags[MODEL] == "Camera 1000"
    assert tags.get_ifd(0x8769)[EXPOSURE] == 0.02
    assert 0x927C not in tags.get_ifd(0x8769)


def test_damaged_exif_is_reported(tmp_path, pixels):
    block = b"Exif\0\0II*\0\x08\0\0\0\x03\0" + b"\x10\x01\x02\0\xff\xff\xff\x7f\xf0\xff\xff\x7f" * 3
    Image.fromarray((pixels * 255).astype(np.uint8)).save(tmp_path / "a.jpg", exif=block)
    picture = images.read(tmp_path / "a.jpg")
    assert picture.note == "a.jpg: some of its EXIF tags are damaged and not carried on."
    images.write(tmp_path / "b.jpg", pixels, like=picture)


def test_colour_space_tag_follows_the_conversion(tmp_path, pixels):
    numbers = (pixels * 255).astype(np.uint8)
    Image.fromarray(numbers).save(tmp_path / "a.jpg", exif=camera(), icc_profile=profiles.adobe_rgb())
    for profile, space in (("convert", 1), ("keep", 65535)):
        tags = exif.parse(images.read(tmp_path / "a.jpg", profile=profile).exif)
        assert tags.numbers(0xA001, "camera") == (space,)


def test_no_recipe_and_damaged_recipes(tmp_path, pixels):
    path = tmp_path / "a.png"
    images.write(path, pixels)
    with pytest.raises(ImageError) as refusal:
        images.read_recipe(path)
    assert str(refusal.value) == (
        f"{path} carries no recipe. Only pictures written by deepdream carry one, and some editors drop it."
    )
    for text in (b'{"a": ', b"[1, 2]", b""):
        packet = metadata.packet({}).replace(b"<deepdream:recipe>{}<", b"<deepdream:recipe>" + text + b"<")
        path.write_bytes(with_packet(pixels, packet))
        with pytest.raises(ImageError) as refusal:
            images.read_recipe(path)
        assert str(refusal.value) == f"{path} carries a recipe that is damaged."


def with_packet(pixels, packet):
    info, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_itxt("XML:com.adobe.xmp", packet.decode())
    Image.fromarray((pixels * 255).astype(np.uint8)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def test_a_recipe_as_another_tool_may_write_it(tmp_path, pixels):
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<r:Description xmlns:ns1="{metadata.NAMESPACE}" ns1:recipe="{{&quot;a&quot;: 1}}"/></r:RDF></x:xmpmeta>'
    ).encode()
    (tmp_path / "a.png").write_bytes(with_packet(pixels, packet))
    assert images.read_recipe(tmp_path / "a.png") == {"a": 1}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + packet
    (tmp_path / "b.png").write_bytes(with_packet(pixels, bomb))
    with pytest.raises(ImageError, match="carries no recipe"):
        images.read_recipe(tmp_path / "b.png")


def test_the_inputs_own_packet_is_not_carried(tmp_path, pixels):
    (tmp_path / "a.png").write_bytes(with_packet(pixels, metadata.packet({"old": 1})))
    images.write(tmp_path / "b.png", pixels, like=images.read(tmp_path / "a.png"))
    with pytest.raises(ImageError, match="carries no recipe"):
        images.read_recipe(tmp_path / "b.png")


# Refusals and failures


def refusal_of(path, **options):
    with pytest.raises((ImageError, SettingError)) as refusal:
        images.check_output(path, **options)
    return str(refusal.value)


def test_outputs_refused_before_any_work(tmp_path):
    assert refusal_of(tmp_path / "a.gif") == (
        f"{tmp_path / 'a.gif'} can't be written: its suffix '.gif' is none of .png, .jpg, .jpeg, .tif, .tiff, .webp, "
        ".avif. Name the output with one of these."
    )
    assert refusal_of(tmp_path / "no" / "a.png") == (
        f"The folder {tmp_path / 'no'} of a.png does not exist. Create it first."
    )
    assert not (tmp_path / "no").exists()
    (tmp_path / "b.png").mkdir()
    assert refusal_of(tmp_path / "b.png") == f"{tmp_path / 'b.png'} is a folder; the output is a file."
    assert refusal_of(tmp_path / "a.JPG", bits=16) == (
        f"{tmp_path / 'a.JPG'} can't hold 16 bits per channel. Name the output .png or .tif, or ask for 8 bits."
    )
    assert refusal_of(tmp_path / "a.webp", size=(20_000, 30)) == (
        f"{tmp_path / 'a.webp'} can't hold 30x20000 pixels: the format ends at 16383 a side. "
        "Name the output .png or .tif."
    )
    assert refusal_of(tmp_path / "a.png", bits=12) == "bits is 12; it must be 8 or 16."
    images.check_output(tmp_path / "a.png", size=(20_000, 30), bits=16)


def test_a_folder_without_the_right_to_write(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    path = tmp_path / "a.png"
    assert refusal_of(path) == f"{path} can't be written: no right to. Name another output."


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (
            errno.ENOSPC,
            StorageError,
            "{} could not be written: No space left on device. Make room, or name another output.",
        ),
        (errno.EIO, StorageError, "{} could not be written: Input/output error. Make room, or name another output."),
        (errno.EACCES, ImageError, "{} can't be written: Permission denied. Name another output."),
        (errno.EROFS, ImageError, "{} can't be written: Read-only file system. Name another output."),
    ],
)
@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, pixels, monkeypatch, number, kind, message, where):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, where, fail)
    if where == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(kind) as failure:
        images.write(path, pixels)
    assert str(failure.value) == message.format(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


def test_ctrl_c_leaves_the_old_file_and_nothing_else(tmp_path, pixels, monkeypatch):
    path = tmp_path / "a.tif"
    path.write_bytes(b"old")

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        images.write(path, pixels)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.tif"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_killed_in_the_middle_the_old_file_is_whole(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    script = (
        "import os, signal, sys, numpy\nfrom deepdream import images\n"
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "images.write(sys.argv[1], numpy.zeros((37, 53, 3), numpy.float32))\n"
    )
    root = Path(images.__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", script, path], cwd=root, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is a file of Linux")
def test_a_really_full_disk(tmp_path, pixels, monkeypatch):
    real = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, mode="r": real(Path("/dev/full"), "wb") if "x" in mode else real(self, mode)
    )
    with pytest.raises(StorageError, match="No space left on device"):
        images.write(tmp_path / "a.png", pixels)


def test_a_replaced_file_keeps_its_rights_and_a_link_stays_a_link(tmp_path, pixels):
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "real.png").chmod(0o640)
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    images.write(tmp_path / "link.png", pixels)
    assert (tmp_path / "link.png").is_symlink()
    assert images.read(tmp_path / "real.png").pixels.shape == (HEIGHT, WIDTH, 3)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "real.png").stat().st_mode) == 0o640
