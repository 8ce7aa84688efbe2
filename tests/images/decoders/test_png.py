"""PNG: the true pixels at every depth, whatever chunks surround them, or an error; colour spaces without a profile."""

import struct
import zlib

import numpy as np
import pytest
from PIL import ImageCms

from deepdream import images
from deepdream.errors import ImageError
from tests.images import profiles
from tests.images.files import HEIGHT, WIDTH, chunk, exif, interlaced, png, smooth

CUT = "{} is damaged or cut short: its pixels can't be read to the end. Fetch or export it again."
GREY, RGB, PALETTE = 0, 2, 3


@pytest.fixture
def read(tmp_path):
    def read(data, **options):
        (tmp_path / "a.png").write_bytes(data)
        return images.read(tmp_path / "a.png", **options)

    return read


def refusal(read, data):
    with pytest.raises(ImageError) as refused:
        read(data)
    return refused.value


def whole(depth, *channels, seed=0):
    return np.random.default_rng(seed).integers(0, 2**depth, (HEIGHT, WIDTH, *channels))


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_with_one_value_transparent(read, depth):
    numbers = whole(depth)
    value = int(numbers[3, 4])
    picture = read(png(numbers, depth, GREY, before=[(b"tRNS", struct.pack(">H", value))]))
    assert np.allclose(picture.pixels[..., 0], numbers / (2**depth - 1), atol=1e-6)
    assert np.array_equal(picture.alpha, numbers != value)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_colour_is_transparent_only_where_all_three_channels_match(read, depth):
    numbers = whole(depth, 3)
    numbers[5, 6] = colour = (7, 8, 9)
    numbers[5, 7], numbers[5, 8] = (7, 8, 10), (9, 8, 7)
    picture = read(png(numbers, depth, RGB, before=[(b"tRNS", struct.pack(">3H", *colour))]))
    assert np.allclose(picture.pixels, numbers / (2**depth - 1), atol=1e-6)
    assert np.array_equal(picture.alpha, (numbers != colour).any(axis=2))


def test_sixteen_bits_that_differ_in_the_lower_byte_are_not_transparent(read):
    numbers = np.full((3, 5), 0x1234)
    numbers[1, 1] = 0x1235
    picture = read(png(numbers, 16, GREY, before=[(b"tRNS", struct.pack(">H", 0x1235))]))
    assert picture.alpha[1, 1] == 0
    assert picture.alpha.mean() == pytest.approx(14 / 15)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("transparent", [0, 1, 2])
def test_palettes(read, depth, transparent):
    colours, numbers = whole(8, 3, seed=1).reshape(-1, 3)[: 2**depth].astype(np.uint8), whole(depth)
    key = bytes(range(40, 40 + transparent))
    before = [(b"PLTE", colours.tobytes()), *([(b"tRNS", key)] if key else [])]
    picture = read(png(numbers, depth, PALETTE, before=before))
    assert np.array_equal(picture.pixels, (colours[numbers] / 255).astype("f4"))
    if not transparent:
        assert picture.alpha is None
    else:
        alpha = np.full(2**depth, 255)
        alpha[:transparent] = list(key)
        assert np.allclose(picture.alpha, alpha[numbers] / 255)


MISSING = "is damaged: it names colours of a palette that it doesn't hold. Fetch or export it again."


@pytest.mark.parametrize("before", [[], [(b"PLTE", b"")], [(b"PLTE", bytes(3 * 10))]])
def test_a_palette_that_is_missing_or_too_short(read, before):
    numbers = np.tile(np.arange(WIDTH), (HEIGHT, 1))
    assert str(refusal(read, png(numbers, 8, PALETTE, before=before))).endswith(f"a.png {MISSING}")


