"""TIFF and BigTIFF: parsed by tifffile, decompressed by imagecodecs, strip by strip to integers.

Of several pages the first that is not a reduced version of another is read. What only libtiff can decode (subsampled
colour without JPEG, LogLuv) is read by it, as 8-bit RGB.
"""

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from deepdream.errors import plural
from deepdream.images import cicp, directories, exif
from deepdream.images.decoders import fax, jpeg
from deepdream.images.opened import AGAIN, PALETTE, Opened, Pixels, UnreadableError
from deepdream.images.strips import strips

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6
_CIELAB, _ICCLAB = 8, 9
_LOGLUV = (32844, 32845)
_COLOURS = {
    _WHITE_IS_ZERO: 1,
    _BLACK_IS_ZERO: 1,
    _RGB: 3,
    _PALETTE: 1,
    _SEPARATED: 4,
    _YCBCR: 3,
    _CIELAB: 3,
    _ICCLAB: 3,
}
_JPEG = (7, 34892, 33007)  # compressions that bring RGB for YCbCr
_UNCOMPRESSED, _WEBP = 1, 50001
_ASSOCIATED, _UNASSOCIATED = 1, 2  # kinds of extra samples
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = 1, 2, 3, 4  # formats of samples
_NAMED = {
    4: "a mask of transparency",
    10: "ITU's Lab",
    32803: "a camera's raw numbers",
    34892: "a camera's raw numbers",
}


def opened(file: BinaryIO) -> Opened:
    """A TIFF of 1 to 64 bits or floats: grey, palette, RGB, CMYK, YCbCr or Lab, with or without alpha."""
    import tifffile  # here: most pictures do without it

    file.seek(0)
    document = tifffile.TiffFile(file)
    page, notes = _page(document, file)
    tags = exif.gather(file, page.offset, document.byteorder, big=document.is_bigtiff)
    icc = tags.main[34675].data if 34675 in tags.main else None
    colour_space = None
    if icc is None and page.photometric in (_RGB, _YCBCR):
        try:
            colour_space = _colour_space(tags)
        except ValueError as error:
            notes.append(str(error))
        if 301 in tags.main:
            notes.append("its own curve of brightness (TransferFunction) is not used.")
    orientation = tags.numbers(exif.ORIENTATION)
    _check(page, tags)
    held = page.samplesperpixel * (1 if _depth(page) <= 8 else 2)
    segment = math.prod(page.chunks) * page.dtype.itemsize
    if page.compression != _UNCOMPRESSED:
        segment += max(page.databytecounts, default=0)
    return Opened(
        size=(page.imagelength, page.imagewidth),
        load=lambda shrink: _pixels(page, tags, file),
        bytes_per_pixel=held + 3,
        bytes_per_stored_pixel=segment / (page.imagelength * page.imagewidth),
        orientation=int(orientation[0]) if orientation else 1,
        icc=icc,
        colour_space=colour_space,
        exif=tags,
        xmp=tags.main[700].data if 700 in tags.main else b"",
        dpi=exif.resolution(tags),
        notes=tuple(notes),
    )


def _page(document: Any, file: BinaryIO) -> tuple[Any, list[str]]:
    """The page to read, and notes about the others."""
    import tifffile  # as above

    whole = first = None
    count = 0
    for index, offset, reduced in _directories(document, file):
        first = first or (index, offset)
        if not reduced:
            whole, count = whole or (index, offset), count + 1
    if first is None:
        raise UnreadableError
    index, offset = whole or first
    document.filehandle.seek(offset)
    page = tifffile.TiffPage(document, index=index)
    if whole and whole != first:
        size = f"{page.imagewidth}x{page.imagelength}"
        return page, [f"its first page is a reduced version; the first whole one is taken, {size} pixels."]
    return page, [f"it holds {count} pages; the first is taken."] if count > 1 else []


def _directories(document: Any, file: BinaryIO) -> Iterator[tuple[tuple[int, ...], int, bool]]:
    """Index and offset of each page, followed by those of the pages below it, and whether it is a reduced version."""
    order, big = document.byteorder, document.is_bigtiff
    file.seek(8 if big else 4)
    (start,) = struct.unpack(order + ("Q" if big else "I"), file.read(8 if big else 4))
    for number, offset in enumerate(directories.chain(file, start, order, big=big)):
        below: list[tuple[tuple[int, ...], int]] = [((number,), offset)]
        tags, _ = directories.read(file, offset, order, big=big, wanted=(330,))
        if 330 in tags:  # SubIFDs
            below += [((number, n), int(at)) for n, at in enumerate(directories.numbers(tags[330], order))]
        for index, at in below:
            tags, damaged = directories.read(file, at, order, big=big, wanted=(254, 255))
            kind, old = (directories.numbers(tags[tag], order)[:1] if tag in tags else () for tag in (254, 255))
            if tags or not damaged:
                yield index, at, bool(kind and int(kind[0]) & 5) or old == (2,)


