"""Uploads are counted while they arrive, known by their content, and bounded by their header."""

import io
import socket
import struct
import zlib

import numpy as np
import psutil
import pytest
from PIL import Image


def png_of(width, height):
    """A PNG whose header claims a size that its pixels do not have."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def gif_of(width, height):
    return (
        b"GIF89a"
        + struct.pack("<HH", width, height)
        + b"\x80\0\0\0\0\0\xff\xff\xff"
        + b","
        + struct.pack("<HHHHB", 0, 0, width, height, 0)
        + b"\x02\x02\x44\x01\0;"
    )


def tiff_of(width, height):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "TIFF")
    content = bytearray(file.getvalue())
    at = struct.unpack("<I", content[4:8])[0]
    for entry in range(struct.unpack("<H", content[at : at + 2])[0]):
        place = at + 2 + 12 * entry
        tag = struct.unpack("<H", content[place : place + 2])[0]
        if tag in (256, 257):
            content[place + 2 : place + 12] = struct.pack("<HII", 4, 1, width if tag == 256 else height)
    return bytes(content)


def test_a_picture_comes_back_as_it_is_shown(person, photo):
    found = person.upload(photo)
    assert (found["width"], found["height"]) == (900, 600)
    assert found["recipe"] == {}
    status, headers, body = person.send("GET", f"/api/pictures/{found['id']}")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(body)).size == (900, 600)


def test_a_photo_that_lies_on_its_side_is_shown_upright(person):
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40), "red").save(file, "JPEG", exif=exif)
    found = person.upload(file.getvalue())
    assert (found["width"], found["height"]) == (40, 60)


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html></html>", b"hello", b"", b"\0" * 99]
)
def test_what_is_no_picture_is_refused(person, content):
    status, message = person.refused("POST", "/api/pictures", body=content)
    assert (status, message) == (400, "That file is not a picture.")


@pytest.mark.parametrize(
    "bomb", [png_of(30000, 30000), gif_of(30000, 30000), tiff_of(30000, 30000)], ids=["png", "gif", "tiff"]
)
def test_a_header_bomb_is_refused_before_it_is_decoded(person, bomb):
    processes = [one := psutil.Process(person.studio.process.pid), *one.children()]
    before = [process.memory_info().rss for process in processes]
    status, message = person.refused("POST", "/api/pictures", body=bomb)
    after = [process.memory_info().rss for process in processes]
    assert status == 400
    assert message == "The picture has 30000x30000, 900 megapixels; this studio takes 50 (--limit-megapixels)."
    assert all(now - then < 50e6 for then, now in zip(before, after, strict=True))


@pytest.mark.parametrize("kind", ["pictures", "films"])
def test_an_announced_size_over_the_limit_is_not_read_at_all(person, kind):
    message = "The file has 60.0 MB or more; this studio takes 50 (--limit-megabytes)."
    assert person.announced(f"/api/{kind}", 60_000_002) == (413, message)


def test_an_upload_of_unknown_length_stops_being_read_at_the_limit(person):
    """Chunks without an end: the studio hangs up soon after its limit."""
    with socket.create_connection(("127.0.0.1", person.studio.port), timeout=60) as connection:
        names = f"Host: 127.0.0.1:{person.studio.port}\r\nOrigin: {person.studio.address}\r\n"
        head = f"POST /api/pictures HTTP/1.1\r\n{names}Transfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        part, sent = b"100000\r\n" + b"\0" * 2**20 + b"\r\n", 0
        try:
            while sent < 200:
                connection.sendall(part)
                sent += 1
        except OSError:
            pass
    assert sent < 100
    assert not list((person.studio.folder / "pictures").glob("*.part"))


def test_two_hundred_damaged_files_are_read_or_refused_in_a_sentence(person):
    rng = np.random.default_rng(0)
    pixels = Image.fromarray((rng.random((24, 31, 3)) * 255).astype(np.uint8))
    originals = []
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"):
        file = io.BytesIO()
        pixels.save(file, kind)
        originals.append(file.getvalue())
    for number in range(200):
        content = bytearray(originals[number % len(originals)])
        for at in rng.integers(0, len(content), 1 + number % 9):
            content[at] = rng.integers(256)
        if number % 5 == 0:
            del content[rng.integers(1, len(content)) :]
        status, _, reply = person.send("POST", "/api/pictures", bytes(content))
        assert status in (201, 400), (number, reply)
        assert b"Traceback" not in reply
        assert str(person.studio.folder).encode() not in reply


def test_nobody_sees_another_s_picture(person, photo, studio):
    mine = person.upload(photo)["id"]
    other = type(person)(studio)
    assert other.refused("GET", f"/api/pictures/{mine}") == (404, "There is no such picture.")
    assert other.refused("POST", "/api/jobs", {"picture": mine}) == (404, "There is no such picture.")
