"""TIFF: every layout that people have, against arrays written by tifffile and by hand."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from deepdream import images
from deepdream.errors import ImageError
from deepdream.images.decoders import fax
from tests.images.files import HEIGHT, TURNED, WIDTH, packed_tiff, smooth, ycbcr_tiff

CUT = "{} is damaged or cut short: its pixels can't be read to the end. Fetch or export it again."


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tif"


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def whole(rng, bits, *channels):
    kind = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    return rng.integers(0, 2**bits, (HEIGHT, WIDTH, *channels)).astype(kind)


def inks_to_rgb(inks):
    return (1 - inks[..., :3]) * (1 - inks[..., 3:4])


def turn(orientation):
    return [(274, 3, 1, orientation, True)]


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("kind", ["grey", "rgb", "rgba", "cmyk", "palette"])
def test_uncompressed_in_every_order_and_orientation(path, rng, orientation, bits, order, big, kind):
    channels, options = {
        "grey": ((), {"photometric": "minisblack"}),
        "rgb": ((3,), {"photometric": "rgb"}),
        "rgba": ((4,), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
        "cmyk": ((4,), {"photometric": "separated"}),
        "palette": ((), {"photometric": "palette", "colormap": whole(rng, 8, 4)[:1].repeat(99, 0).ravel()}),
    }[kind]
    numbers = whole(rng, bits, *channels)
    if kind == "palette":
        options["colormap"] = rng.integers(0, 256, (3, 2**bits)).astype(np.uint16) * 257
    tifffile.imwrite(path, numbers, byteorder=order, bigtiff=big, extratags=turn(orientation), **options)
    picture = images.read(path)
    unit = numbers / (2**bits - 1)
    right = {
        "grey": lambda: np.repeat(unit[..., None], 3, 2),
        "rgb": lambda: unit,
        "rgba": lambda: unit[..., :3],
        "cmyk": lambda: inks_to_rgb(unit),
        "palette": lambda: np.moveaxis(options["colormap"], 0, -1)[numbers] / 65535,
    }[kind]()
    assert picture.pixels.shape == TURNED[orientation](right).shape
    assert np.abs(picture.pixels - TURNED[orientation](right)).max() < 1e-4
    assert picture.bits == (8 if kind == "palette" else bits)
    if kind == "rgba":
        assert np.abs(picture.alpha - TURNED[orientation](unit[..., 3])).max() < 1e-6
    else:
        assert picture.alpha is None


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("layout", [{}, {"tile": (16, 32)}, {"rowsperstrip": 5}])
@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "packbits", "zstd"])
def test_planes_tiles_and_strips_of_inks_with_alpha(path, rng, bits, planar, layout, compression):
    numbers = whole(rng, bits, 5)
    laid = np.moveaxis(numbers, -1, 0) if planar == "separate" else numbers
    predictor = compression in ("lzw", "deflate")
    options = {"compression": compression, "predictor": predictor, "planarconfig": planar, **layout}
    tifffile.imwrite(path, laid, photometric="separated", extrasamples=["unassalpha"], **options)
    picture, unit = images.read(path), numbers / (2**bits - 1)
    assert np.abs(picture.pixels - inks_to_rgb(unit)).max() < 1e-4
    assert np.abs(picture.alpha - unit[..., 4]).max() < 1e-6


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 31, 32])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite", "rgb"])
def test_from_1_to_32_bits(path, rng, bits, photometric):
    if bits == 1 and photometric == "rgb":
        pytest.skip("tifffile writes no such file")
    numbers = whole(rng, bits, *([3] if photometric == "rgb" else []))
    written = numbers.astype(bool) if bits == 1 else numbers
    tifffile.imwrite(path, written, photometric=photometric, bitspersample=bits)
    picture, unit = images.read(path), numbers / (2**bits - 1)
    unit = 1 - unit if photometric == "miniswhite" else unit
    unit = unit if photometric == "rgb" else np.repeat(unit[..., None], 3, 2)
    assert picture.bits == (8 if bits <= 8 else 16)
    assert np.abs(picture.pixels - unit).max() < 0.51 / (255 if bits <= 8 else 65535)
    assert picture.note == (f"a.tif: its {bits} bits are read as 16." if bits > 16 else "")


@pytest.mark.parametrize("bits", [3, 7, 10, 12, 15, 20])
def test_packed_bits_with_the_highest_byte_first(path, rng, bits):
    numbers = whole(rng, bits)
    rows = ["".join(f"{value:0{bits}b}" for value in row).ljust(-(-WIDTH * bits // 8) * 8, "0") for row in numbers]
    data = b"".join(int(row, 2).to_bytes(len(row) // 8, "big") for row in rows)
    tags = {256: (WIDTH,), 257: (HEIGHT,), 258: (bits,), 259: (1,), 262: (1,), 277: (1,), 278: (HEIGHT,)}
    path.write_bytes(packed_tiff(tags, data, ">"))
    assert np.abs(images.read(path).pixels[..., 0] - numbers / (2**bits - 1)).max() < 0.51 / (
        255 if bits <= 8 else 65535
    )


def test_further_channels_are_left_out_with_a_note(path, rng):
    numbers = whole(rng, 16, 6)
    tifffile.imwrite(path, numbers, photometric="rgb", extrasamples=["unspecified", "unassalpha", "unspecified"])
    picture = images.read(path)
    assert np.abs(picture.pixels * 65535 - numbers[..., :3]).max() < 0.1
    assert np.abs(picture.alpha * 65535 - numbers[..., 4]).max() < 0.1
    assert picture.note == "a.tif: its 2 further channels are left out."
    tifffile.imwrite(path, numbers[..., :4], photometric="rgb", extrasamples=["unspecified"])
    assert images.read(path).note == "a.tif: its 1 further channel is left out."
    assert images.read(path).alpha is None


@pytest.mark.parametrize("bits", [8, 16])
def test_colours_that_were_multiplied_by_alpha_are_divided_again(path, rng, bits):
    numbers, top = whole(rng, bits, 4), 2**bits - 1
    numbers[..., 3] |= (top + 1) // 2
    held = np.dstack([np.rint(numbers[..., :3] * (numbers[..., 3:] / top)), numbers[..., 3]]).astype(numbers.dtype)
    tifffile.imwrite(path, held, photometric="rgb", extrasamples=["assocalpha"])
    assert np.abs(images.read(path).pixels * top - numbers[..., :3]).max() < 2


@pytest.mark.parametrize("sampling", [(1, 1), (2, 1), (2, 2), (1, 2), (4, 1), (4, 2), (4, 4)])
@pytest.mark.parametrize("orientation", TURNED)
def test_subsampled_colours_without_jpeg(path, sampling, orientation):
    path.write_bytes(ycbcr_tiff(smooth(), *sampling, orientation=orientation))
    picture, right = images.read(path), TURNED[orientation](smooth())
    assert picture.pixels.shape == right.shape
    assert np.abs(picture.pixels * 255 - right).mean() < 0.4 + 0.6 * sum(sampling)
    assert picture.alpha is None


@pytest.mark.parametrize("kind", ["CIE", "ICC"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("white", [None, (0.3127, 0.3290)])
def test_lab(path, kind, bits, white):
    if kind == "ICC" and white:
        pytest.skip("ICC's Lab is under D50")
    lab = np.array([[[0, 0, 0], [100, 0, 0], [53, 0, 0], [50, 30, -40], [70, -20, 50]]], float)
    scale = 1 if bits == 8 else 256
    light = {8: 255, 16: 65535 if kind == "CIE" else 65280}[bits]
    offset = 0 if kind == "CIE" else 128 * scale
    numbers = np.stack([lab[..., 0] * light / 100, *(lab[..., i] * scale + offset for i in (1, 2))], -1)
    numbers = np.rint(numbers).astype(int) % 2**bits
    points = [(318, 5, 2, tuple(n for value in white for n in (round(value * 10000), 10000)), True)] if white else []
    photometric = "cielab" if kind == "CIE" else "icclab"
    tifffile.imwrite(
        path, numbers.astype(np.uint8 if bits == 8 else np.uint16), photometric=photometric, extratags=points
    )
    assert np.abs(images.read(path).pixels - lab_to_srgb(lab, white or (0.3457, 0.3585))).max() < 2.5 / 255


def lab_to_srgb(lab, white):
    """By CIE 15 and Bradford's adaptation to D65."""

    def xyz(x, y):
        return np.array([x / y, 1, (1 - x - y) / y])

    middle = (lab[..., 0] + 16) / 116
    roots = np.stack([middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200], -1)
    light = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29)) * xyz(*white)
    cones = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    light = light @ cones.T * (cones @ xyz(0.3127, 0.3290) / (cones @ xyz(*white))) @ np.linalg.inv(cones).T
    columns = np.array([xyz(0.64, 0.33), xyz(0.30, 0.60), xyz(0.15, 0.06)]).T
    linear = light @ np.linalg.inv(columns * np.linalg.solve(columns, xyz(0.3127, 0.3290))).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_lab_as_little_cms_writes_it(path):
    lab = ImageCms.profileToProfile(
        Image.fromarray(smooth()), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    lab.save(path)
    assert np.abs(images.read(path).pixels * 255 - smooth()).mean() < 2
    assert images.read(path, profile="keep").note == ("a.tif: Lab has no RGB numbers to keep; it is converted to sRGB.")


@pytest.mark.parametrize("step", [1, 256, 257])
def test_a_palette_may_be_in_the_lower_half_the_upper_half_or_all_of_16_bits(path, step):
    colours = np.random.default_rng(0).integers(0, 256, (3, 256)).astype(np.uint16)
    numbers = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)
    tifffile.imwrite(path, numbers, photometric="palette", colormap=colours * np.uint16(step))
    assert np.array_equal(images.read(path).pixels, (np.moveaxis(colours, 0, -1)[numbers] / 255).astype("f4"))


