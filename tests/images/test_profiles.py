"""Embedded profiles become sRGB, as worked out by hand; profiles that can't be used are reported, never fatal."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from deepdream import images
from deepdream.images import icc
from tests.images import profiles

HEIGHT, WIDTH = 37, 53


@pytest.fixture
def numbers():
    return np.random.default_rng(3).integers(0, 65536, (HEIGHT, WIDTH, 3), dtype=np.uint16)


def embed(path, numbers, profile):
    """A PNG of 8 or 16 bits with a profile."""
    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "PNG", icc_profile=profile)
    chunk = buffer.getvalue()
    at = chunk.index(b"iCCP") - 4
    length = int.from_bytes(chunk[at : at + 4], "big")
    coded = imagecodecs.png_encode(numbers)
    path.write_bytes(coded[:33] + chunk[at : at + 12 + length] + coded[33:])
    return path


def test_adobe_rgb_in_8_bits(tmp_path, numbers):
    eight = (numbers >> 8).astype(np.uint8)
    for suffix in (".png", ".tif", ".webp"):
        options = {"lossless": True} if suffix == ".webp" else {}
        Image.fromarray(eight).save(tmp_path / f"a{suffix}", icc_profile=profiles.adobe_rgb(), **options)
        picture = images.read(tmp_path / f"a{suffix}")
        assert np.abs(picture.pixels - profiles.adobe_to_srgb(eight / 255)).max() < 1 / 255
        assert np.abs(picture.pixels - eight / 255).max() > 20 / 255  # the profile does something
        assert picture.profile == icc.SRGB


def test_adobe_rgb_in_16_bits(tmp_path, numbers):
    picture = images.read(embed(tmp_path / "a.png", numbers, profiles.adobe_rgb()))
    assert picture.bits == 16
    error = np.abs(picture.pixels - profiles.adobe_to_srgb(numbers / 65535))
    # Profiles round their primaries to 1/65536; near black, sRGB's inverse matrix and steep curve make 40 times that.
    assert np.quantile(error, 0.95) < 1 / 4096
    assert error.max() < 8 / 4096
    assert error.mean() < 0.25 / 4096
    images.write(tmp_path / "b.tif", picture.pixels, like=picture)
    again = images.read(tmp_path / "b.tif")  # sRGB now: unchanged
    assert np.abs(again.pixels - picture.pixels).max() < 0.51 / 65535


def test_srgb_by_any_name_changes_no_bit(tmp_path, numbers):
    by_little_cms = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (icc.SRGB, by_little_cms):
        picture = images.read(embed(tmp_path / "a.png", numbers, profile))
        assert np.array_equal(np.rint(picture.pixels.astype("f8") * 65535), numbers)
        assert picture.profile == icc.SRGB


def test_the_profile_written_is_srgb():
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc.SRGB))
    assert ImageCms.getProfileDescription(profile).strip() == "sRGB"
    ramp = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    reference = ImageCms.createProfile("sRGB")
    moved = ImageCms.profileToProfile(Image.fromarray(ramp), profile, reference)
    assert np.abs(np.asarray(moved).astype(int) - ramp).max() <= 1


def test_grey_with_a_grey_profile(tmp_path):
    grey = np.arange(0, 256, dtype=np.uint8)[:-1].reshape(5, 51)
    Image.fromarray(grey).save(tmp_path / "a.png", icc_profile=profiles.grey(1.0))
    picture = images.read(tmp_path / "a.png")
    truth = profiles.encode(grey / 255)
    assert np.abs(picture.pixels - truth[..., None]).max() < 1 / 255


def test_grey_with_an_rgb_profile(tmp_path):
    grey = np.arange(0, 255, dtype=np.uint8).reshape(5, 51)
    Image.fromarray(grey).save(tmp_path / "a.png", icc_profile=profiles.adobe_rgb())
    picture = images.read(tmp_path / "a.png")
    assert picture.note == ""
    truth = profiles.adobe_to_srgb(np.repeat(grey[..., None], 3, 2) / 255)
    assert np.abs(picture.pixels - truth).max() < 1 / 255


def test_cmyk_with_a_profile(tmp_path):
    corners = np.zeros((2, 2, 2, 2, 3), np.uint8)  # black, bar these: Lab as 255 / 100 of L, and 128 plus a, b
    corners[..., 1:] = 128
    corners[0, 0, 0, 0, 0] = 255
    corners[0, 1, 0, 0] = (140, 158, 118)
    inks = np.zeros((5, 7, 4), np.uint8)
    inks[2:, :, 1] = 255
    Image.fromarray(inks, mode="CMYK").save(tmp_path / "a.tif", icc_profile=profiles.cmyk(corners))
    picture = images.read(tmp_path / "a.tif")
    assert np.abs(picture.pixels[0, 0] - 1).max() < 1 / 255
    assert np.abs(picture.pixels[3, 3] - profiles.lab_to_srgb(140 / 2.55, 30, -10)).max() < 2 / 255
    assert (picture.note, picture.profile) == ("", icc.SRGB)
    kept = images.read(tmp_path / "a.tif", profile="keep")
    assert np.array_equal(kept.pixels, picture.pixels)
    assert kept.note == "a.tif: CMYK has no RGB numbers to keep; it is converted to sRGB."


def test_cmyk_without_a_profile(tmp_path):
    inks = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    for name in ("a.tif", "a.jpg"):
        flat = np.broadcast_to(inks[:1, :1], inks.shape)
        Image.fromarray(flat.copy(), mode="CMYK").save(tmp_path / name, quality=100)
        picture = images.read(tmp_path / name)
        truth = (1 - flat[..., :3] / 255) * (1 - flat[..., 3:] / 255)
        assert np.abs(picture.pixels - truth).max() < 3 / 255
        assert picture.note == f"{name}: CMYK without a usable profile is converted approximately."


def test_keep_keeps_numbers_and_profile(tmp_path, numbers):
    picture = images.read(embed(tmp_path / "a.png", numbers, profiles.adobe_rgb()), profile="keep")
    assert np.array_equal(np.rint(picture.pixels.astype("f8") * 65535), numbers)
    assert picture.profile == profiles.adobe_rgb()
    for name in ("b.png", "b.jpg", "b.tif", "b.webp", "b.avif"):
        images.write(tmp_path / name, picture.pixels, like=picture)
        assert Image.open(tmp_path / name).info["icc_profile"] == profiles.adobe_rgb()
    Image.fromarray((numbers >> 8).astype(np.uint8)).save(tmp_path / "plain.png")
    assert images.read(tmp_path / "plain.png", profile="keep").profile is None
    assert images.read(tmp_path / "plain.png").profile == icc.SRGB


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (b"garbage", "it does not describe RGB numbers"),
        (profiles.grey(2.2), "it does not describe RGB numbers"),
        (profiles.adobe_rgb()[:200], "it is damaged"),
        (profiles.adobe_rgb()[:132] + b"\xff" * 400, "it is damaged"),
    ],
)
def test_a_broken_profile_is_reported_and_taken_as_srgb(tmp_path, numbers, profile, reason):
    picture = images.read(embed(tmp_path / "a.png", numbers, profile))
    assert np.array_equal(np.rint(picture.pixels.astype("f8") * 65535), numbers)
    assert picture.profile == icc.SRGB
    assert picture.note == f"a.png: its colour profile can't be used: {reason}; the colours are taken as sRGB."