def _colour_space(tags: exif.Exif) -> cicp.ColourSpace | None:
    """The colour space of WhitePoint and PrimaryChromaticities."""
    white, primaries = tags.numbers(318), tags.numbers(319)
    if len(white) != 2 or len(primaries) != 6:
        return None
    return cicp.measured(None, (*white, *primaries))


def _apart(page: Any) -> bool:
    """Whether colours are in separate JPEG planes, each a grey picture."""
    return page.planarconfig != 1 and page.samplesperpixel > 1 and page.compression in _JPEG


def _depth(page: Any) -> int:
    return max(page.bitspersample) if isinstance(page.bitspersample, tuple) else page.bitspersample


def _check(page: Any, tags: exif.Exif) -> None:
    """Refuse what can't be shown, for its own reason."""
    colours, depth, kind = _COLOURS.get(page.photometric), _depth(page), page.sampleformat
    if page.photometric not in _LOGLUV and colours is None:
        what = _NAMED.get(page.photometric, f"colours of TIFF's kind {int(page.photometric)}")
        raise UnreadableError(f"holds {what}, which is not read.", "Develop or export it as PNG, JPEG or a plain TIFF.")
    if page.imagedepth != 1:
        raise UnreadableError(f"holds a volume of {page.imagedepth} layers, not a picture.")
    if kind == _SIGNED and page.photometric not in (_CIELAB, _ICCLAB, *_LOGLUV):
        raise UnreadableError(f"holds signed whole numbers of {plural(depth, 'bit')}, which have no black and white.")
    if kind not in (_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED):
        raise UnreadableError("holds complex numbers, which are not a picture.")
    if colours is not None and page.samplesperpixel < colours:
        raise UnreadableError(
            f"is damaged: it has {plural(page.samplesperpixel, 'channel')} where its colours need {colours}."
        )
    if page.compression == _WEBP and page.planarconfig != 1:
        raise UnreadableError("holds WebP in separate planes, which libtiff doesn't allow.")
    if _apart(page) and page.photometric not in (_RGB, _BLACK_IS_ZERO):
        raise UnreadableError("holds JPEG in separate planes that are not red, green and blue, which is not read.")
    if page.photometric == _SEPARATED and tags.numbers(332)[:1] == (2,):
        raise UnreadableError("holds inks other than cyan, magenta, yellow and black, which are not read.")
    if depth == 24 and kind != _FLOAT and tags.order == ">":
        raise UnreadableError("holds numbers of 24 bits, the highest byte first, which programs read differently.")
    if page.photometric in (_CIELAB, _ICCLAB) and depth not in (8, 16):
        raise UnreadableError(f"holds Lab colours of {plural(depth, 'bit')}; only those of 8 and 16 are read.")


def _pixels(page: Any, tags: exif.Exif, file: BinaryIO) -> Pixels:
    if page.photometric in _LOGLUV or (page.photometric == _YCBCR and page.compression not in _JPEG) or _apart(page):
        return _by_libtiff(page, file)
    numbers, note = _numbers(page)
    _check_whole(page, file)
    colours = _COLOURS[page.photometric]
    kinds = page.extrasamples
    alpha, notes = None, [note] if note else []
    extra = next((i for i, kind in enumerate(kinds) if kind in (_ASSOCIATED, _UNASSOCIATED)), None)
    spare = numbers.shape[2] - colours - (extra is not None)
    if spare > 0:
        notes.append(f"its {spare} further {'channel is' if spare == 1 else 'channels are'} left out.")
    if extra is not None and colours + extra < numbers.shape[2]:
        alpha = numbers[..., colours + extra]
    numbers = numbers[..., :colours]
    top = np.iinfo(numbers.dtype).max
    if page.photometric == _WHITE_IS_ZERO:
        numbers = top - numbers
    elif page.photometric == _PALETTE:
        numbers = _painted(numbers[..., 0], page)
    elif page.photometric in (_CIELAB, _ICCLAB):
        numbers = _lab(numbers, page.photometric)
    if alpha is not None and kinds[extra] == _ASSOCIATED:
        numbers = _divided(numbers, alpha)
    return Pixels(numbers, alpha, _white(page, tags), tuple(notes))


def _numbers(page: Any) -> tuple[np.ndarray, str]:
    """[H, W, samples] uint8 or uint16, scaled to the full range, and a note about what was lost, or ""."""
    convert, kind, note = _conversion(page)
    out = np.empty((page.imagelength, page.imagewidth, page.samplesperpixel), kind)
    for segment, (plane, _, top, left, _), _ in page.segments(buffersize=2**22):
        if segment is None:
            raise UnreadableError
        part = segment[0][: page.imagelength - top, : page.imagewidth - left]
        planes = slice(None) if page.planarconfig == 1 else slice(plane, plane + 1)
        held = out[top : top + part.shape[0], left : left + part.shape[1], planes]
        for rows in strips(*part.shape[:2]):
            held[rows] = convert(part[rows])
    return out, note


