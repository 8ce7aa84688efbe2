"""Every format in every kind of pixel comes in as it is in the file: values, alpha, orientation, sizes."""

import hashlib
import io
import sys
import warnings

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError, SettingError
from deepdream.images import strips
from tests.images.files import HEIGHT, TURNED, WIDTH, chunk, smooth, tiff


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def whole(rng, *shape, dtype=np.uint8):
    return rng.integers(0, np.iinfo(dtype).max + 1, (HEIGHT, WIDTH, *shape), dtype=dtype)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp"])
def test_lossless_rgb_is_exact(tmp_path, rng, suffix):
    numbers = whole(rng, 3)
    Image.fromarray(numbers).save(tmp_path / f"a{suffix}", **({"lossless": True} if suffix == ".webp" else {}))
    picture = images.read(tmp_path / f"a{suffix}")
    assert picture.pixels.dtype == np.float32
    assert np.array_equal(picture.pixels, (numbers / 255).astype(np.float32))
    assert (picture.alpha, picture.bits, picture.note) == (None, 8, "")
    assert picture.digest == hashlib.sha256((tmp_path / f"a{suffix}").read_bytes()).hexdigest()


@pytest.mark.parametrize("suffix", [".jpg", ".avif", ".webp", ".gif"])
def test_lossy_rgb_is_near(tmp_path, suffix):
    Image.fromarray(smooth()).save(tmp_path / f"a{suffix}", quality=95)
    picture = images.read(tmp_path / f"a{suffix}")
    assert np.abs(picture.pixels - smooth() / 255).mean() < (0.03 if suffix == ".gif" else 0.01)


