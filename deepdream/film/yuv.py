"""Frames of video to RGB and back, through 16-bit YUV and a colour matrix of our own.

to_rgb(frame, colours) -> [H, W, 3] float32 in 0..1 · to_frame(rgb, format, colours) -> av.VideoFrame

FFmpeg's scaler only changes depth and chroma sampling here. Its own conversion of RGB to YUV darkens by half a level at
each pass (measured), and guesses matrix and range where they are not specified.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

BITEXACT = 0x80000
EXACT = 4 | 0x40000 | 0x2000 | 0x4000 | BITEXACT
"""FFmpeg's flags BICUBIC, ACCURATE_RND, FULL_CHR_H_INT, FULL_CHR_H_INP and BITEXACT."""

WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087)}
WEIGHTS |= {9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
"""ITU-T H.273's matrix coefficients -> the weights of red and blue in luma."""

NAMES = {1: "BT.709", 6: "BT.601", 9: "BT.2020"}
"""What people call some of these."""

OTHERS = {8: "YCgCo", 10: "BT.2020 with constant luminance", 11: "Y'D'zD'x", 12: "by chromaticity", 14: "ICtCp"}
OTHERS |= {13: "by chromaticity with constant luminance", 15: "IPT-C2", 16: "YCgCo-Re", 17: "YCgCo-Ro"}
"""H.273's codes that are not computed by such weights alone."""

RGB, UNSPECIFIED, HIGH_DEFINITION = 0, 2, 720
PQ, HLG = 16, 18


@dataclass(frozen=True)
class Colours:
    """How the numbers of a video are to be taken, as ITU-T H.273's codes; 2 is unspecified.

    Attributes:
        primaries, transfer, matrix: the codes.
        span: FFmpeg's colour range: 1 limited, 2 full, 0 unspecified, which is limited.
        lines: height of the video, which decides the matrix where it is unspecified.
    """

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    span: int = 0
    lines: int = 0

    @property
    def high_range(self) -> bool:
        """Whether it is HDR: PQ or HLG."""
        return self.transfer in (PQ, HLG)

    @property
    def weights(self) -> tuple[float, float]:
        """The weights of red and blue in luma; unspecified, those of HD from 720 lines, as players take it."""
        return WEIGHTS.get(self.matrix) or WEIGHTS[1 if self.lines >= HIGH_DEFINITION else 6]

    @property
    def taken(self) -> str:
        """A sentence about a matrix that is not supported, and the one that is taken for it; "" for others."""
        if self.matrix not in OTHERS:
            return ""
        near = next(name for code, name in NAMES.items() if WEIGHTS[code] == self.weights)
        return (
            f"Its colour matrix, {OTHERS[self.matrix]}, is not supported: {near}'s is taken, and colours may be wrong."
        )


PICTURES = Colours(1, 1, 1, 1)
"""Of films that are made from pictures in sRGB: BT.709, limited."""


def colours_of(frame: Any) -> Colours:
    """The colours of a decoded frame."""
    full = frame.format.name.startswith("yuvj")
    return Colours(
        int(frame.color_primaries),
        int(frame.color_trc),
        int(frame.colorspace),
        2 if full else int(frame.color_range),
        frame.height,
    )


def for_yuv(colours: Colours) -> Colours:
    """The colours of a YUV encoding: a source in RGB gets BT.709's matrix."""
    return replace(colours, matrix=1, span=1) if colours.matrix == RGB else colours


def to_rgb(frame: Any, colours: Colours) -> np.ndarray:
    """A decoded frame as RGB.

    Args:
        frame: an av.VideoFrame.
        colours: of the video.

    Returns: [H, W, 3] float32; clipped to 0..1.
    """
    if frame.format.is_rgb or frame.format.name == "pal8":
        return _from_rgb(frame)
    full = colours.span == 2
    yuv = _planes(frame, full)
    if full:
        yuv /= np.float32(255)
        yuv[..., 1:] -= np.float32(128 / 255)
    else:
        yuv -= np.array([16, 128, 128], np.float32)
        yuv /= np.array([219, 224, 224], np.float32)
    red, blue = colours.weights
    out = np.empty_like(yuv)
    out[..., 0] = yuv[..., 0] + np.float32(2 * (1 - red)) * yuv[..., 2]
    out[..., 2] = yuv[..., 0] + np.float32(2 * (1 - blue)) * yuv[..., 1]
    out[..., 1] = yuv[..., 0] - np.float32(red) * out[..., 0] - np.float32(blue) * out[..., 2]
    out[..., 1] /= np.float32(1 - red - blue)
    return np.clip(out, 0.0, 1.0, out=out)


def to_frame(rgb: np.ndarray, format: str, colours: Colours) -> Any:
    """RGB as a frame to encode.

    Args:
        rgb: [H, W, 3] float32 in 0..1; clipped.
        format: the pixel format, of YUV.
        colours: of the video; see `for_yuv`.

    Returns: an av.VideoFrame with these colours.
    """
    import av

    red, blue = colours.weights
    rgb = np.clip(rgb, 0.0, 1.0)
    luma = rgb @ np.array([red, 1 - red - blue, blue], np.float32)
    yuv = np.stack(
        [luma, (rgb[..., 2] - luma) / np.float32(2 * (1 - blue)), (rgb[..., 0] - luma) / np.float32(2 * (1 - red))],
        axis=2,
    )
    full = colours.span == 2
    if full:
        yuv = yuv * np.float32(255) + np.array([0, 128, 128], np.float32)
    else:
        yuv = yuv * np.array([219, 224, 224], np.float32) + np.array([16, 128, 128], np.float32)
    span = 2 if full else 1
    if format == "yuv444p":  # the scaler would cut off, not round
        numbers = np.rint(np.clip(yuv, 0, 255)).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(numbers.transpose(2, 0, 1)), format=format)
    else:
        numbers = np.rint(np.clip(yuv * np.float32(256), 0, 65535)).astype(np.uint16)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(numbers), format="yuv444p16le")
        frame = frame.reformat(format=format, interpolation=EXACT, src_color_range=span, dst_color_range=span)
    frame.color_range = colours.span
    frame.colorspace = colours.matrix
    frame.color_primaries = colours.primaries
    frame.color_trc = colours.transfer
    return frame


