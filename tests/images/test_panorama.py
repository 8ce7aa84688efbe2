"""Photo spheres stay photo spheres: their properties survive every file format and are scaled to the new size."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from deepdream import images
from deepdream.images import metadata, panorama
from tests.support import random_picture

HEIGHT, WIDTH = 37, 79
# A camera's own words: part of a sphere of 100 x 50 pixels; numbers as attributes, one of them not whole.
PROPERTIES = {
    "ProjectionType": "equirectangular",
    "UsePanoramaViewer": "True",
    "PoseHeadingDegrees": "350.5",
    "CaptureSoftware": 'Sphere & <Sons>"',
    "FullPanoWidthPixels": "100",
    "FullPanoHeightPixels": "50",
    "CroppedAreaImageWidthPixels": "79",
    "CroppedAreaImageHeightPixels": "37.0",
    "CroppedAreaLeftPixels": "10",
    "CroppedAreaTopPixels": "6",
}
GIMBAL = '<c:Pitch xmlns:c="urn:camera">7</c:Pitch>'


def packet(properties, attributes=False):
    """XMP as another tool writes it, with another property beside."""
    inner, own = GIMBAL, ElementTree.Element(f"{{{metadata.NAMESPACE}}}none")
    for name, text in properties.items():
        if attributes:
            own.set(f"{{{panorama.NAMESPACE}}}{name}", text)
        else:
            ElementTree.SubElement(own, f"{{{panorama.NAMESPACE}}}{name}").text = text
    inner += ElementTree.tostring(own).decode()
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF '
        f'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description>{inner}</r:Description></r:RDF>'
        '</x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def written_by_another(path, xmp, **more):
    """A real file with an XMP packet, by Pillow."""
    image = Image.fromarray((random_picture(HEIGHT, WIDTH) * 255).astype(np.uint8))
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        more["pnginfo"] = info
    elif path.suffix == ".tif":
        more["tiffinfo"] = {700: xmp}
    else:
        more["xmp"] = xmp
    image.save(path, **more)
    return path


def properties_of(path):
    """The panorama's properties in a file, found and named as viewers expect."""
    with Image.open(path) as image:
        image.load()
        root = ElementTree.fromstring(image.info["xmp"])
    rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
    (description,) = root.findall(f"{rdf}RDF/{rdf}Description")
    prefix = "{http://ns.google.com/photos/1.0/panorama/}"
    return {item.tag.removeprefix(prefix): item.text for item in description if item.tag.startswith(prefix)}


@pytest.mark.parametrize("suffix", images.SUFFIXES_WRITTEN)
@pytest.mark.parametrize("recipe", [None, {"settings": {"layers": "block4"}}])
def test_every_format_carries_the_properties_beside_the_recipe(tmp_path, suffix, recipe):
    source = images.read(written_by_another(tmp_path / "source.jpg", packet(PROPERTIES)))
    assert source.note == ""
    path = tmp_path / f"out{suffix}"
    images.write(path, source.pixels, like=source, recipe=recipe)
    assert properties_of(path) == PROPERTIES | {"CroppedAreaImageHeightPixels": "37"}
    assert images.read(path).panorama == properties_of(path)
    assert b"GPano:FullPanoWidthPixels" in path.read_bytes()  # some viewers look for this very text
    if recipe:
        assert images.read_recipe(path) == recipe


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.avif"])
@pytest.mark.parametrize("attributes", [False, True])
def test_they_are_read_from_every_format_as_elements_and_as_attributes(tmp_path, name, attributes):
    path = written_by_another(tmp_path / name, packet(PROPERTIES, attributes))
    assert images.read(path).panorama == PROPERTIES


def test_sixteen_bit_files_carry_them_too(tmp_path):
    source = images.read(written_by_another(tmp_path / "a.png", packet(PROPERTIES)))
    for name in ("b.png", "b.tif"):
        images.write(tmp_path / name, source.pixels, like=source, bits=16)
        again = images.read(tmp_path / name)
        assert again.bits == 16
        assert again.panorama["FullPanoWidthPixels"] == "100"