# Pages


def write_pages(path, *pages):
    with tifffile.TiffWriter(path) as file:
        for numbers, kind in pages:
            file.write(numbers, photometric="rgb", subfiletype=kind)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_thumbnail_in_front_is_passed_over_with_a_note(path, dtype):
    numbers = smooth().astype(dtype) * dtype(257 if dtype == np.uint16 else 1)
    write_pages(path, (numbers[::4, ::4], 1), (numbers, 0))
    picture = images.read(path)
    assert np.array_equal(np.rint(picture.pixels * 255), smooth())
    assert picture.note == "a.tif: its first page is a reduced version; the first whole one is taken, 53x37 pixels."


def test_of_several_pages_the_first_is_taken_with_a_note(path):
    write_pages(path, (smooth(), 0), (smooth()[::-1], 0), (smooth()[::2, ::2], 1))
    picture = images.read(path)
    assert np.array_equal(np.rint(picture.pixels * 255), smooth())
    assert picture.note == "a.tif: it holds 2 pages; the first is taken."


def test_reduced_versions_behind_are_no_pages(path):
    write_pages(path, (smooth(), 0), (smooth()[::2, ::2], 1), (smooth()[::4, ::4], 1))
    assert images.read(path).note == ""


def test_the_whole_picture_may_lie_below_its_thumbnail(path):
    with tifffile.TiffWriter(path) as file:
        file.write(smooth()[::4, ::4], photometric="rgb", subfiletype=1, subifds=1)
        file.write(smooth(), photometric="rgb", subfiletype=0)
    assert np.array_equal(np.rint(images.read(path).pixels * 255), smooth())


