"""A time-lapse keeps its first frame, its order and a bounded number of frames, at even distances."""

import json

import numpy as np
import pytest
from PIL import Image

from deepdream.studio.worker import reel


def test_a_long_session_is_thinned_evenly_and_begins_with_its_beginning():
    taken = reel.Reel()
    for step in range(1000):
        taken.take(np.full((16, 24, 3), step / 1000, np.float32))
    levels = [float(frame.mean()) for frame in taken.frames()]
    assert 60 <= len(levels) <= reel.FRAMES
    assert levels[0] < 0.01
    assert np.allclose(np.diff(levels), (levels[-1] - levels[0]) / (len(levels) - 1), atol=0.01)


def test_it_is_written_as_a_video_that_lingers(tmp_path):
    av = pytest.importorskip("av")
    frames = [np.full((16, 24, 3), level, np.float32) for level in (0.1, 0.5, 0.9)]
    reel.write(tmp_path / "live.mp4", frames, {"kind": "live session"})
    with av.open(tmp_path / "live.mp4") as video:
        assert json.loads(video.metadata["comment"]) == {"kind": "live session"}
        shown = [(frame.time, frame.to_ndarray(format="rgb24").mean() / 255) for frame in video.decode(video=0)]
        assert np.allclose(shown[:3], [(0, 0.1), (0.08, 0.5), (0.16, 0.9)], atol=0.02)
        assert {round(level, 1) for _, level in shown[3:]} == {0.9}
        assert float(video.duration / av.time_base) == pytest.approx(0.16 + reel.LINGER / 1000, abs=0.01)


def test_it_is_written_as_a_gif_that_lingers(tmp_path):
    frames = [np.full((16, 24, 3), level, np.float32) for level in (0.1, 0.5, 0.9)]
    reel.write(tmp_path / "live.gif", frames, {"kind": "live session"})
    with Image.open(tmp_path / "live.gif") as image:
        assert (image.n_frames, image.size, image.info["loop"]) == (3, (24, 16), 0)
        image.seek(2)
        assert image.info["duration"] == reel.LINGER
