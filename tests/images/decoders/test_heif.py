"""AVIF and HEIC: cropped, turned and coloured as their boxes say."""

import io
import struct
import sys

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError
from tests.images.files import HEIGHT, TURNED, WIDTH, exif, smooth, with_property

CUT = "{} is damaged or cut short: its pixels can't be read to the end. Fetch or export it again."
pillow_heif = pytest.importorskip("pillow_heif")


def avif(**options):
    buffer = io.BytesIO()
    Image.fromarray(smooth()).save(buffer, "AVIF", quality=95, subsampling="4:4:4", **options)
    return buffer.getvalue()


def heic(numbers=None, mode="RGB", depth=8):
    buffer = io.BytesIO()
    numbers = smooth() if numbers is None else numbers
    before, pillow_heif.options.SAVE_HDR_TO_12_BIT = pillow_heif.options.SAVE_HDR_TO_12_BIT, depth == 12
    try:
        data = np.ascontiguousarray(numbers).tobytes()
        pillow_heif.encode(mode, numbers.shape[1::-1], data, buffer, quality=95, chroma=444)
    finally:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = before
    return buffer.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(data, **options):
        (tmp_path / "a.file").write_bytes(data)
        return images.read(tmp_path / "a.file", **options)

    return read


def off(picture, right):
    assert picture.pixels.shape == right.shape
    return np.abs(picture.pixels * 255 - right).mean()


def clap(width, height, across, down):
    """The box's body: sizes and the middle's place as whole numbers over 2."""
    return struct.pack(">IIIIiIiI", width, 1, height, 1, across, 2, down, 2)


@pytest.mark.parametrize("orientation", TURNED)
def test_avif_is_cropped_and_then_turned(read, orientation):
    tags = Image.Exif()
    tags[274] = orientation
    # 21 by 11 pixels from the column 5 and the row 7 on: the middle lies that far from the picture's own.
    body = clap(21, 11, 2 * 5 + 21 - WIDTH, 2 * 7 + 11 - HEIGHT)
    data = avif(exif=tags)
    assert off(read(data), TURNED[orientation](smooth())) < 1.5
    right = TURNED[orientation](smooth()[7:18, 5:26])
    assert off(read(with_property(data, b"clap", body)), right) < 1.5


def test_a_crop_that_leaves_the_picture_is_none(read):
    assert off(read(with_property(avif(), b"clap", clap(21, 11, 900, 0))), smooth()) < 1.5
    assert off(read(with_property(avif(), b"clap", struct.pack(">8I", *[0] * 8))), smooth()) < 1.5


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"avif"])
def test_avif_is_known_by_any_of_its_brands_without_pillow_heif(read, monkeypatch, brand):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    data = avif()
    assert off(read(data[:8] + brand + data[12:]), smooth()) < 1.5


def test_exif_keeps_its_bytes_where_the_picture_is_turned(read):
    block = exif({0x010E: (2, "Jörg\0".encode())})
    picture = read(with_property(avif(exif=b"Exif\0\0" + block), b"irot", b"\1"))  # a quarter against the clock
    assert off(picture, TURNED[8](smooth())) < 1.5
    assert "Jörg".encode() in picture.exif


@pytest.mark.parametrize(("depth", "bits"), [(10, 16), (12, 16)])
def test_grey_heic_of_more_than_8_bits(read, depth, bits):
    numbers = smooth()[..., 0].astype("<u2") * 257
    picture = read(heic(numbers, "L;16", depth))
    assert (picture.bits, picture.note) == (bits, "")
    assert off(picture, np.repeat(smooth()[..., :1], 3, 2)) < 1.5


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_heic(read, mode):
    numbers = np.dstack([smooth(), smooth()[..., 0]]) if mode == "RGBA" else smooth()
    picture = read(heic(numbers, mode))
    assert off(picture, smooth()) < 1.5
    assert (picture.alpha is not None) == (mode == "RGBA")


@pytest.mark.parametrize("make", [avif, heic])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_short_it_is_called_so(read, tmp_path, make, share):
    data = make()
    with pytest.raises(ImageError) as refused:
        read(data[: int(len(data) * share)])
    assert str(refused.value) == CUT.format(tmp_path / "a.file")


def test_an_animation(read):
    picture = read(avif(save_all=True, append_images=[Image.fromarray(smooth()[::-1].copy())]))
    assert off(picture, smooth()) < 1.5
    assert picture.note == "a.file: it is an animation; its first frame is taken."


def coloured(data, primaries, transfer):
    """With other codes in the box that holds the colours; its matrix stays."""
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


@pytest.mark.parametrize("make", [avif, heic])
def test_codes_of_colours_are_applied(read, make):
    data = make()
    plain = read(data).pixels.astype(float)
    linear = read(coloured(data, 1, 8)).pixels
    right = np.where(plain <= 0.0031308, 12.92 * plain, 1.055 * plain ** (1 / 2.4) - 0.055)
    assert np.abs(linear - right).max() < 1 / 255
    wide = read(coloured(data, 12, 13)).pixels
    assert np.abs(wide - plain).max() > 10 / 255
    bright = read(coloured(data, 9, 16))
    assert bright.note == "a.file: its high dynamic range (PQ) is mapped to sRGB as ITU-R BT.2390 does."


def test_codes_that_are_not_known_are_reported(read):
    picture = read(coloured(avif(), 1, 99))
    assert picture.note == (
        "a.file: its colours are coded as primaries 1 and transfer 99, which is not known and not used."
    )
    assert np.array_equal(picture.pixels, read(avif()).pixels)


@pytest.mark.parametrize("depth", [10, 12])
def test_what_is_brighter_than_white_is_read_with_all_its_bits(read, depth):
    ramp = np.tile(np.linspace(0, 2**depth - 1, 256).astype(np.uint16), (16, 1))
    data = imagecodecs.avif_encode(np.dstack([ramp] * 3), level=100, bitspersample=depth, codec=None)
    picture = read(coloured(data, 9, 18) if b"nclx" in data else data)
    assert picture.bits == 16
    assert np.unique(picture.pixels[8, :, 1]).size > 200
    assert (np.diff(picture.pixels[8, :, 1]) >= -1e-3).all()