def test_heic(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_pillow(Image.fromarray(smooth())).save(tmp_path / "a.heic", quality=95)
    assert np.abs(images.read(tmp_path / "a.heic").pixels - smooth() / 255).mean() < 0.01


def test_grey_palette_and_bilevel_become_rgb(tmp_path, rng):
    grey = whole(rng)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(
        images.read(tmp_path / "grey.png").pixels, np.repeat((grey / 255)[..., None], 3, 2).astype("f4")
    )
    palette = Image.fromarray(smooth()).quantize(17)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(
        images.read(tmp_path / "palette.png").pixels, (np.array(palette.convert("RGB")) / 255).astype("f4")
    )
    Image.fromarray(grey > 99).save(tmp_path / "bilevel.png")
    assert np.array_equal(images.read(tmp_path / "bilevel.png").pixels[..., 1], (grey > 99).astype("f4"))


def test_alpha_is_carried_and_transparent_colours_are_unharmed(tmp_path, rng):
    for mode, channels in (("RGBA", 4), ("LA", 2)):
        numbers = whole(rng, channels)
        numbers[:9, ..., -1] = 0
        Image.fromarray(numbers).save(tmp_path / f"{mode}.png")
        picture = images.read(tmp_path / f"{mode}.png")
        assert np.array_equal(picture.alpha, (numbers[..., -1] / 255).astype("f4"))
        assert np.array_equal(picture.pixels[..., 0], (numbers[..., 0] / 255).astype("f4"))


def test_a_transparent_palette_entry_becomes_alpha(tmp_path):
    picture = Image.fromarray(smooth()).quantize(9)
    picture.save(tmp_path / "a.gif", transparency=3)
    read = images.read(tmp_path / "a.gif")
    assert read.alpha is not None
    assert np.array_equal(
        read.alpha, np.array(Image.open(tmp_path / "a.gif").convert("RGBA"))[..., 3] / np.float32(255)
    )
    assert 0 < read.alpha.mean() < 1


def test_the_first_frame_is_taken(tmp_path):
    frames = [Image.fromarray(smooth()), Image.new("RGB", (WIDTH, HEIGHT))]
    for name in ("a.gif", "a.tif", "a.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert images.read(tmp_path / name).pixels.mean() > 0.3


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_are_sixteen_bits(tmp_path, rng, channels):
    numbers = whole(rng, channels, dtype=np.uint16)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(numbers[..., 0] if channels == 1 else numbers))
    picture = images.read(tmp_path / "a.png")
    colours = numbers[..., :3] if channels > 2 else np.repeat(numbers[..., :1], 3, 2)
    assert picture.bits == 16
    assert np.array_equal(np.rint(picture.pixels.astype("f8") * 65535), colours)
    assert (picture.alpha is not None) == (channels in (2, 4))
    if picture.alpha is not None:
        assert np.array_equal(np.rint(picture.alpha.astype("f8") * 65535), numbers[..., -1])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bit_tiff(tmp_path, rng, channels):
    numbers = whole(rng, channels, dtype=np.uint16)
    (tmp_path / "a.tif").write_bytes(tiff(numbers))
    picture = images.read(tmp_path / "a.tif")
    colours = numbers[..., :3] if channels > 2 else np.repeat(numbers[..., :1], 3, 2)
    assert (picture.bits, picture.note) == (16, "")
    assert np.array_equal(np.rint(picture.pixels.astype("f8") * 65535), colours)
    assert (picture.alpha is not None) == (channels in (2, 4))
    if picture.alpha is not None:
        assert np.array_equal(np.rint(picture.alpha.astype("f8") * 65535), numbers[..., -1])


@pytest.mark.parametrize("channels", [1, 2])
def test_white_may_be_zero(tmp_path, rng, channels):
    numbers = whole(rng, channels, dtype=np.uint16)
    (tmp_path / "a.tif").write_bytes(tiff(numbers, tags=[(262, (0,))]))
    picture = images.read(tmp_path / "a.tif")
    assert np.array_equal(np.rint(picture.pixels[..., 2] * 65535), 65535 - numbers[..., 0])
    assert picture.alpha is None or np.array_equal(np.rint(picture.alpha * 65535), numbers[..., 1])


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_that_a_tiff_multiplied_by_alpha_are_divided_again(tmp_path, rng, channels):
    colours, alpha = whole(rng, channels, dtype=np.uint16), whole(rng, 1, dtype=np.uint16) | 0x8000
    held = np.concatenate([np.rint(colours * (alpha / 65535)).astype(np.uint16), alpha], 2)
    (tmp_path / "a.tif").write_bytes(tiff(held, tags=[(338, (1,))]))
    assert np.abs(images.read(tmp_path / "a.tif").pixels * 65535 - colours).max() < 2


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_float_tiff_is_read_as_sixteen_bits_and_clipped(tmp_path, rng, kind, channels):
    numbers = rng.uniform(-0.5, 1.5, (HEIGHT, WIDTH, channels)).astype(kind)
    (tmp_path / "a.tif").write_bytes(tiff(numbers))
    picture = images.read(tmp_path / "a.tif")
    assert (picture.bits, picture.note) == (
        16,
        "a.tif: its floats are read as 16 bits from 0 to 1; what lies outside is cut off.",
    )
    clipped = np.clip(numbers.astype("f8"), 0, 1)
    colours = clipped[..., :3] if channels > 2 else np.repeat(clipped[..., :1], 3, 2)
    assert np.abs(picture.pixels - colours).max() < 0.51 / 65535
    assert picture.alpha is None or np.abs(picture.alpha - clipped[..., -1]).max() < 0.51 / 65535


def test_a_float_tiff_of_no_numbers_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(np.full((5, 7, 3), np.nan, np.float32)))
    with pytest.raises(ImageError) as refusal:
        images.read(tmp_path / "a.tif")
    assert str(refusal.value) == f"{tmp_path / 'a.tif'} holds numbers that are not finite. Export it again as PNG."


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.tif", "deep.png", "deep.tif", "a.avif", "a.jpg"])
def test_orientation(tmp_path, rng, orientation, name):
    numbers = smooth()
    exif = Image.Exif()
    exif[0x0112] = orientation
    if name == "deep.tif":
        (tmp_path / name).write_bytes(tiff(numbers.astype(np.uint16) * 257, tags=[(274, (orientation,))]))
    elif name == "deep.png":
        block = exif.tobytes()[6:]
        coded = imagecodecs.png_encode(numbers.astype(np.uint16) * 257)
        (tmp_path / name).write_bytes(coded[:33] + chunk(b"eXIf", block) + coded[33:])
    else:
        Image.fromarray(numbers).save(tmp_path / name, exif=exif, quality=98)
    picture = images.read(tmp_path / name)
    error = np.abs(picture.pixels - TURNED[orientation](numbers) / 255)
    assert error.max() < 0.06 if name in ("a.avif", "a.jpg") else error.max() < 1e-6
    images.write(tmp_path / "out.png", picture.pixels, like=picture)
    assert 0x0112 not in Image.open(tmp_path / "out.png").getexif()