@pytest.mark.parametrize("rows", [0, 1, HEIGHT // 2, HEIGHT - 1])
@pytest.mark.parametrize(("depth", "kind", "channels"), [(8, RGB, 3), (16, RGB, 3), (1, GREY, 0), (16, GREY, 0)])
def test_pixels_that_are_missing_are_refused(read, tmp_path, rows, depth, kind, channels):
    numbers = whole(depth, *([channels] if channels else []))
    assert str(refusal(read, png(numbers, depth, kind, rows=rows))) == CUT.format(tmp_path / "a.png")


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE", b"tRNS", b"IDAT"])
def test_a_wrong_checksum_of_what_pixels_depend_on_is_refused(read, name):
    colours = bytes(range(192))
    data = bytearray(png(whole(6), 8, PALETTE, before=[(b"PLTE", colours), (b"tRNS", b"\0")]))
    at = data.index(name)
    length = struct.unpack(">I", data[at - 4 : at])[0]
    data[at + 4 + length] ^= 1
    assert refusal(read, bytes(data)).exit_code == 2


def test_a_wrong_checksum_of_metadata_leaves_the_metadata_out(read):
    data = bytearray(png(smooth(), before=[(b"pHYs", struct.pack(">IIB", 4000, 4000, 1))]))
    data[data.index(b"pHYs") + 4 + 9] ^= 1
    picture = read(bytes(data))
    assert (picture.dpi, picture.note) == (None, "a.png: its chunk pHYs is damaged and passed over.")


def test_the_end_may_be_missing_where_no_pixel_is(read):
    data = png(smooth())
    assert np.array_equal(read(data[:-12]).pixels, (smooth() / 255).astype("f4"))
    refusal(read, data[:-13])


def profile(length):
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + bytes(length)
    return struct.pack(">I", len(data)) + data[4:]


@pytest.mark.parametrize(
    "extra",
    [
        (b"zTXt", b"workflow\0\0" + zlib.compress(b'{"a":1},' * 180_000)),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x/>" + b" " * 1_500_000)),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<x/>" + b" " * 1_500_000),
        (b"iCCP", b"x\0\0" + zlib.compress(profile(1_300_000))),
        (b"tEXt", b"workflow\0" + b"x" * 70_000_000),
        (b"acTL", b"nothing"),
    ],
)
def test_long_texts_and_profiles_are_no_reason_to_refuse(read, extra):
    assert np.abs(read(png(smooth(), before=[extra])).pixels * 255 - smooth()).max() < 0.51


@pytest.mark.parametrize(
    "data", [b"x\0\1" + zlib.compress(b"z" * 200), b"noname", b"x\0\0garbage", b"x\0\0" + zlib.compress(b"a" * 99)[:9]]
)
def test_a_damaged_profile_is_left_out_with_a_note(read, data):
    picture = read(png(smooth(), before=[(b"iCCP", data)]))
    assert picture.note == "a.png: its colour profile is damaged and not used."
    assert np.array_equal(picture.pixels, (smooth() / 255).astype("f4"))


def test_metadata_behind_the_pixels_counts_too(read):
    block = exif({0x010E: (2, b"behind\0")})
    assert b"behind" in read(png(smooth(), after=[(b"eXIf", block)])).exif


def test_exif_as_imagemagick_wrote_it_before_there_was_a_chunk(read):
    block = b"Exif\0\0" + exif({0x010E: (2, b"in a text\0")})
    text = b"\nexif\n" + f"{len(block):8}\n".encode() + block.hex().encode()
    before = [(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))]
    assert b"in a text" in read(png(smooth(), before=before)).exif


def test_an_animation_whose_frames_are_damaged_has_a_whole_picture(read):
    data = png(smooth(), before=[(b"acTL", struct.pack(">II", 2, 0))], after=[(b"fdAT", b"\0\0\0\1garbage")])
    data = data[: data.index(b"fdAT") + 8]
    picture = read(data)
    assert picture.note == "a.png: it is an animation; its default picture is taken."
    assert np.array_equal(picture.pixels, (smooth() / 255).astype("f4"))


# Colour spaces without a profile


def encode(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.clip(linear, 0, 1) ** (1 / 2.4) - 0.055)


def test_a_linear_picture(read):
    unit = smooth() / 255
    picture = read(png(smooth(), before=[(b"gAMA", struct.pack(">I", 100_000))]))
    assert np.abs(picture.pixels - encode(unit)).max() < 1 / 255
    assert picture.note == ""
    kept = read(png(smooth(), before=[(b"gAMA", struct.pack(">I", 100_000))]), profile="keep")
    assert np.array_equal(kept.pixels, unit.astype("f4"))
    assert kept.profile is not None  # which says that they are linear


@pytest.mark.parametrize(
    "before",
    [
        [(b"gAMA", struct.pack(">I", 45_455))],
        [
            (b"gAMA", struct.pack(">I", 45_455)),
            (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
        ],
        [(b"gAMA", struct.pack(">I", 100_000)), (b"sRGB", b"\0")],
        [(b"gAMA", struct.pack(">I", 100_000)), (b"cICP", bytes([1, 13, 0, 1]))],
        [(b"cICP", bytes([1, 1, 0, 1]))],
    ],
)
def test_srgb_by_any_words_changes_no_bit(read, before):
    picture = read(png(smooth(), before=before))
    assert np.array_equal(picture.pixels, (smooth() / 255).astype("f4"))
    assert picture.note == ""


def to_srgb(unit, primaries):
    """By the matrices of the primaries' chromaticities, both under D65."""

    def light(*corners):
        columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in corners]).T
        return columns * np.linalg.solve(columns, np.array([0.3127, 0.3290, 0.3583]) / 0.3290)

    own, srgb = light(*primaries), light((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    return encode(np.clip(linear @ np.linalg.solve(srgb, own).T, 0, 1))


P3, BT2020 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046))