def test_a_chain_of_pages_that_bites_its_tail_ends(path):
    write_pages(path, (smooth(), 0), (smooth(), 0))
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        second = file.pages[1].offset
    after = second + 2 + 12 * int.from_bytes(data[second : second + 2], "little")
    data[after : after + 4] = second.to_bytes(4, "little")
    path.write_bytes(data)
    assert images.read(path).note == "a.tif: it holds 2 pages; the first is taken."


# Refusals


@pytest.mark.parametrize("compression", ["lzw", "deflate", "packbits", "zstd", "jpeg", "png"])
def test_strips_that_end_early_are_refused_without_a_line_of_a_librarys(path, compression, capfd):
    big = np.kron(smooth(), np.ones((4, 4, 1), np.uint8))
    tifffile.imwrite(path, big, photometric="rgb", compression=compression, rowsperstrip=64)
    with tifffile.TiffFile(path) as file:
        at, length = file.pages[0].dataoffsets[1], file.pages[0].databytecounts[1]
    data = bytearray(path.read_bytes())
    data[at + length * 3 // 4 : at + length] = b"\xff\xd9".ljust(length - length * 3 // 4, b"\0")
    path.write_bytes(data)
    with pytest.raises(ImageError) as refused:
        images.read(path)
    assert str(refused.value) == CUT.format(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("end", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_that_ends_early_is_refused(path, compression, end):
    buffer = io.BytesIO()
    bilevel = Image.fromarray(np.random.default_rng(0).random((HEIGHT, WIDTH)) > 0.5)
    bilevel.save(buffer, "TIFF", compression=compression)
    path.write_bytes(buffer.getvalue())
    assert np.array_equal(images.read(path).pixels[..., 0], np.asarray(bilevel))
    with tifffile.TiffFile(path) as file:
        at, length = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    data, kept = bytearray(path.read_bytes()), int(length * end)
    data[at + kept : at + length] = bytes(length - kept)
    path.write_bytes(data)
    with pytest.raises(ImageError) as refused:
        images.read(path)
    assert str(refused.value) == CUT.format(path)


@pytest.mark.parametrize("reversed_bits", [False, True])
def test_marks_of_group_3_are_counted_in_either_order_of_bits(reversed_bits):
    white = "00110101"  # of any width: only the marks count
    whole = "".join("000000000001" + white * 3 for _ in range(9))
    bits = np.array([int(bit) for bit in whole], np.uint8)
    data = np.packbits(bits, bitorder="little" if reversed_bits else "big").tobytes()
    for rows, early in ((9, False), (10, False), (11, True)):  # marks may also stand between rows only
        assert fax.ends_early(data, rows, marked=True, reversed_bits=reversed_bits) == early


def test_a_strip_that_is_not_there_is_refused(path):
    tifffile.imwrite(path, smooth(), photometric="rgb", rowsperstrip=10)
    with tifffile.TiffFile(path) as file:
        at = file.pages[0].tags[279].valueoffset
    data = bytearray(path.read_bytes())
    data[at : at + 2] = b"\0\0"
    path.write_bytes(data)
    with pytest.raises(ImageError):
        images.read(path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"photometric": "cfa", "extratags": [(33421, 3, 2, (2, 2), True), (33422, 1, 4, (0, 1, 1, 2), True)]},
            "holds a camera's raw numbers, which is not read. Develop or export it as PNG, JPEG or a plain TIFF.",
        ),
        (
            {"photometric": "minisblack", "dtype": np.int16},
            "holds signed whole numbers of 16 bits, which have no black and white. Export it again as PNG.",
        ),
        (
            {"photometric": "minisblack", "dtype": np.complex64},
            "holds complex numbers, which are not a picture. Export it again as PNG.",
        ),
    ],
)
def test_what_is_no_picture_is_refused_for_its_own_reason(path, options, reason):
    numbers = smooth()[..., 0].astype(options.pop("dtype", np.uint16))
    tifffile.imwrite(path, numbers, **options)
    with pytest.raises(ImageError) as refused:
        images.read(path)
    assert str(refused.value) == f"{path} {reason}"