def test_a_resized_panorama_has_its_sphere_resized(tmp_path):
    source = images.read(written_by_another(tmp_path / "a.jpg", packet(PROPERTIES)), size=(74, 237))
    grown = np.repeat(source.pixels, 2, axis=0)
    images.write(tmp_path / "b.jpg", grown, like=source)
    properties = properties_of(tmp_path / "b.jpg")
    assert (properties["CroppedAreaImageHeightPixels"], properties["CroppedAreaImageWidthPixels"]) == ("148", "237")
    assert (properties["FullPanoHeightPixels"], properties["FullPanoWidthPixels"]) == ("200", "300")
    assert (properties["CroppedAreaTopPixels"], properties["CroppedAreaLeftPixels"]) == ("24", "30")
    assert properties["PoseHeadingDegrees"] == "350.5"


def test_a_whole_sphere_stays_whole_at_any_size():
    whole = {"FullPanoWidthPixels": "8000", "FullPanoHeightPixels": "4000"}
    for size in ((1, 1), (333, 667), (4001, 8003)):
        properties = panorama.scaled(whole, size)
        for name, side in (("Height", size[0]), ("Width", size[1])):
            assert properties[f"FullPano{name}Pixels"] == properties[f"CroppedAreaImage{name}Pixels"] == str(side)
        assert properties["CroppedAreaLeftPixels"] == properties["CroppedAreaTopPixels"] == "0"


def test_a_picture_declared_a_panorama_gets_the_properties_that_viewers_need(tmp_path):
    pixels = random_picture(20, 40)
    images.write(
        tmp_path / "a.jpg", pixels, like=images.Picture(pixels, panorama={"ProjectionType": "equirectangular"})
    )
    assert properties_of(tmp_path / "a.jpg") == {
        "ProjectionType": "equirectangular",
        "CroppedAreaImageHeightPixels": "20",
        "CroppedAreaImageWidthPixels": "40",
        "FullPanoHeightPixels": "20",
        "FullPanoWidthPixels": "40",
        "CroppedAreaTopPixels": "0",
        "CroppedAreaLeftPixels": "0",
    }


def test_the_part_without_gaps_is_scaled_with_the_picture():
    inside = {"LargestValidInteriorRectLeft": "10", "LargestValidInteriorRectWidth": "60"}
    properties = panorama.scaled(PROPERTIES | inside, (37, 158))
    assert (properties["LargestValidInteriorRectLeft"], properties["LargestValidInteriorRectWidth"]) == ("20", "120")
    assert "LargestValidInteriorRectTop" not in properties


@pytest.mark.parametrize("nonsense", ["", "many", "nan", "-5", "1e300", "0"])
def test_invalid_numbers_are_ignored(nonsense):
    properties = panorama.scaled(dict.fromkeys(PROPERTIES, nonsense), (37, 79))
    assert properties["FullPanoWidthPixels"] == properties["CroppedAreaImageWidthPixels"] == "79"
    assert properties["CroppedAreaLeftPixels"] == "0"
    crooked = PROPERTIES | {"CroppedAreaLeftPixels": "90"}  # beyond the sphere's edge
    assert panorama.scaled(crooked, (37, 79))["CroppedAreaLeftPixels"] == "21"


def test_other_pictures_get_no_properties(tmp_path):
    path = written_by_another(tmp_path / "a.jpg", packet({}))
    source = images.read(path)
    assert source.panorama == {}
    images.write(tmp_path / "b.jpg", source.pixels, like=source, recipe={"a": 1})
    assert b"GPano" not in (tmp_path / "b.jpg").read_bytes()
    images.write(tmp_path / "c.jpg", source.pixels, like=source)
    assert b"adobe" not in (tmp_path / "c.jpg").read_bytes()


def test_nothing_else_in_the_packet_is_copied(tmp_path):
    source = images.read(written_by_another(tmp_path / "a.jpg", packet(PROPERTIES)))
    images.write(tmp_path / "b.jpg", source.pixels, like=source)
    assert b"Pitch" not in (tmp_path / "b.jpg").read_bytes()


def test_a_panorama_that_must_be_rotated_loses_them_with_a_note(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.fromarray((random_picture(HEIGHT, WIDTH) * 255).astype(np.uint8)).save(
        buffer, "JPEG", exif=exif, xmp=packet(PROPERTIES)
    )
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    source = images.read(tmp_path / "a.jpg")
    assert source.panorama == {}
    assert source.note == "a.jpg: its panorama's properties describe it unturned and are not carried on."


@pytest.mark.parametrize("broken", [b"", b"<x", b"\xff\xfe", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"])
def test_a_broken_packet_is_no_panorama(tmp_path, broken):
    assert images.read(written_by_another(tmp_path / "a.jpg", broken)).panorama == {}
