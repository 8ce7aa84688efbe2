"""EXIF comes out as it went in: the same bytes, the same types, in every format; and as other programs want it."""

import shutil
import struct
import subprocess

import numpy as np
import pytest
import tifffile

from deepdream import images
from deepdream.errors import SettingError
from deepdream.images import exif
from tests.images import files

TEXTS = {0x010E: "日本の写真", 0x013B: "Jörg Müller", 0x8298: "© 2020 José"}
UNDEFINED, SIGNED_FRACTION = 7, 10


def rational(order, *values, kind=5):
    return kind, struct.pack(order + ("ii" if kind == 10 else "II") * (len(values) // 2), *values)


def camera(order="<", **more):
    """Tags as a camera writes them, in the types that the standard names."""
    main = {0x010F: (2, b"Maker\0"), 0x0110: (2, b"Camera 1000\0"), 0x0112: (3, struct.pack(order + "H", 6))}
    main |= {0x011A: rational(order, 240, 1), 0x011B: rational(order, 120, 1), 0x0128: (3, struct.pack(order + "H", 2))}
    main |= {tag: (2, text.encode() + b"\0") for tag, text in TEXTS.items()}
    settings = {0x9000: (7, b"0230"), 0x9101: (7, b"\1\2\3\0"), 0xA000: (7, b"0100"), 0x829A: rational(order, 1, 50)}
    settings |= {0x9204: rational(order, -1, 3, kind=SIGNED_FRACTION), 0x927C: (7, b"MAKERNOTE123")}
    settings |= {0x9286: (7, b"ASCII\0\0\0hello"), 0xA001: (3, struct.pack(order + "H", 1))}
    settings |= {tag: (4, struct.pack(order + "I", 4000)) for tag in (0xA002, 0xA003)}
    place = {0: (1, b"\2\3\0\0"), 1: (2, b"N\0"), 2: rational(order, 52, 1, 30, 1, 155, 10)}
    place |= {3: (2, b"E\0"), 4: rational(order, 13, 1, 24, 1, 0, 1)}
    return files.exif(main, settings, place, order=order), main, settings, place


@pytest.fixture(params=["<", ">"])
def order(request):
    return request.param


@pytest.fixture
def source(tmp_path, order):
    (tmp_path / "source.jpg").write_bytes(files.jpeg_with(camera(order)[0]))
    return images.read(tmp_path / "source.jpg")


def block_of(path):
    """The block that a file carries, found by its own first bytes."""
    data = path.read_bytes()
    if path.suffix.startswith(".tif"):
        return data
    at = data.index(b"Camera 1000")
    return data[max(data.rfind(start, 0, at) for start in (b"II*\0", b"MM\0*")) :]


@pytest.mark.parametrize("suffix", images.SUFFIXES_WRITTEN)
def test_the_same_bytes_and_types_in_every_format(tmp_path, source, order, suffix):
    path = tmp_path / f"out{suffix}"
    assert images.write(path, source.pixels, like=source) == ""
    found = exif.parse(block_of(path))
    _, main, settings, place = camera(order)
    for tag in TEXTS:
        assert found.main[tag] == main[tag]
    for tag in set(settings) - {0xA002, 0xA003}:
        assert found.camera[tag] == settings[tag]
    assert found.gps == place
    assert found.order == order
    assert images.read(path).exif == images.read(path).exif != b""


def test_once_more_through_every_format_nothing_is_lost(tmp_path, source, order):
    picture = source
    for suffix in (".tif", ".webp", ".png", ".avif", ".jpg", ".tif"):
        images.write(tmp_path / f"a{suffix}", picture.pixels, like=picture)
        picture = images.read(tmp_path / f"a{suffix}")
        assert picture.note == ""
    found, (_, main, settings, place) = exif.parse(picture.exif), camera(order)
    assert [found.main[tag] for tag in TEXTS] == [main[tag] for tag in TEXTS]
    assert found.camera[0x927C] == settings[0x927C]
    assert found.gps == place


def test_turned_with_the_picture_the_resolution_keeps_its_bytes(source, order):
    found = exif.parse(source.exif)
    assert found.main[0x011A].data == struct.pack(order + "II", 120, 1)
    assert found.main[0x011B].data == struct.pack(order + "II", 240, 1)
    assert source.dpi == (120, 240)
    assert 0x0112 not in found.main


def test_a_tiffs_own_tags_are_carried_from_either_kind_of_tiff(tmp_path):
    for big in (False, True):
        text = [(0x013B, 2, 0, "Jörg".encode() + b"\0", True), (0x010F, 2, 0, "Maker", True)]
        tifffile.imwrite(tmp_path / "a.tif", files.smooth(), photometric="rgb", bigtiff=big, extratags=text)
        picture = images.read(tmp_path / "a.tif")
        images.write(tmp_path / "b.jpg", picture.pixels, like=picture)
        data = (tmp_path / "b.jpg").read_bytes()
        assert "Jörg".encode() in data
        assert b"Maker" in data


def test_entries_that_point_outside_are_left_out_with_a_note_and_the_rest_stays(tmp_path):
    block = bytearray(files.exif({0x010E: (2, b"a sentence\0"), 0x010F: (2, b"Maker name\0")}))
    block[8 + 2 + 8 : 8 + 2 + 12] = struct.pack("<I", 1 << 30)
    (tmp_path / "a.jpg").write_bytes(files.jpeg_with(bytes(block)))
    picture = images.read(tmp_path / "a.jpg")
    assert picture.note == "a.jpg: some of its EXIF tags are damaged and not carried on."
    assert list(exif.parse(picture.exif).main) == [0x010F]


def test_what_is_no_block_is_reported(tmp_path):
    (tmp_path / "a.jpg").write_bytes(files.jpeg_with(b"nonsense"))
    picture = images.read(tmp_path / "a.jpg")
    assert (picture.exif, picture.note) == (b"", "a.jpg: its EXIF tags are damaged and not carried on.")


@pytest.mark.parametrize("suffix", images.SUFFIXES_WRITTEN)
def test_strip(tmp_path, source, suffix):
    path = tmp_path / f"out{suffix}"
    images.write(path, source.pixels, like=source, strip="gps", recipe={"a": 1})
    found = exif.parse(images.read(path).exif)
    assert found.gps == {}
    assert 0x8825 not in found.main  # nor a pointer to where it was
    assert found.camera[0x927C].data == b"MAKERNOTE123"
    images.write(path, source.pixels, like=source, strip="all", recipe={"a": 1})
    assert b"Camera 1000" not in path.read_bytes()
    again = images.read(path)
    assert (again.dpi, again.profile) == (None, source.profile)
    assert images.read_recipe(path) == {"a": 1}
    with pytest.raises(SettingError, match=r"^strip is 'some'; it must be one of none, gps, all\.$"):
        images.write(path, source.pixels, like=source, strip="some")


@pytest.mark.parametrize("suffix", images.SUFFIXES_WRITTEN)
def test_exiftool_finds_nothing_to_complain_of_in_what_was_stripped(tmp_path, source, suffix):
    path = tmp_path / f"out{suffix}"
    for strip in ("gps", "all"):
        images.write(path, source.pixels, like=source, strip=strip)
        printed = run("exiftool", "-validate", "-warning", "-a", "-s3", path).stdout.splitlines()
        assert set(printed) <= {
            "OK",
            "1 Warning (minor)",
            "[minor] ExifIFD tag 0x9101 ComponentsConfiguration is not allowed in TIFF",
        }


def test_transparency_that_a_format_cannot_hold_is_reported(tmp_path):
    pixels = np.full((5, 7, 3), 0.5, np.float32)
    opaque, half = np.ones((5, 7), np.float32), np.full((5, 7), 0.5, np.float32)
    for suffix, alpha, expected in (
        (".jpg", half, "JPEG holds no transparency; the picture is laid on white."),
        (".jpg", opaque, "its alpha, opaque everywhere, is left out: JPEG keeps none."),
        (".webp", opaque, "its alpha, opaque everywhere, is left out: WebP keeps none."),
        (".webp", half, ""),
        (".png", opaque, ""),
        (".tif", opaque, ""),
        (".avif", opaque, "its alpha, opaque everywhere, is left out: AVIF keeps none."),
    ):
        path = tmp_path / f"a{suffix}"
        note = images.write(path, pixels, like=images.Picture(pixels, alpha))
        assert note == (f"a{suffix}: {expected}" if expected else "")
        assert (images.read(path).alpha is None) == bool(expected)


# Other programs


def run(program, *arguments):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def written(tmp_path, source, suffix):
    path = tmp_path / f"out{suffix}"
    images.write(path, source.pixels, like=source, recipe={"a": 1})
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif"])
def test_exiftool_finds_nothing_to_complain_of(tmp_path, source, suffix):
    path = written(tmp_path, source, suffix)
    assert run("exiftool", "-validate", "-warning", "-a", path).stdout.split(":")[1].strip() == "OK"
    printed = run("exiftool", "-s3", "-Artist", "-Copyright", "-ImageDescription", path).stdout.split("\n")
    assert printed[:3] == [TEXTS[0x013B], TEXTS[0x8298], TEXTS[0x010E]]


def test_exiftool_finds_in_a_tiff_only_what_the_standard_keeps_for_others(tmp_path, source):
    printed = run(
        "exiftool", "-validate", "-warning", "-a", "-s3", written(tmp_path, source, ".tif")
    ).stdout.splitlines()
    assert set(printed[1:]) <= {
        "[minor] ExifIFD tag 0x9101 ComponentsConfiguration is not allowed in TIFF",
        "Missing required TIFF GPS tag 0x001b GPSProcessingMethod",
    }


@pytest.mark.parametrize("bits", [8, 16])
def test_libtiff_finds_nothing_to_complain_of(tmp_path, source, bits):
    images.write(tmp_path / "a.tif", source.pixels, like=source, bits=bits)
    assert run("tiffinfo", tmp_path / "a.tif").stderr == ""


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_imagemagick_finds_nothing_to_complain_of(tmp_path, source, suffix):
    assert run("identify", "-verbose", written(tmp_path, source, suffix)).stderr == ""