@pytest.mark.parametrize(("code", "primaries"), [(12, P3), (9, BT2020)])
@pytest.mark.parametrize("depth", [8, 16])
def test_display_p3_and_bt2020(read, code, primaries, depth):
    numbers = smooth().astype(np.uint16) * (257 if depth == 16 else 1)
    picture = read(png(numbers, depth, before=[(b"cICP", bytes([code, 13, 0, 1]))]))
    assert np.abs(picture.pixels - to_srgb(smooth() / 255, primaries)).max() < 1.5 / 255


def test_chromaticities(read):
    numbers = [round(value * 1e5) for value in (0.3127, 0.3290, *(value for corner in P3 for value in corner))]
    picture = read(png(smooth(), before=[(b"cHRM", struct.pack(">8I", *numbers))]))
    assert np.abs(picture.pixels - to_srgb(smooth() / 255, P3)).max() < 1.5 / 255


def test_a_gamma_of_2_2_with_other_primaries_is_a_power(read):
    numbers = [31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000]
    before = [(b"gAMA", struct.pack(">I", 45_473)), (b"cHRM", struct.pack(">8I", *numbers))]
    picture = read(png(smooth(), before=before))
    assert np.abs(picture.pixels - profiles.adobe_to_srgb(smooth() / 255)).max() < 1.5 / 255


def test_grey_takes_its_gamma_too(read):
    numbers = whole(8)
    picture = read(png(numbers, 8, GREY, before=[(b"gAMA", struct.pack(">I", 100_000))]))
    assert np.abs(picture.pixels[..., 1] - encode(numbers / 255)).max() < 1 / 255


def test_pq_is_mapped_to_srgb_with_a_note(read):
    numbers = np.zeros((5, 7, 3), int)
    numbers[2:] = 148  # 203 cd/m2, white on paper
    numbers[4:] = 192  # 1000 cd/m2
    picture = read(png(numbers, before=[(b"cICP", bytes([9, 16, 0, 1]))]))
    black, paper, peak = picture.pixels[0, 0], picture.pixels[2, 0], picture.pixels[4, 0]
    assert black.max() == 0
    assert np.ptp(paper) < 1e-4
    assert 0.8 < paper[0] < 0.95
    assert peak.min() == pytest.approx(1, abs=2e-3)
    assert picture.note == "a.png: its high dynamic range (PQ) is mapped to sRGB as ITU-R BT.2390 does."


@pytest.mark.parametrize(
    ("before", "note"),
    [
        ((b"gAMA", bytes(4)), "its gamma of 0 can't be and is not used."),
        ((b"cHRM", bytes(32)), "its chromaticities can't be and are not used."),
        (
            (b"cICP", bytes([77, 13, 0, 1])),
            "its colours are coded as primaries 77 and transfer 13, which is not known and not used.",
        ),
        (
            (b"cICP", bytes([9, 16, 9, 1])),
            "its colours are coded in a way that PNG doesn't allow (cICP), which is not used.",
        ),
    ],
)
def test_colours_that_cannot_be_are_reported(read, before, note):
    picture = read(png(smooth(), before=[before]))
    assert picture.note == f"a.png: {note}"
    assert np.array_equal(picture.pixels, (smooth() / 255).astype("f4"))


def test_too_much_data_is_no_fault_and_prints_nothing(read, capfd):
    data = png(smooth())
    twice = zlib.compress(zlib.decompress(data[41 : data.index(b"IEND") - 8]) + b"\0" * 99)
    read(data[:33] + chunk(b"IDAT", twice) + chunk(b"IEND", b""))
    assert capfd.readouterr() == ("", "")


def test_an_interlaced_picture_is_read_without_a_word(read, capsys):
    numbers = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    picture = read(interlaced(numbers))
    assert (np.rint(picture.pixels * 255) == numbers).all()
    assert (picture.note, capsys.readouterr().err) == ("", "")


def test_one_of_apples_devices_is_called_so(read):
    data = png(smooth())
    with pytest.raises(
        ImageError, match=r"is a PNG that was altered for Apple's devices \(CgBI\), which is not read\."
    ):
        read(data[:8] + chunk(b"CgBI", b"\x50\0\x20\x06") + data[8:])
