"""WebP, GIF and BMP: what Pillow does not say or leaves black; and other kinds of pictures, which are named."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, WebPImagePlugin

from deepdream import images
from deepdream.errors import ImageError
from tests.images.files import HEIGHT, WIDTH, smooth

CUT = "{} is damaged or cut short: its pixels can't be read to the end. Fetch or export it again."


@pytest.fixture
def read(tmp_path):
    def read(data, **options):
        (tmp_path / "a.file").write_bytes(data)
        return images.read(tmp_path / "a.file", **options)

    return read


def saved(kind, image=None, **options):
    buffer = io.BytesIO()
    (image or Image.fromarray(smooth())).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken_with_a_note(read, kind):
    more = [Image.fromarray(smooth()[::-1].copy())]
    picture = read(saved(kind, save_all=True, append_images=more, lossless=True))
    assert picture.note == "a.file: it is an animation; its first frame is taken."
    assert np.abs(picture.pixels * 255 - smooth()).mean() < 8


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_webps_size_is_read_from_its_header(read, monkeypatch, options, alpha):
    numbers = np.dstack([smooth(), smooth()[..., 0]]) if alpha else smooth()
    data = saved("WEBP", Image.fromarray(numbers), **options)

    def refuse(*arguments, **named):
        raise AssertionError("the pixels were asked for")

    with monkeypatch.context() as patch:
        patch.setattr(WebPImagePlugin, "WebPImageFile", refuse)
        with pytest.raises(ImageError, match=rf"{WIDTH}x{HEIGHT} pixels"):
            read(data, limit_megapixels=1e-6)
    assert read(data).pixels.shape == smooth().shape


@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_gif_whose_pixels_end_early_though_the_file_continues_is_refused(read, tmp_path, interlaced):
    image = Image.fromarray(smooth()).quantize(64)
    data = saved("GIF", image, interlace=interlaced)
    assert np.array_equal(np.rint(read(data).pixels * 255), np.asarray(image.convert("RGB")))
    at = (
        data.index(b"\x2c")
        + 10
        + (3 * 2 ** ((data[data.index(b"\x2c") + 9] & 7) + 1) if data[data.index(b"\x2c") + 9] & 128 else 0)
        + 1
    )
    shorter = data[: at + 1 + data[at]] + b"\0\x3b"  # the first block of pixels alone
    with pytest.raises(ImageError) as refused:
        read(shorter)
    assert str(refused.value) == CUT.format(tmp_path / "a.file")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
@pytest.mark.parametrize("header", [True, False])
def test_bmp_with_and_without_the_header_of_a_file(read, mode, header):
    image = Image.fromarray(smooth()).convert(mode) if mode != "P" else Image.fromarray(smooth()).quantize(200)
    data = saved("BMP", image)
    picture = read(data if header else data[14:])
    right = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    assert np.array_equal(np.rint(picture.pixels * 255), right[..., :3])
    assert picture.alpha is None


@pytest.mark.parametrize(
    ("bits", "masks"),
    [(16, (0xF00, 0xF0, 0xF, 0xF000)), (16, (0xF, 0xF0, 0xF00, 0)), (32, (0x3FF << 20, 0x3FF << 10, 0x3FF, 0))],
)
def test_bmp_with_bits_of_any_channel_anywhere(read, bits, masks):
    rng = np.random.default_rng(0)
    parts = [
        rng.integers(0, (mask >> (mask & -mask).bit_length() - 1) + 1, (HEIGHT, WIDTH)) if mask else None
        for mask in masks
    ]
    numbers = sum(part << ((mask & -mask).bit_length() - 1) for part, mask in zip(parts, masks, strict=True) if mask)
    stride = (WIDTH * bits + 31) // 32 * 4
    rows = numbers.astype(f"<u{bits // 8}").view(np.uint8).reshape(HEIGHT, -1)
    rows = np.pad(rows, ((0, 0), (0, stride - rows.shape[1])))[::-1]
    head = struct.pack("<IiiHHIIiiII", 124, WIDTH, HEIGHT, 1, bits, 3, rows.nbytes, 0, 0, 0, 0)
    head += struct.pack("<4I", *masks) + b"BGRs" + bytes(64)
    data = b"BM" + struct.pack("<IHHI", 138 + rows.nbytes, 0, 0, 138) + head + rows.tobytes()
    picture = read(data)
    for channel, part in enumerate(parts[:3]):
        assert np.abs(picture.pixels[..., channel] - part / part.max()).max() < 0.51 / 255
    assert (picture.alpha is not None) == (masks[3] != 0)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\0\1", "Photoshop"),
        (b"P6\n3 2\n255\n", "PNM"),
        (b"P3\t3 2\n255\n", "PNM"),
        (b"\0\0\2\0\1\0\x20\x20", "icon"),
        (b"\x0a\5\1\x08", "PCX"),
        (b"\0\0\x0a" + bytes(9) + b"\5\0\4\0\x18\x20", "Targa"),
        (b"\1\0\0\0" + bytes(36) + b" EMF", "EMF"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"\0\0\0\x18ftypvvic\0\0\0\0", "HEIF of another coding"),
        (b"\0\0\0\x1cftypunif\0\0\0\0unifmiaf", "HEIF of another coding"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "camera's raw"),
    ],
)
def test_pictures_of_another_kind_are_called_by_their_name(read, tmp_path, start, name):
    with pytest.raises(ImageError) as refused:
        read(start + bytes(200))
    assert str(refused.value) == (
        f"{tmp_path / 'a.file'} is a picture of another kind ({name}), which is not read. "
        "PNG, JPEG, TIFF, WebP, AVIF, HEIC, GIF and BMP are read."
    )


def test_a_palette_that_is_too_short_is_refused(read, tmp_path):
    """Pillow reads what lies beyond it as black."""
    indices = (np.arange(HEIGHT * WIDTH) % 9).astype(np.uint8).reshape(HEIGHT, WIDTH)
    rows = np.pad(indices, ((0, 0), (0, -WIDTH % 4)))[::-1].tobytes()
    for count in (9, 8):
        palette = bytes(range(10, 10 + count * 4))
        head = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 8, 0, len(rows), 0, 0, count, 0)
        data = b"BM" + struct.pack("<IHHI", 54 + len(palette + rows), 0, 0, 54 + len(palette)) + head + palette + rows
        if count == 9:
            blue = np.rint(read(data).pixels[..., 2] * 255)
            assert (blue == 10 + 4 * indices).all()
            continue
        with pytest.raises(ImageError, match=r"is damaged: it names colours of a palette that it doesn't hold\."):
            read(data)


@pytest.mark.parametrize("used", [(0, 1, 3), (0, 1, 2)])
def test_a_transparent_colour_alone_needs_no_place_in_the_palette(read, used):
    indices = np.array(used, np.uint8)[np.arange(HEIGHT * WIDTH) % 3].reshape(HEIGHT, WIDTH)
    image = Image.fromarray(indices)
    image.putpalette([1, 2, 3, 40, 50, 60, 70, 80, 90, 7, 7, 7])
    data = bytearray(saved("GIF", image, transparency=3, optimize=False))
    assert data[10] & 7 == 1
    data[10] ^= 1  # two colours instead of four
    del data[13 + 6 : 13 + 12]
    if 2 in used:
        with pytest.raises(ImageError, match="a palette that it doesn't hold"):
            read(bytes(data))
    else:
        assert (read(bytes(data)).alpha == (indices != 3)).all()