def test_eight_bit_resize_is_pillows_plain_resize(tmp_path):
    numbers = smooth()
    numbers[::3, ::2] ^= 0x5F
    Image.fromarray(numbers).save(tmp_path / "a.png")
    truth = np.array(Image.open(tmp_path / "a.png").resize((29, 61), Image.Resampling.BICUBIC))
    read = images.read(tmp_path / "a.png", size=(61, 29), profile="keep")
    assert np.array_equal(read.pixels, truth.astype("f4") / np.float32(255))
    assert np.array_equal(images.resize(numbers, (61, 29)), truth)
    assert np.array_equal(images.resize(numbers[..., 1], (61, 29)), truth[..., 1])


def test_float_resize_neither_rounds_nor_clips(rng):
    pixels = (rng.random((HEIGHT, WIDTH, 3)) > 0.5).astype(np.float32)
    resized = images.resize(pixels, (61, 129))
    truth = np.array(Image.fromarray(pixels[..., 1]).resize((129, 61), Image.Resampling.BICUBIC))
    assert np.array_equal(resized[..., 1], truth)
    assert resized.min() < -0.01
    assert resized.max() > 1.01
    deep = images.resize((pixels * 65535).astype(np.uint16), (61, 129))
    assert deep.dtype == np.float32
    assert np.allclose(deep, resized * 65535, atol=0.1)


def test_max_side_shrinks_only(tmp_path):
    Image.fromarray(smooth()).save(tmp_path / "a.png")
    assert images.read(tmp_path / "a.png", max_side=26).pixels.shape == (18, 26, 3)
    assert images.read(tmp_path / "a.png", max_side=999).pixels.shape == (37, 53, 3)
    with pytest.raises(SettingError, match=r"^size 9x8 and max_side 7 exclude each other\. Give one of them\.$"):
        images.read(tmp_path / "a.png", size=(8, 9), max_side=7)
    with pytest.raises(SettingError, match=r"^profile is 'srgb'; it must be convert or keep\.$"):
        images.read(tmp_path / "a.png", profile="srgb")


def test_from_array(rng):
    numbers = whole(rng, 4)
    picture = images.from_array(numbers)
    assert np.array_equal(picture.pixels, (numbers[..., :3] / 255).astype("f4"))
    assert np.array_equal(picture.alpha, (numbers[..., 3] / 255).astype("f4"))
    assert (picture.bits, picture.digest) == (8, "")
    deep = images.from_array(whole(rng, dtype=np.uint16))
    assert (deep.pixels.shape, deep.bits) == ((HEIGHT, WIDTH, 3), 16)
    given = rng.random((HEIGHT, WIDTH, 3))
    picture = images.from_array(given)
    assert np.array_equal(picture.pixels, given.astype("f4"))
    picture.pixels[:] = 0
    assert given.mean() > 0.4
    assert images.from_array(given, max_side=26).pixels.shape == (18, 26, 3)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (
            np.zeros((5, 7, 2), np.uint8),
            "The array's shape is (5, 7, 2); a picture has height and width, and 3 or 4 channels or no third axis.",
        ),
        (np.zeros((0, 7, 3), np.uint8), "The array's shape is (0, 7, 3); a picture has at least one pixel."),
        (
            np.full((5, 7), 256),
            "The array holds int64 from 256 to 256; whole numbers must be in 0..255. Those of 16 bits are uint16.",
        ),
        (
            np.full((5, 7), -1, np.int8),
            "The array holds int8 from -1 to -1; whole numbers must be in 0..255. Those of 16 bits are uint16.",
        ),
        (
            np.zeros((5, 7), complex),
            "The array holds complex128; a picture holds whole numbers in 0..255, or float in 0..1.",
        ),
        (np.full((5, 7), np.nan), "The array holds numbers that are not finite."),
        (
            np.linspace(0, 255, 35).reshape(5, 7),
            "The array holds floats from 0 to 255; they must be in 0..1. Divide by 255, or pass uint8.",
        ),
    ],
)
def test_arrays_refused(array, message):
    with pytest.raises(ImageError) as refusal:
        images.from_array(array)
    assert str(refusal.value) == message


def test_a_picture_at_another_size(rng):
    picture = images.from_array(whole(rng, 4), size=None)
    small = images.sized(picture, max_side=20)
    assert small.pixels.shape == (14, 20, 3)
    assert small.alpha.shape == (14, 20)
    assert np.array_equal(small.pixels, images.resize(picture.pixels, (14, 20)).clip(0, 1))
    assert images.sized(picture) is images.sized(picture, size=(HEIGHT, WIDTH)) is images.sized(picture, max_side=99)