def _planes(frame: Any, full: bool) -> np.ndarray:
    """A YUV frame as [H, W, 3] float32 in 0..255, its chroma at every pixel."""
    name = frame.format.name
    if name in ("yuv444p", "yuvj444p"):  # the scaler would stretch its luma in full range
        return np.ascontiguousarray(frame.to_ndarray().transpose(1, 2, 0), np.float32)
    if name == "gray":
        grey = frame.to_ndarray().astype(np.float32)
        return np.stack([grey, np.full_like(grey, 128), np.full_like(grey, 128)], axis=2)
    if int(frame.colorspace) in OTHERS:  # the scaler refuses them, though no matrix is applied here
        frame.colorspace = UNSPECIFIED
    span = 2 if full else 1
    flat = frame.reformat(
        format="yuv444p16le", interpolation=EXACT, src_color_range=span, dst_color_range=span
    ).to_ndarray()  # [H, W, 3]
    return flat.astype(np.float32) / np.float32(256)


def _from_rgb(frame: Any) -> np.ndarray:
    """A frame that is RGB already: 8 bits as they are, more through 16."""
    if max(component.bits for component in frame.format.components) <= 8:
        return frame.to_ndarray(format="rgb24").astype(np.float32) / np.float32(255)
    numbers = frame.reformat(format="gbrp16le", interpolation=EXACT).to_ndarray()
    return np.clip(numbers.astype(np.float32) / np.float32(65535), 0.0, 1.0)
