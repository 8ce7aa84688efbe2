"""Text subtitles in a container that holds another codec of them: the same words and times, judged by ffmpeg."""

import shutil
import subprocess

import pytest

from deepdream.film.subtitles import Subtitles, readable
from tests.film import made
from tests.film.test_video import copy

av = pytest.importorskip("av")
pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the command ffmpeg")

SHOWN = (
    "1\n00:00:00,050 --> 00:00:00,150\nJack & Jill < <i>a {hill}</i>\n\n"
    "2\n00:00:00,180 --> 00:00:00,230\nfetch\na pail\n\n"
)
CODECS = {".mp4": "mov_text", ".mov": "mov_text", ".mkv": "srt", ".webm": "webvtt"}
HELD = {"srt": ".mkv", "ass": ".mkv", "webvtt": ".mkv .webm", "mov_text": ".mp4 .mov"}
"""Where each codec is copied bit for bit."""


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A quarter of a second of film by the codec of its subtitles, in German."""
    folder = tmp_path_factory.mktemp("films")
    made.video(folder / "plain.mp4", 6)
    (folder / "in.srt").write_text(SHOWN)
    escaped = SHOWN.replace("&", "&amp;").replace("< <", "&lt; <").replace(",", ".")
    (folder / "in.vtt").write_text(f"WEBVTT\n\n{escaped}")
    for codec in HELD:
        text, name = "in.vtt" if codec == "webvtt" else "in.srt", "mov_text.mp4" if codec == "mov_text" else None
        inputs = ("-i", "plain.mp4", "-i", text, "-map", 0, "-map", 1, "-metadata:s:s", "language=ger")
        kept = ("-c:v", "mpeg4", "-c:s", "copy" if codec == "webvtt" else codec)
        made.ffmpeg(*inputs, *kept, name or f"{codec}.mkv", folder=folder)
    return folder


def shown(path):
    """What ffmpeg shows of a film's subtitles, as SubRip."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:s:0", "-f", "srt", "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("codec", HELD)
@pytest.mark.parametrize("suffix", CODECS)
def test_subtitles_are_copied_where_they_can_be_and_else_written_anew_with_the_same_words_and_times(
    films, codec, suffix
):
    source, output = films / ("mov_text.mp4" if codec == "mov_text" else f"{codec}.mkv"), films / f"{codec}-out{suffix}"
    notes = copy(source, output)
    before, after = made.packets(source, "subtitle"), made.packets(output, "subtitle")
    if suffix in HELD[codec].split():
        assert (notes, after) == ([], before)
        return
    name = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}[suffix]
    own = "ssa" if codec == "ass" else codec
    lost = "; its fonts and positions are lost" if codec == "ass" else ""
    assert notes == [
        f"Track 1 (subtitles, {own}, ger) does not go into {name}; it is written as {CODECS[suffix]}{lost}."
    ]
    with av.open(str(output)) as container:
        (stream,) = container.streams.subtitles
        assert (stream.codec_context.name, stream.language) == (CODECS[suffix], "ger")
    words = {time: data for time, data in after if data != b"\0\0"}
    assert [round(time, 3) for time in words] == [round(time, 3) for time, data in before if data != b"\0\0"]
    if suffix == ".webm":
        assert list(words.values()) == [b"Jack &amp; Jill &lt; <i>a {hill}</i>", b"fetch\na pail"]
    else:
        assert shown(output) == shown(films / "srt.mkv")


@pytest.mark.parametrize(("suffix", "end"), [(".mp4", "120"), (".webm", "200")])
def test_of_two_subtitles_at_once_mp4_shows_the_later_one_in_time(films, suffix, end):
    lines = "1\n00:00:00,040 --> 00:00:00,200\none\n\n2\n00:00:00,120 --> 00:00:00,240\ntwo\n"
    (films / "two.srt").write_text(lines)
    made.ffmpeg("-i", "plain.mp4", "-i", "two.srt", "-map", 0, "-map", 1, "-c:v", "copy", "two.mkv", folder=films)
    copy(films / "two.mkv", films / f"two{suffix}")
    assert shown(films / f"two{suffix}") == lines.replace("0,200", f"0,{end}") + "\n"


def test_subtitles_that_can_not_be_decoded_are_left_out_and_counted(films):
    with av.open(str(films / "mov_text.mp4")) as source, av.open(str(films / "new.mkv"), "w") as out:
        one = Subtitles(source.streams.subtitles[0], out.add_stream("srt"))
        assert readable(source.streams.subtitles[0])
        assert not readable(source.streams.video[0])
        assert one.notes == []
        assert list(one.packets(av.Packet(b"1"))) == []
        assert one.notes == ["Track 1 (subtitles) has 1 packet that can't be decoded."]