def _check_whole(page: Any, file: BinaryIO) -> None:
    """Raise for strips that end early if their decoders would fill in the rest: JPEG's and fax's."""
    if page.compression in fax.COMPRESSIONS:
        fax.check_whole(page, file)
    elif page.compression == _JPEG[0]:
        options = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}
        handle = page.parent.filehandle
        for data, index in handle.read_segments(page.dataoffsets, page.databytecounts):
            first, second = (page.decode(bytes_, index, **options)[0] for bytes_ in (data, jpeg.filled(data)))
            if not np.array_equal(first, second):
                raise UnreadableError


def _conversion(page: Any) -> tuple[Callable[[np.ndarray], np.ndarray], type, str]:
    """The conversion of samples to integers, their type, and a note about what is lost, or ""."""
    depth, even = _depth(page), isinstance(page.bitspersample, int)
    if page.sampleformat == _FLOAT:
        return _from_float, np.uint16, "its floats are read as 16 bits from 0 to 1; what lies outside is cut off."
    if page.photometric == _PALETTE:
        return lambda part: part.astype(np.uint16 if depth > 8 else np.uint8), np.uint16 if depth > 8 else np.uint8, ""
    if page.sampleformat == _SIGNED:  # Lab
        return lambda part: part.view(np.uint8 if depth == 8 else np.uint16), np.uint8 if depth == 8 else np.uint16, ""
    top = 2**depth - 1 if even else np.iinfo(page.dtype).max  # uneven depths come spread over their type
    goal, kind = (255, np.uint8) if depth <= 8 else (65535, np.uint16)
    if top == goal:
        return lambda part: part, kind, ""
    note = f"its {depth} bits are read as 16." if depth > 16 else ""
    return lambda part: np.rint(part * (goal / top)).astype(kind), kind, note


def _from_float(part: np.ndarray) -> np.ndarray:
    """Floats in 0..1 as uint16; values outside are clipped."""
    if np.isnan(part).any():
        raise UnreadableError("holds numbers that are not finite.")
    return np.rint(np.clip(part, 0.0, 1.0) * np.float64(65535)).astype(np.uint16)


def _painted(index: np.ndarray, page: Any) -> np.ndarray:
    """The palette's colours at these indices, in 8 bits."""
    palette = page.colormap
    if palette is None or palette.ndim != 2 or int(index.max()) >= palette.shape[1]:
        raise UnreadableError(PALETTE, AGAIN)
    # 16 bits by the specification, but many programs write 8 bits in their upper half, or the lower.
    step = 1 if palette.max() < 256 else 257 if (palette & 255).any() else 256
    return np.ascontiguousarray(np.rint(palette.T / step).astype(np.uint8))[index]


def _white(page: Any, tags: exif.Exif) -> tuple[float, float] | None:
    """The white point of Lab: D50 in ICC's, and in CIE's unless WhitePoint is given; None for other colours."""
    if page.photometric not in (_CIELAB, _ICCLAB):
        return None
    white = tags.numbers(318) if page.photometric == _CIELAB else ()
    return (white[0], white[1]) if len(white) == 2 and min(white) > 0.1 else cicp.D50


def _lab(numbers: np.ndarray, photometric: int) -> np.ndarray:
    """Lab with a and b around the middle of the range, whichever way the file counts them."""
    half = np.iinfo(numbers.dtype).max // 2 + 1
    numbers = numbers.copy()
    if photometric == _CIELAB:  # a and b are signed
        numbers[..., 1:] ^= numbers.dtype.type(half)
    elif numbers.dtype == np.uint16:  # ICC's white is 0xFF00
        numbers[..., 0] = np.minimum(np.rint(numbers[..., 0] * (65535 / 65280)), 65535)
    return numbers


def _divided(numbers: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours that were multiplied by alpha, divided by it."""
    out, top = np.empty_like(numbers), np.iinfo(numbers.dtype).max
    for rows in strips(*numbers.shape[:2]):
        cover = np.maximum(alpha[rows, :, None], 1).astype(np.float32)
        out[rows] = np.rint(np.minimum(numbers[rows] * (top / cover), top))
    return out


def _by_libtiff(page: Any, file: BinaryIO) -> Pixels:
    """8-bit RGB as libtiff makes it, unturned."""
    import imagecodecs  # here: few files need it

    if len(page.treeindex) > 1:
        raise UnreadableError("holds subsampled colours in a page below another, which are not read.")
    file.seek(0)
    numbers = imagecodecs.tiff_decode(file.read(), index=page.index, asrgb=True)
    orientation = page.tags.valueof(exif.ORIENTATION, 1)
    if orientation in (3, 4, 7, 8):  # libtiff has turned it over, though not on its side
        numbers = numbers[::-1]
    if orientation in (2, 3, 6, 7):
        numbers = numbers[:, ::-1]
    if not any(kind in (_ASSOCIATED, _UNASSOCIATED) for kind in page.extrasamples):
        return Pixels(numbers[..., :3])
    return Pixels(_divided(numbers[..., :3], numbers[..., 3]), numbers[..., 3])
