"""Videos in and out: times, upright pixels, colours, and everything beside the pictures, copied bit for bit."""

import json
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from deepdream import images
from deepdream.errors import ImageError
from deepdream.film import outputs, sources, yuv
from tests.film import made

av = pytest.importorskip("av")
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the command ffmpeg")
VARIABLE = [0, 1001, 4004, 5005, 9009, 10010]


def copy(path, output, *, codec=None, crf=None, **how):
    """The film written again frame by frame, undreamt; and the notes."""
    source = sources.opened(path, **how)
    wanted = outputs.check(output, codec, crf)
    frames = list(source.frames())
    notes = outputs.write(
        wanted,
        lambda number: frames[number].pixels,
        [frame.pts for frame in frames],
        [frame.duration or 0 for frame in frames],
        source=source,
        record={"kind": "film"},
    )
    return source.notes + notes


def judged(path, *words):
    """What ffprobe finds in a file."""
    command = ["ffprobe", "-v", "error", "-of", "json", *words, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_times_of_a_variable_rate_are_kept_to_the_tick(tmp_path, suffix):
    film = made.video(tmp_path / "in.mp4", times=VARIABLE)
    assert copy(film, tmp_path / f"out.{suffix}") == []
    found = made.times(tmp_path / f"out.{suffix}")
    exact = [Fraction(time, 30000) for time in VARIABLE]
    assert found == (exact if suffix != "mkv" else [Fraction(round(time * 1000), 1000) for time in exact])


def test_the_last_frame_is_shown_as_long_as_before(tmp_path):
    film = made.video(tmp_path / "in.mp4", 5, rate=Fraction(30000, 1001))
    copy(film, tmp_path / "out.mp4")
    for path in (film, tmp_path / "out.mp4"):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert (stream.duration * stream.time_base, stream.average_rate) == (
                5 * Fraction(1001, 30000),
                Fraction(30000, 1001),
            )


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_a_film_of_a_variable_rate_lasts_as_long_as_its_frames(tmp_path, codec):
    """Its frames are shown at `VARIABLE`, the last one for 2002 ticks; ISO/IEC 14496-12 has that in the header."""
    source = sources.opened(made.video(tmp_path / "in.mp4", times=VARIABLE))
    pictures = [frame.pixels for frame in source.frames()]
    for suffix in ("mp4", "mkv"):
        wanted = outputs.check(tmp_path / f"out.{suffix}", codec, None)
        outputs.write(wanted, pictures.__getitem__, VARIABLE, [0] * 5 + [2002], source=source, record={"kind": "film"})
    header = (tmp_path / "out.mp4").read_bytes().partition(b"mvhd")[2]
    rate, length = (int.from_bytes(header[at : at + 4]) for at in (12, 16))
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert [length / rate, container.duration / 1_000_000] == pytest.approx([12012 / 30000] * 2, abs=0.001)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_every_track_of_sound_is_copied_bit_for_bit(tmp_path, suffix):
    film = made.video(tmp_path / "in.mp4", sound=2)
    copy(film, tmp_path / f"out.{suffix}")
    for track in (0, 1):
        before, after = (made.packets(path, "audio", track) for path in (film, tmp_path / f"out.{suffix}"))
        assert [data for _, data in after] == [data for _, data in before]
        np.testing.assert_allclose([time for time, _ in after], [time for time, _ in before], atol=0.024)


@needs_ffmpeg
def test_subtitles_chapters_attachments_cover_and_tags_are_kept(tmp_path):
    made.video(tmp_path / "a.mp4", sound=1)
    (tmp_path / "s.srt").write_text("1\n00:00:00,050 --> 00:00:00,150\nhello\n")
    (tmp_path / "f.ttf").write_bytes(b"a font")
    (tmp_path / "c.txt").write_text(
        ";FFMETADATA1\ntitle=A film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=100\ntitle=one\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=100\nEND=240\ntitle=two\n"
    )
    inputs = ("-i", "a.mp4", "-i", "s.srt", "-i", "c.txt", "-map", 0, "-map", 1, "-map_metadata", 2, "-c", "copy")
    attached = ("-attach", "f.ttf", "-metadata:s:t", "mimetype=font/ttf", "-metadata:s:a", "language=ger")
    made.ffmpeg(*inputs, *attached, "in.mkv", folder=tmp_path)
    assert copy(tmp_path / "in.mkv", tmp_path / "out.mkv") == []
    assert made.packets(tmp_path / "out.mkv", "subtitle") == made.packets(tmp_path / "in.mkv", "subtitle")
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["one", "two"]
        assert container.metadata["title"] == "A film"
        assert container.streams.audio[0].language == "ger"
        assert [bytes(s.data) for s in container.streams if s.type == "attachment"] == [b"a font"]
    before, after = (judged(tmp_path / name, "-show_streams", "-show_chapters") for name in ("in.mkv", "out.mkv"))
    kinds = [[stream.get("codec_name") for stream in found["streams"]] for found in (before, after)]
    assert kinds[0] == kinds[1]
    assert kinds[0][:3] == ["h264", "aac", "subrip"]
    assert after["chapters"] == before["chapters"]
    assert copy(tmp_path / "in.mkv", tmp_path / "out.mp4") == [
        "Track 2 (subtitles, srt) does not go into mp4; it is written as mov_text.",
        "Track 3 (attachment) does not go into mp4; it is left out.",
    ]


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_sound_that_begins_later_or_earlier_than_the_film_still_does(tmp_path, suffix):
    """Opus has an edit list or a delay before its start; the second track is a third of a second late."""
    made.video(tmp_path / "a.mp4", 20, sound=1)
    late = ("-itsoffset", 0.333, "-i", "a.mp4", "-map", "0:v", "-map", "0:a", "-map", "1:a", "-c:v", "copy")
    sound = ("-c:a:0", "libopus", "-c:a:1", "flac", "-strict", "-2")
    made.ffmpeg("-i", "a.mp4", *late, *sound, f"in.{suffix}", folder=tmp_path)
    assert copy(tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}") == []
    starts = []
    for name in ("in", "out"):
        found = judged(tmp_path / f"{name}.{suffix}", "-show_streams", "-show_packets", "-select_streams", "a")
        first = [next(packet for packet in found["packets"] if packet["stream_index"] == n) for n in (1, 2)]
        starts.append([float(packet["pts_time"]) for packet in first])
        starts[-1] += [float(stream["start_time"]) for stream in found["streams"]]
    assert starts[1] == pytest.approx(starts[0], abs=0.001)
    assert starts[0][1] - starts[0][0] == pytest.approx(0.333, abs=0.03)
    for track in (0, 1):
        before, after = (made.packets(tmp_path / f"{name}.{suffix}", "audio", track) for name in ("in", "out"))
        assert [data for _, data in after] == [data for _, data in before]


@needs_ffmpeg
def test_a_fragmented_film_is_read_and_its_time_code_is_left_out_with_a_note(tmp_path):
    made.video(tmp_path / "a.mp4", 10, sound=1)
    fragments = ("-c", "copy", "-movflags", "frag_keyframe+empty_moov")
    made.ffmpeg("-i", "a.mp4", *fragments, "pieces.mp4", folder=tmp_path)
    made.ffmpeg("-i", "a.mp4", "-c", "copy", "-timecode", "01:00:00:00", "coded.mov", folder=tmp_path)
    assert copy(tmp_path / "pieces.mp4", tmp_path / "one.mp4") == []
    (note,) = copy(tmp_path / "coded.mov", tmp_path / "other.mp4")
    assert re.fullmatch(r"Track 2 \(data, .*\) does not go into mp4; it is left out\.", note)
    for before, after in (("pieces.mp4", "one.mp4"), ("coded.mov", "other.mp4")):
        assert made.times(tmp_path / after) == made.times(tmp_path / before)
        assert made.packets(tmp_path / after, "audio") == made.packets(tmp_path / before, "audio")


@needs_ffmpeg
def test_a_stream_without_times_is_counted_at_its_own_rate(tmp_path):
    made.video(tmp_path / "a.mp4", 10, rate=Fraction(30000, 1001))
    made.ffmpeg("-i", "a.mp4", "-c", "copy", "raw.h264", folder=tmp_path)
    (note,) = copy(tmp_path / "raw.h264", tmp_path / "out.mp4")
    assert note == "raw.h264 has no times, or times that run backwards; frames are counted instead."
    assert made.times(tmp_path / "out.mp4") == [Fraction(1001 * number, 30000) for number in range(10)]


def covered(folder: Path, *, art: int) -> None:
    """Writes in.mp4, a film whose stream of this number is the cover art.png."""
    made.video(folder / "a.mp4")
    made.ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32", "-frames:v", 1, "art.png", folder=folder)
    inputs = ["-i", "a.mp4"]
    inputs[2 * art : 2 * art] = ["-i", "art.png"]
    maps = ("-map", 0, "-map", 1, "-c", "copy", f"-disposition:v:{art}", "attached_pic")
    made.ffmpeg(*inputs, *maps, "in.mp4", folder=folder)


@needs_ffmpeg
def test_cover_art_is_not_taken_for_the_film_and_is_kept(tmp_path):
    covered(tmp_path, art=0)
    assert sources.opened(tmp_path / "in.mp4").size == (48, 72)
    copy(tmp_path / "in.mp4", tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        (art,) = (s for s in container.streams.video if s.disposition & av.stream.Disposition.attached_pic)
        (packet,) = (packet for packet in container.demux(art) if packet.size)
        assert bytes(packet) == (tmp_path / "art.png").read_bytes()


@needs_ffmpeg
def test_cover_art_goes_into_matroska_and_back_and_is_named_where_it_goes_nowhere(tmp_path):
    covered(tmp_path, art=1)
    for before, after in (("in.mp4", "one.mkv"), ("one.mkv", "two.mkv"), ("two.mkv", "three.mp4")):
        assert copy(tmp_path / before, tmp_path / after) == []
        with av.open(str(tmp_path / after)) as container:
            (art,) = (bytes(packet) for packet in container.demux(container.streams.video[1]) if packet.size)
        assert art == (tmp_path / "art.png").read_bytes()
    with av.open(str(tmp_path / "two.mkv")) as container:
        facts = container.streams[1].metadata
        assert (facts["filename"], facts["mimetype"]) == ("cover.png", "image/png")
    assert copy(tmp_path / "in.mp4", tmp_path / "out.mov") == [
        "Track 1 (cover art, png) does not go into mov; it is left out."
    ]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_frames_are_upright_by_the_display_matrix(tmp_path, quarters, mirrored):
    film = made.video(tmp_path / "in.mp4", 2)
    (plain, *_) = sources.opened(film).frames()
    across, down = [((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0))][quarters]
    made.turn(film, (*(-value if mirrored else value for value in across), *down))
    source = sources.opened(film)
    (frame, *_) = source.frames()
    expected = plain.pixels[:, ::-1] if mirrored else plain.pixels
    expected = np.rot90(expected, -quarters)
    assert source.size == expected.shape[:2]
    np.testing.assert_array_equal(frame.pixels, expected)
    if shutil.which("ffmpeg"):  # which turns frames by itself
        made.ffmpeg("-i", "in.mp4", "-frames:v", 1, "turned.png", folder=tmp_path)
        turned = images.read(tmp_path / "turned.png").pixels
        assert turned.shape == expected.shape
        assert np.abs(turned - expected).mean() < 0.01


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv422p10le", "yuv444p10le"])
@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("span", [1, 2])
def test_colours_go_through_yuv_and_back_without_a_bias(pixels, matrix, span):
    rng = np.random.default_rng(0)
    rgb = np.kron(rng.random((6, 9, 3)), np.ones((8, 8, 1))).astype(np.float32)
    colours = yuv.Colours(1, 1, matrix, span)
    frame = yuv.to_frame(rgb, pixels, colours)
    found = yuv.to_rgb(frame, yuv.colours_of(frame))
    assert abs(float((found - rgb).mean())) * 255 < 0.1
    if "444" in pixels:
        assert np.abs(found - rgb).max() * 255 < (3 if "10" not in pixels else 1)


def test_an_8_bit_white_and_black_are_what_the_standard_says():
    colours = yuv.Colours(1, 1, 1, 1)
    for level, luma in ((0.0, 16), (1.0, 235)):
        frame = yuv.to_frame(np.full((4, 4, 3), level, np.float32), "yuv420p", colours)
        assert set(frame.to_ndarray()[:4].ravel()) == {luma}
        assert set(frame.to_ndarray()[4:].ravel()) == {128}


def test_colour_tags_and_pixel_aspect_are_kept(tmp_path):
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 72, "yuv420p10le"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 2, 9, 9, 14
        context.sample_aspect_ratio = Fraction(16, 11)
        for picture in made.frames(3):
            frame = yuv.to_frame(picture.astype(np.float32) / 255, "yuv420p10le", yuv.Colours(9, 14, 9, 2))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    copy(path, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        tags = (frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc)
        assert (tags, frame.format.name, stream.sample_aspect_ratio) == (
            (2, 9, 9, 14),
            "yuv420p10le",
            Fraction(16, 11),
        )


@pytest.mark.parametrize(
    ("matrix", "name", "taken"),
    [(8, "YCgCo", "BT.601"), (10, "BT.2020 with constant luminance", "BT.2020"), (14, "ICtCp", "BT.601")],
)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
def test_a_matrix_that_is_not_supported_is_named_and_kept(tmp_path, matrix, name, taken, pixels):
    path = tmp_path / "in.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 72, pixels
        stream.codec_context.colorspace = matrix
        for picture in made.frames(3):
            frame = yuv.to_frame(picture.astype(np.float32) / 255, pixels, yuv.Colours(1, 1, matrix, 1))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    note = f"Its colour matrix, {name}, is not supported: {taken}'s is taken, and colours may be wrong."
    assert copy(path, tmp_path / "out.mkv") == [note]
    assert sources.opened(tmp_path / "out.mkv").colours.matrix == matrix
    (first, *_), found = sources.opened(path).frames(), next(iter(made.frames(1)))
    assert np.abs(first.pixels * 255 - found).mean() < 6


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "prores"])
def test_hlg_is_kept(tmp_path, codec):
    path = made.hdr(tmp_path / "in.mp4", transfer=18)
    output = tmp_path / ("out.mov" if codec == "prores" else "out.mkv")
    copy(path, output, codec=codec)
    kept = sources.opened(output)
    assert (kept.bits, kept.colours.high_range) == (10, True)
    assert (kept.colours.primaries, kept.colours.transfer, kept.colours.matrix) == (9, 18, 9)


def test_hdr10_is_kept_with_its_mastering_display(tmp_path):
    path = made.hdr(tmp_path / "in.mp4")
    source = sources.opened(path)
    assert (source.bits, source.colours.high_range) == (10, True)
    for codec in ("hevc", "av1"):
        copy(path, tmp_path / f"{codec}.mkv", codec=codec)
        kept = sources.opened(tmp_path / f"{codec}.mkv")
        assert kept.colours.transfer == 16
        assert (kept.extra["libx264"], kept.extra["libx265"]) == (source.extra["libx264"], source.extra["libx265"])
    assert outputs.check(tmp_path / "new.mp4", None, None, high_range=True).codec.encoder == "libx265"


@pytest.mark.parametrize(("name", "codec"), [("o.mp4", "h264"), ("o.mp4", "hevc"), ("o.mkv", "av1"), ("o.webm", "vp9")])
def test_odd_sides_are_padded_with_a_note_only_where_the_codec_needs_it(tmp_path, name, codec):
    film = made.video(tmp_path / "in.mkv", 2, size=(47, 71), codec="ffv1", pixels="yuv444p")
    notes = copy(film, tmp_path / name, codec=codec)
    even = codec in ("h264", "hevc")
    note = "Its sides are odd; a row or column was added, for 72x48: that codec needs even ones."
    assert notes == ([note] if even else [])
    assert sources.opened(tmp_path / name).size == ((48, 72) if even else (47, 71))


@pytest.mark.parametrize(
    ("name", "codec"), [("o.mov", "prores"), ("o.mkv", "ffv1"), ("o.mp4", "av1"), ("o.mp4", "vp9")]
)
def test_every_codec_shows_the_frames_again(tmp_path, name, codec):
    film = made.video(tmp_path / "in.mkv", 3, codec="ffv1", pixels="yuv444p")
    copy(film, tmp_path / name, codec=codec)
    before, after = (list(sources.opened(path).frames()) for path in (film, tmp_path / name))
    assert len(after) == 3
    for one, other in zip(before, after, strict=True):
        assert np.sqrt(np.square(one.pixels - other.pixels).mean()) * 255 < 12


@needs_ffmpeg
def test_a_transport_stream_begins_at_zero_and_its_sound_with_it(tmp_path):
    made.video(tmp_path / "a.mp4", 20, sound=1)
    made.ffmpeg("-i", "a.mp4", "-c", "copy", "-muxdelay", 0.7, "in.ts", folder=tmp_path)
    assert copy(tmp_path / "in.ts", tmp_path / "out.mp4") == []
    before, after = made.packets(tmp_path / "in.ts", "audio"), made.packets(tmp_path / "out.mp4", "audio")
    assert before[0][0] > 0.5
    assert abs(after[0][0]) < 0.05
    start = made.times(tmp_path / "in.ts")[0] - Fraction(before[0][0])
    assert abs(float(made.times(tmp_path / "out.mp4")[0] - Fraction(after[0][0]) - start)) < 0.001


@needs_ffmpeg
def test_interlaced_films_become_whole_frames_as_many_as_there_were(tmp_path):
    made.video(tmp_path / "a.mp4", 10)
    words = ("-i", "a.mp4", "-vf", "tinterlace=interleave_top,fieldorder=tff", "-flags", "+ildct+ilme", "in.mp4")
    made.ffmpeg(*words, folder=tmp_path)
    source = sources.opened(tmp_path / "in.mp4")
    assert source.notes == ["It is interlaced; whole frames are made of its fields by bwdif."]
    frames = list(source.frames())
    assert [frame.pts * source.time_base for frame in frames] == made.times(tmp_path / "in.mp4")


def test_a_film_that_ends_early_is_read_as_far_as_it_goes_with_a_note(tmp_path):
    film = made.video(tmp_path / "in.mkv", 60, codec="ffv1", pixels="yuv444p")
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    source = sources.opened(film)
    count = len(list(source.frames()))
    assert 10 < count < 50
    seconds = count / 25
    assert source.notes == [f"in.mkv ends early: {count} of about 60 frames, {seconds:.3g} seconds, are there."]


@needs_ffmpeg
def test_a_subtitle_after_the_end_makes_no_film_of_its_length(tmp_path):
    made.video(tmp_path / "a.mp4")
    (tmp_path / "s.srt").write_text("1\n00:00:50,000 --> 00:00:55,000\nlate\n")
    made.ffmpeg("-i", "a.mp4", "-i", "s.srt", "-map", 0, "-map", 1, "-c:v", "copy", "in.mkv", folder=tmp_path)
    source = sources.opened(tmp_path / "in.mkv")
    assert source.expected == len(list(source.frames())) == 6
    assert source.notes == []


CAPTIONS = bytes.fromhex("00000001 06 04 0e b500314741393403 41 ff fc8080 ff 80")
"""An SEI message of H.264 with one pair of CEA-608's bytes, as ATSC A/53 Part 4 writes it."""


@pytest.mark.parametrize("number", [0, 4])
def test_closed_captions_inside_frames_are_named(tmp_path, number):
    film = made.video(tmp_path / "in.h264", pictures=[np.full((48, 72, 3), level * 40, np.uint8) for level in range(6)])
    data = film.read_bytes()
    at = [hit.start() for hit in re.finditer(b"\0\0\1[\x65\x41\x01]", data)][number]
    film.write_bytes(data[:at] + CAPTIONS + data[at:])
    source = sources.opened(film)
    note = "Closed captions in its frames can't be kept."
    assert source.notes == [note] * (number == 0)
    assert len(list(source.frames())) == 6
    assert source.notes.count(note) == 1


@pytest.mark.parametrize(("codec", "pixels"), [("prores_ks", "yuva444p10le"), ("ffv1", "bgra")])
def test_transparency_is_named(tmp_path, codec, pixels):
    film = made.video(tmp_path / "in.mov" if codec == "prores_ks" else tmp_path / "in.mkv", codec=codec, pixels=pixels)
    assert sources.opened(film).notes == [
        "Its transparency can't be kept: its colours are shown as they are without it."
    ]


def test_damaged_frames_are_counted_and_the_one_before_stays_on(tmp_path):
    film = made.video(tmp_path / "in.mkv", 20)
    data = bytearray(film.read_bytes())
    _, packet = made.packets(film, "video")[7]
    hit = bytes(data).index(packet)
    data[hit + 4 : hit + len(packet)] = bytes(len(packet) - 4)
    film.write_bytes(data)
    source = sources.opened(film)
    frames = list(source.frames())
    assert len(frames) == 19
    assert source.notes == ["1 frame is damaged in in.mkv; the previous frame is repeated instead."]


def test_what_holds_nothing_is_refused_in_a_sentence(tmp_path):
    film = made.video(tmp_path / "in.mp4")
    film.write_bytes(film.read_bytes()[:600])
    with pytest.raises(ImageError, match=r"in\.mp4 can't be read as a film: "):
        sources.opened(film)
    (tmp_path / "text.mkv").write_text("no film")
    with pytest.raises(ImageError, match=r"text\.mkv can't be read as a film: "):
        sources.opened(tmp_path / "text.mkv")
    with pytest.raises(ImageError, match=r"^The film .*gone\.mp4 does not exist\.$"):
        sources.opened(tmp_path / "gone.mp4")


def test_a_part_of_a_film_begins_at_zero_with_its_sound(tmp_path):
    film = made.video(tmp_path / "in.mp4", 50, sound=1)
    copy(film, tmp_path / "out.mp4", start=0.4, end=1.2)
    assert made.times(tmp_path / "out.mp4") == [Fraction(number, 25) for number in range(20)]
    before = dict(reversed([(data, time) for time, data in made.packets(film, "audio")]))
    after = made.packets(tmp_path / "out.mp4", "audio")
    assert 30 < len(after) < 36
    for time, data in after[1:]:
        assert time == pytest.approx(before[data] - 0.4, abs=0.001) or data in (after[0][1],)


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["mkv", "mov"])
def test_subtitles_that_are_shown_where_a_part_begins_or_ends_are_cut_there(tmp_path, suffix):
    made.video(tmp_path / "a.mp4", 25)
    spans = ((100, 200), (200, 500), (500, 900), (900, 950))
    lines = [f"{at}\n00:00:00,{at} --> 00:00:00,{end}\nat {at}\n" for at, end in spans]
    (tmp_path / "s.srt").write_text("\n".join(lines))
    made.ffmpeg("-i", "a.mp4", "-i", "s.srt", "-map", 0, "-map", 1, "-c:v", "copy", "in.mkv", folder=tmp_path)
    copy(tmp_path / "in.mkv", tmp_path / f"out.{suffix}", start=0.4, end=0.8)
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / f"out.{suffix}"), "-map", "0:s", "-f", "srt", "-"]
    found = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    first, second = "1\n00:00:00,000 --> 00:00:00,100\nat 200\n\n", "2\n00:00:00,100 --> 00:00:00,400\nat 500\n\n"
    assert found == first + second