def test_the_digest_is_that_of_the_files_own_pixels_only(tmp_path, rng):
    Image.fromarray(whole(rng, 3)).save(tmp_path / "a.png")
    picture = images.read(tmp_path / "a.png")
    assert picture.digest == images.sized(picture, max_side=WIDTH).digest
    assert images.sized(picture, max_side=20).digest == ""


def jpeg_bytes():
    buffer = io.BytesIO()
    Image.fromarray(smooth()).save(buffer, "JPEG")
    return buffer.getvalue()


def png_bytes(dtype=np.uint8):
    return imagecodecs.png_encode(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(dtype))


CUT = "{} is damaged or cut short: its pixels can't be read to the end. Fetch or export it again."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.jpg", None, "{} does not exist."),
        ("empty.jpg", b"", "{} is empty. Fetch or export it again."),
        (
            "text.jpg",
            b"a letter\n" * 99,
            "{} is not a picture. PNG, JPEG, TIFF, WebP, AVIF, HEIC, GIF and BMP are read.",
        ),
        ("half.jpg", jpeg_bytes()[: len(jpeg_bytes()) // 2], CUT),
        ("start.jpg", jpeg_bytes()[:20], CUT),
        ("half.png", png_bytes()[: len(png_bytes()) // 2], CUT),
        ("deep.png", png_bytes(np.uint16)[:-400], CUT),
        ("deep.tif", tiff(np.zeros((HEIGHT, WIDTH, 3), np.uint16))[:-99], CUT),
        ("header.png", png_bytes()[:20], CUT),
    ],
)
def test_files_refused(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    for attempt in (
        (images.read, images.read_recipe) if name in ("none.jpg", "empty.jpg", "text.jpg") else (images.read,)
    ):
        with pytest.raises(ImageError) as refusal:
            attempt(path)
        assert str(refusal.value) == message.format(path)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".avif", ".bmp", ".tif"])
def test_every_format_cut_short_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(smooth()).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError):
        images.read(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ImageError) as refusal:
        images.read(tmp_path)
    assert str(refusal.value) == f"{tmp_path} is a folder, not a picture."


def test_a_tiff_of_another_kind_is_refused(tmp_path):
    Image.fromarray(np.ones((5, 7), np.int32)).save(tmp_path / "a.tif")
    with pytest.raises(ImageError) as refusal:
        images.read(tmp_path / "a.tif")
    assert str(refusal.value) == (
        f"{tmp_path / 'a.tif'} holds signed whole numbers of 32 bits, which have no black and white. "
        "Export it again as PNG."
    )


def test_a_bomb_is_refused_before_decoding(tmp_path):
    path = tmp_path / "bomb.png"
    coded = png_bytes()
    header = b"IHDR" + (20_000).to_bytes(4, "big") + (15_001).to_bytes(4, "big") + coded[24:29]
    path.write_bytes(coded[:8] + chunk(b"IHDR", header[4:]) + coded[33:])
    with pytest.raises(ImageError) as refusal:
        images.read(path)
    assert str(refusal.value) == (
        f"{path} has 20000x15001 pixels, 300.02 million; the limit is 300 million. "
        "Shrink it, or raise the limit if you trust the file."
    )
    Image.fromarray(smooth()).save(path)
    with pytest.raises(ImageError, match=r"53x37 pixels, 0\.001961 million; the limit is 0\.001 million"):
        images.read(path, limit_megapixels=0.001)


def test_pillows_own_limit_of_pixels_is_neither_kept_to_nor_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.fromarray(smooth()).save(tmp_path / "a.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images.read(tmp_path / "a.png")
    assert Image.MAX_IMAGE_PIXELS == 100


def test_heic_without_its_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 99)
    with pytest.raises(ImageError) as refusal:
        images.read(tmp_path / "a.heic")
    assert str(refusal.value) == (
        f"{tmp_path / 'a.heic'} is a HEIC picture, which needs pillow-heif. "
        f"Type: {sys.executable} -m pip install pillow-heif"
    )


@pytest.mark.parametrize("size", [(33, 77), (90, 60), (201, 90), (301, 402)])
def test_sixteen_bits_are_resized_in_strips_as_pillow_resizes_the_whole(size, monkeypatch):
    plane = np.random.default_rng(1).integers(0, 65536, (201, 307)).astype(np.uint16)
    whole = Image.fromarray(plane.astype(np.float32)).resize(size[::-1], Image.Resampling.BICUBIC)
    monkeypatch.setattr(strips, "PIXELS", 3000)
    assert (images.resize(plane, size) == np.asarray(whole)).all()