def test_inks_that_are_not_those_of_print_are_refused(path, rng):
    tifffile.imwrite(path, whole(rng, 8, 4), photometric="separated", extratags=[(332, 3, 1, 2, True)])
    with pytest.raises(ImageError) as refused:
        images.read(path)
    assert str(refused.value) == (
        f"{path} holds inks other than cyan, magenta, yellow and black, which are not read. Export it again as PNG."
    )


def test_jpeg_in_separate_planes(path):
    planes = np.moveaxis(smooth(), -1, 0).copy()
    tifffile.imwrite(
        path, planes, photometric="rgb", planarconfig="separate", compression="jpeg", compressionargs={"level": 98}
    )
    assert np.abs(images.read(path).pixels * 255 - smooth()).max() < 6
    tifffile.imwrite(path, planes[[0, 1, 2, 0]], photometric="separated", planarconfig="separate", compression="jpeg")
    with pytest.raises(
        ImageError, match="holds JPEG in separate planes that are not red, green and blue, which is not"
    ):
        images.read(path)


def test_webp_in_separate_planes_is_refused_for_its_reason(path):
    tifffile.imwrite(path, smooth(), photometric="rgb", compression="webp")
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["PlanarConfiguration"].overwrite(2)
    with pytest.raises(ImageError, match=r"holds WebP in separate planes, which libtiff doesn't allow\."):
        images.read(path)
