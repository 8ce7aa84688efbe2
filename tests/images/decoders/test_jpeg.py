"""JPEG: complete pixels or a refusal, also where the file ends a little early; 12 bits; Adobe RGB without a profile."""

import io
import struct

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError
from tests.images import profiles
from tests.images.files import exif, jpeg, jpeg_with, smooth

CUT = "{} is damaged or cut short: its pixels can't be read to the end. Fetch or export it again."
END = b"\xff\xd9"
KINDS = {
    "baseline": {},
    "restarts": {"restart_marker_blocks": 3},
    "progressive": {"progressive": True},
    "progressive with restarts": {"progressive": True, "restart_marker_rows": 1},
    "optimised": {"optimize": True},
    "subsampled": {"subsampling": "4:2:0"},
}


@pytest.fixture
def read(tmp_path):
    def read(data, **options):
        (tmp_path / "a.jpg").write_bytes(data)
        return images.read(tmp_path / "a.jpg", **options)

    return read


def by_pillow(data):
    return np.asarray(Image.open(io.BytesIO(data))) / np.float32(255)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_whole_is_read_as_pillow_reads_it(read, kind):
    data = jpeg(**KINDS[kind])
    for whole in (data, data[:-2], data + b"\0" * 99, data + jpeg()):
        assert np.array_equal(read(whole).pixels, by_pillow(data))


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9, 0.98])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ended", [False, True])
def test_a_scan_that_ends_early_is_refused_with_and_without_an_end_mark(read, tmp_path, share, kind, ended):
    data = jpeg(**KINDS[kind])
    with pytest.raises(ImageError) as refused:
        read(data[: int(len(data) * share)] + (END if ended else b""))
    assert str(refused.value) == CUT.format(tmp_path / "a.jpg")


def test_a_progressive_picture_without_its_last_scan_is_refused(read):
    data = jpeg(progressive=True)
    with pytest.raises(ImageError):
        read(data[: data.rindex(b"\xff\xda")] + END)


@pytest.mark.parametrize("channels", [1, 3])
def test_twelve_bits(read, channels):
    numbers = np.kron(smooth()[:9, :11, :channels].astype(np.uint16), np.ones((8, 8, 1), np.uint16)) << 4
    data = imagecodecs.jpeg_encode(numbers.squeeze(), level=100, bitspersample=12)
    picture = read(data)
    assert (picture.bits, picture.note) == (16, "")
    assert (
        np.abs(picture.pixels[..., :channels] - imagecodecs.jpeg_decode(data).reshape(numbers.shape) / 4095).max()
        < 1e-4
    )
    assert np.abs(picture.pixels[..., :channels] - numbers / 4095).max() < 0.01


def test_lossless(read):
    numbers = smooth()[..., 0]
    picture = read(imagecodecs.ljpeg_encode(numbers))
    assert np.array_equal(picture.pixels[..., 1], (numbers / 255).astype("f4"))


def test_another_process_is_named(read):
    data = bytearray(jpeg())
    data[data.index(b"\xff\xc0") + 1] = 0xC5
    with pytest.raises(ImageError) as refused:
        read(bytes(data))
    assert str(refused.value).endswith(
        "a.jpg is a JPEG of a kind that is not read: process 5, 3 channels. Export it again as PNG."
    )


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (1, b"\xf7", "JPEG-LS."),
        (5, b"\0\0", "its height is given after the pixels (DNL)."),
    ],
)
def test_other_kinds_are_called_by_their_name(read, at, value, reason):
    data = bytearray(jpeg())
    frame = data.index(b"\xff\xc0")
    data[frame + at : frame + at + len(value)] = value
    with pytest.raises(ImageError) as refused:
        read(bytes(data))
    assert str(refused.value).endswith(f"a.jpg is a JPEG of a kind that is not read: {reason} Export it again as PNG.")


def test_adobe_rgb_by_a_cameras_word(read):
    interop = {1: (2, b"R03\0")}
    camera = {0xA001: (3, struct.pack("<H", 0xFFFF)), 0xA005: (4, bytes(4))}
    block = bytearray(exif({}, camera))
    place = len(block)
    at = block.index(struct.pack("<HHI", 0xA005, 4, 1)) + 8
    block[at : at + 4] = struct.pack("<I", place)
    block += struct.pack("<HHHI4s", len(interop), 1, 2, 4, b"R03\0") + bytes(4)
    picture = read(jpeg_with(bytes(block)))
    assert np.abs(picture.pixels - profiles.adobe_to_srgb(by_pillow(jpeg()))).max() < 1.5 / 255


def test_of_several_pictures_the_first_is_taken_with_a_note(read):
    buffer = io.BytesIO()
    Image.fromarray(smooth()).save(buffer, "MPO", save_all=True, append_images=[Image.fromarray(smooth()[::-1].copy())])
    picture = read(buffer.getvalue())
    assert picture.note == "a.jpg: it holds 2 pictures; the first is taken."
    assert np.abs(picture.pixels * 255 - smooth()).mean() < 3


def test_no_resolution_is_invented(read, tmp_path):
    for data in (jpeg(), jpeg_with(exif({0x010E: (2, b"text\0")}))):
        picture = read(data)
        assert picture.dpi is None
        for suffix in images.SUFFIXES_WRITTEN:
            images.write(tmp_path / f"out{suffix}", picture.pixels, like=picture)
            assert images.read(tmp_path / f"out{suffix}").dpi is None
