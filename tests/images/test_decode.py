"""Reading as a whole: within the memory allowed, without a line of a library's, and each refusal for its own reason."""

import io
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError
from deepdream.images import formats
from tests.images.files import largest_webp, png, smooth

SIDE = 1600


def saved(path, image, **options):
    image.save(path, **options)
    return path


def with_room_for(amount):
    """Memory that leaves so many bytes beside what the process takes now."""
    return amount


def large():
    return Image.fromarray(np.kron(smooth(), np.ones((1 + SIDE // 37, 1 + SIDE // 53, 1), np.uint8))[:SIDE, :SIDE])


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".bmp", ".gif", ".avif"])
def test_what_memory_cannot_hold_is_refused_by_its_header(tmp_path, suffix, monkeypatch):
    path = saved(tmp_path / f"a{suffix}", large())
    with pytest.raises(ImageError) as refused:
        images.read(path, max_side=64, memory=with_room_for(2**20))
    assert str(refused.value).startswith(f"{path} has {SIDE}x{SIDE} pixels, which need ")
    assert refused.value.advice == "Allow more with --memory, or shrink it first."
    assert images.read(path, max_side=64, memory=with_room_for(2**30)).pixels.shape == (64, 64, 3)


def test_a_webp_of_a_few_bytes_takes_no_memory(tmp_path):
    (tmp_path / "a.webp").write_bytes(largest_webp())
    script = (
        "import re, sys\nfrom deepdream import images, errors\n"
        "try:\n    images.read(sys.argv[1], max_side=64, memory=2**30)\nexcept errors.ImageError as error:\n"
        "    print(error)\nprint(re.search(r'VmHWM:\\s*([0-9]+)', open('/proc/self/status').read())[1])\n"
    )
    if sys.platform != "linux":
        pytest.skip("other systems say it elsewhere")
    ended = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.webp"], capture_output=True, text=True, check=True
    )
    sentence, peak = ended.stdout.splitlines()
    assert "16383x16383 pixels, which need 4." in sentence
    assert int(peak) < 400_000  # KiB


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_made_smaller_while_it_is_read_where_memory_asks_for_it(tmp_path, orientation):
    tags = Image.Exif()
    tags[274] = orientation
    path = saved(tmp_path / "a.jpg", large().crop((0, 0, SIDE, SIDE // 2)), quality=95, exif=tags)
    whole = images.read(path, max_side=100)
    small = images.read(path, max_side=100, memory=with_room_for(4 * 2**20))
    assert re.fullmatch(r"a\.jpg: it was read at 1/[248] of its size to stay within memory\.", small.note)
    assert small.pixels.shape == whole.pixels.shape == ((50, 100, 3) if orientation == 1 else (100, 50, 3))
    assert np.abs(small.pixels - whole.pixels).mean() < 0.02
    assert whole.note == images.read(path, max_side=100, memory=with_room_for(2**30)).note == ""
    with pytest.raises(ImageError, match="pixels, which need"):  # as large as asked for it can't be read
        images.read(path, max_side=SIDE, memory=with_room_for(4 * 2**20))


def test_no_line_of_a_library_stands_before_the_refusal(tmp_path, capfd):
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    saved(tmp_path / "lzw.tif", Image.fromarray(noise), compression="tiff_lzw")
    data = bytearray((tmp_path / "lzw.tif").read_bytes())
    data[300:340] = bytes(40)
    (tmp_path / "lzw.tif").write_bytes(data)
    (tmp_path / "half.png").write_bytes(png(smooth(), rows=9))
    tifffile.imwrite(tmp_path / "old.tif", smooth(), photometric="ycbcr")
    (tmp_path / "old.tif").write_bytes((tmp_path / "old.tif").read_bytes()[:-99])
    capfd.readouterr()
    for name in ("lzw.tif", "half.png", "old.tif"):
        with pytest.raises(ImageError, match="is damaged or cut short"):
            images.read(tmp_path / name)
    assert capfd.readouterr() == ("", "")


def test_standard_error_is_given_back(tmp_path, capfd):
    (tmp_path / "a.png").write_bytes(png(smooth()))
    images.read(tmp_path / "a.png")
    with pytest.raises(ImageError):
        images.read(__file__)
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def test_a_file_is_read_by_its_content_whatever_its_name(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(smooth()).save(buffer, "TIFF")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert np.array_equal(np.rint(images.read(tmp_path / "a.jpg").pixels * 255), smooth())


def test_each_suffix_stands_for_one_format():
    named = [suffix for format_ in formats.FORMATS for suffix in format_.suffixes]
    assert len(named) == len(set(named))
    assert {".dib", ".heif", ".jpeg", ".tiff"} < set(formats.SUFFIXES_READ)
    for suffix in formats.SUFFIXES_WRITTEN:
        assert formats.of_suffix(suffix.upper()) is formats.of_suffix(suffix)
    assert formats.of_suffix(".gif") is None


@pytest.mark.parametrize("suffix", formats.SUFFIXES_WRITTEN)
def test_what_is_written_under_a_suffix_is_known_as_that_format(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    images.write(path, smooth() / np.float32(255))
    assert formats.of_content(path.read_bytes()[:256]) is formats.of_suffix(suffix)


MEASURED = """
import re, sys
from pathlib import Path
from deepdream import images
from deepdream.images import decode

def taken(what):
    return int(re.search(what + r":\\s*([0-9]+)", Path("/proc/self/status").read_text())[1]) * 1024

images.read(sys.argv[1])  # the libraries are loaded
with decode.opened(Path(sys.argv[2])) as file:
    pixels = file.size[0] * file.size[1]
    estimate = (file.bytes_per_pixel + file.bytes_per_stored_pixel) * pixels
Path("/proc/self/clear_refs").write_text("5")
before = taken("VmRSS")
images.read(sys.argv[2], max_side=100)
print(estimate, taken("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems say it elsewhere")
@pytest.mark.parametrize(
    "kind", ["float.tif", "double.tif", "planes.tif", "deep.png", "a.png", "a.jpg", "a.webp", "a.bmp"]
)
def test_reading_takes_no_more_memory_than_it_says(tmp_path, kind):
    for folder, times in (("small", 1), ("large", 40)):
        numbers = np.kron(smooth(), np.ones((times, times, 1), np.uint8))
        path = tmp_path / folder / kind
        path.parent.mkdir()
        if kind == "deep.png":
            path.write_bytes(png(numbers.astype(np.uint16) * 257, 16))
        elif kind == "planes.tif":
            tifffile.imwrite(path, np.moveaxis(numbers, -1, 0).copy(), photometric="rgb", planarconfig="separate")
        elif kind.endswith(".tif"):
            floats = (numbers / 255).astype(np.float32 if kind == "float.tif" else np.float64)
            tifffile.imwrite(path, floats, photometric="rgb", rowsperstrip=len(floats))
        else:
            saved(path, Image.fromarray(numbers))
    call = [sys.executable, "-c", MEASURED, tmp_path / "small" / kind, tmp_path / "large" / kind]
    estimate, taken = map(float, subprocess.run(call, capture_output=True, text=True, check=True).stdout.split())
    assert taken < estimate + 12 * 2**20  # strips, and what the allocator keeps
