"""Reading and writing pictures: files to float RGB and back, with a file's metadata.

read(path) -> Picture                          any of SUFFIXES_READ, upright, in sRGB
from_array(array) -> Picture                   from pixels in memory
sized(picture, size=...) -> Picture            at another size
write(path, pixels, like=picture, recipe=...)  any of SUFFIXES_WRITTEN, atomically
read_recipe(path) -> dict                      the recipe that a written picture carries
read_size(path) -> (height, width)             from the header alone
digest(path) -> sha256                         of any file, hex
check_output(path)                             raises, before any work, for a path that can't be written
resize(pixels, size) -> pixels                 Pillow's bicubic
sheet(rows) -> pixels                          several pictures with their names, as one

Pixels are [H, W, 3] float32 RGB in 0..1. Sizes are (height, width) in every call.
Inside: `formats` (one record each), `decode` (files to integers) with a decoder per format in `decoders`, `icc` and
`cicp` (colour spaces by profile and by code), `scale` (sizes), `exif` and `metadata` (EXIF; XMP with the recipe),
`panorama` (photo spheres), `encode` (integers to files), `read` and `write` on top.
"""

from deepdream.images.contact_sheet import sheet
from deepdream.images.formats import SUFFIXES_READ, SUFFIXES_WRITTEN
from deepdream.images.picture import Picture, from_array, from_image, sized
from deepdream.images.read import digest, read, read_recipe, read_size
from deepdream.images.scale import resize
from deepdream.images.write import check_output, write

__all__ = [
    "SUFFIXES_READ",
    "SUFFIXES_WRITTEN",
    "Picture",
    "check_output",
    "digest",
    "from_array",
    "from_image",
    "read",
    "read_recipe",
    "read_size",
    "resize",
    "sheet",
    "sized",
    "write",
]
