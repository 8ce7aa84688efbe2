"""Made clips for the tests of film: what they hold is known."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from deepdream.film import yuv


def frames(count, size=(48, 72)):
    """A bright bar that moves a pixel a frame over a slope of colours: [H, W, 3] uint8 each."""
    height, width = size
    slope = np.stack(np.broadcast_arrays(np.linspace(40, 200, width), 90.0, np.linspace(30, 180, height)[:, None]), 2)
    for number in range(count):
        picture = slope.copy()
        picture[:, 10 + number : 20 + number] = 230
        yield picture.astype(np.uint8)


def video(
    path,
    count=6,
    *,
    size=(48, 72),
    rate=Fraction(25),
    times=None,
    codec="libx264",
    pixels="yuv420p",
    sound=0,
    pictures=None,
):
    """Write a video by PyAV alone.

    Args:
        path: by its suffix.
        count: of frames.
        size: (height, width).
        rate: per second.
        times: of each frame in ticks of 1/30000 s, for a variable rate.
        codec: of FFmpeg's encoders.
        pixels: its pixel format.
        sound: tracks of AAC.
        pictures: the frames, [H, W, 3] uint8; those of `frames` when None.
    """
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate)
        stream.height, stream.width = size
        stream.pix_fmt = pixels
        if times is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 30000)
        tracks = [out.add_stream("aac", rate=44100) for _ in range(sound)]
        for number, picture in enumerate(pictures or frames(count, size)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[number], Fraction(1, 30000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        for number, track in enumerate(tracks):
            _sound(out, track, seconds=float(count / rate), pitch=440 * (number + 1))
    return path


def hdr(path, count=2, transfer=16):
    """Write an HDR10 video with a mastering display and light levels; HLG by its transfer, 18.

    x265 gives no valid times of one or two frames that it may reorder, and FFmpeg's MP4 then refuses some of them.
    """
    display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    options = {"x265-params": f"log-level=none:bframes=0:hdr10=1:master-display={display}:max-cll=1000,400"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx265", rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = 9, 9, transfer
        for picture in frames(count, (64, 96)):
            frame = yuv.to_frame(picture.astype(np.float32) / 255, "yuv420p10le", yuv.Colours(9, transfer, 9, 1))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def ffmpeg(*words, folder):
    """Run the command ffmpeg in a folder."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words)], cwd=folder, check=True)


def packets(path, kind, index=0):
    """(pts, bytes) of each packet of one stream, its pts in seconds."""
    with av.open(str(path)) as container:
        stream = [stream for stream in container.streams if stream.type == kind][index]
        return [
            (float(packet.pts * packet.time_base), bytes(packet)) for packet in container.demux(stream) if packet.size
        ]


def times(path):
    """When each frame of a video is shown, in exact seconds."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def turn(path: Path, matrix):
    """Write a display matrix, (a, b, c, d) in whole numbers, into the first track's header of an MP4."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # version 0: 40 bytes to the matrix
    a, b, c, d = (value * 65536 for value in matrix)
    for offset, value in zip((0, 4, 12, 16), (a, b, c, d), strict=True):
        data[at + offset : at + offset + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)


def _sound(out, track, *, seconds, pitch):
    """Encode a tone."""
    rate, block = 44100, 1024
    for begin in range(0, int(seconds * rate), block):
        wave = np.sin(np.arange(begin, begin + block) * 2 * np.pi * pitch / rate) * 0.3
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        out.mux(track.encode(frame))
    out.mux(track.encode(None))