@pytest.mark.parametrize(
    "how", [{}, {"end": 0.3}, {"start": 0.3}, {"start": 0.1, "end": 0.21, "every": 2}, {"every": 3}]
)
def test_as_many_frames_are_announced_as_come(tmp_path, how):
    source = sources.opened(made.video(tmp_path / "in.mp4", 10, rate=Fraction(8)), **how)
    assert source.expected == len(list(source.frames()))


def test_every_third_frame_keeps_its_time(tmp_path):
    film = made.video(tmp_path / "in.mp4", 8)
    frames = list(sources.opened(film, every=3).frames())
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert [frame.pts * Fraction(1, 12800) for frame in frames] == [0, Fraction(3, 25), Fraction(6, 25)]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "vp9"])
def test_the_shortest_films_are_written(tmp_path, codec, count):
    film = made.video(tmp_path / "in.mp4", count, size=(64, 96))
    copy(film, tmp_path / "out.mp4", codec=codec)
    assert made.times(tmp_path / "out.mp4") == [Fraction(number, 25) for number in range(count)]


def test_the_same_frames_give_the_same_bytes(tmp_path):
    film = made.video(tmp_path / "in.mp4", sound=1)
    for suffix in ("mp4", "mkv", "webm"):
        for name in ("a", "b"):
            copy(film, tmp_path / f"{name}.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
