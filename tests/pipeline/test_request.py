"""A request is resolved and checked before anything is computed."""

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError, SelectionError, SettingError
from deepdream.pipeline import inputs, request
from tests.support import random_picture


def understand(height=70, width=90, **given):
    return request.understand(random_picture(height, width), {"network": "pocket"} | given)


def test_octaves_too_small_for_the_layers_are_left_out_with_a_note():
    understood = understand(layers="block5_pool", octaves=4, octave_ratio=1.4)
    assert understood.sizes == ((36, 46), (50, 64), (70, 90))
    assert understood.notes == ("1 octave was left out: block5_pool needs 32 pixels on each side.",)


def test_a_picture_too_small_for_the_layers_is_rejected():
    with pytest.raises(ImageError) as refused:
        understand(31, 90, layers="block5_pool")
    assert str(refused.value) == (
        "The picture is 90x31; block5_pool needs 32 pixels on each side. Choose an earlier layer or a larger --size."
    )


@pytest.mark.parametrize("given", [{}, {"start": "noise"}])
def test_a_size_that_memory_cannot_hold_is_refused_before_its_pixels_are_made(given, monkeypatch):
    monkeypatch.setattr(inputs, "free", lambda: 5e9)
    picture = None if given else random_picture(40, 50)
    for more, room in (({}, "there are 5GB"), ({"memory": "1GiB"}, "memory is 1.0GiB")):
        with pytest.raises(SettingError) as refused:
            request.understand(picture, {"network": "pocket", "size": "30000x20000"} | given | more)
        assert str(refused.value) == (
            f"size 30000x20000 is too large: its pixels need 14.4GB, and {room}. Choose a smaller one."
        )


def test_a_picture_in_memory_is_resized_as_a_file_would_be():
    picture = images.from_array(random_picture(70, 90))
    for given, size in (({}, (70, 90)), ({"size": "50x41"}, (41, 50)), ({"max_side": 45}, (35, 45))):
        taken = request.understand(picture, {"network": "pocket", "layers": "block2"} | given).picture
        assert taken.pixels.shape[:2] == size
        assert (taken is picture) == (not given)
    assert request.understand(picture, {"network": "pocket", "layers": "block2", "size": "90x70"}).picture is picture
    assert request.understand(picture, {"network": "pocket", "recipe": "seed"}).picture.pixels.shape[:2] == (224, 224)


@pytest.mark.parametrize("image", [7, [[0.5]], b"a.jpg"])
def test_what_is_not_a_picture_is_rejected_in_one_sentence(image):
    with pytest.raises(ImageError) as refused:
        request.understand(image, {"network": "pocket"})
    assert str(refused.value) == (
        f"The picture is of the type {type(image).__name__}; it has to be a file, an array, a Pillow image or a "
        "Picture."
    )


def test_what_changes_by_octave_is_expanded_coarse_to_fine():
    understood = understand(steps="9..3", step_size="0.02/0.01", jitter=5, layers="block3/block1", octaves=3)
    assert [octave.steps for octave in understood.octaves] == [9, 6, 3]
    assert [octave.step_size for octave in understood.octaves] == [0.02, 0.01, 0.01]
    assert [octave.targets[0].table[-1].name for octave in understood.octaves] == ["block3_pool"] + ["block1_pool"] * 2
    assert understood.steps == 18
    assert understood.table[-1].name == "block3_pool"


def test_each_octave_needs_only_what_its_own_layers_need():
    understood = understand(20, 40, layers="block1/block4", octaves=2, octave_ratio=1.5)
    assert understood.sizes == ((13, 27), (20, 40))


@pytest.mark.parametrize(
    ("size", "noted"), [((64, 128), False), ((63, 128), False), ((64, 96), True), ((64, 160), True)]
)
def test_a_panorama_that_is_no_whole_sphere_is_reported(size, noted):
    note = f"It is taken as a whole sphere, which is twice as wide as high; it was {size[1]}x{size[0]}."
    assert (note in understand(*size, panorama=True, layers="block2").notes) == noted


def test_a_tile_off_the_grid_is_rounded_up_with_a_note():
    understood = understand(layers="block4_conv2", tile=100)
    assert understood.notes == ("tile 100 was rounded up to 104, a multiple of the stride 8 of block4_conv2.",)


def test_a_preview_keeps_the_coarse_octaves():
    understood = understand(600, 900, preview=True, octaves=4)
    assert understood.sizes == ((219, 328), (306, 459))
    assert understand(600, 900, preview=True, octaves=1).sizes == ((600, 900),)


def test_the_distance_is_divided_among_the_octaves():
    understood = understand(distance=0.08, octaves=4)
    assert [octave.distance for octave in understood.octaves] == pytest.approx([0.02, 0.04, 0.06, 0.08])


def test_the_same_request_at_other_layers_keeps_everything_else():
    before = understand(octaves=3, steps="9..3")
    after = request.retargeted(before, "block2_pool")
    assert [choice.layer for choice in after.choices] == ["block2_pool"]
    assert after.settings.layers == "block2_pool"
    assert (after.sizes, after.steps, after.picture) == (before.sizes, before.steps, before.picture)


def test_a_wrong_layer_is_rejected_before_the_picture_is_opened():
    with pytest.raises(SelectionError):
        request.understand("no-such-file.png", {"layers": "block1=x"})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current folder with a sky mask (its upper half white), one of a single dot and a black one."""
    monkeypatch.chdir(tmp_path)
    sky = np.zeros((70, 90), np.uint8)
    sky[:35] = 255
    Image.fromarray(sky).save("sky.png")
    Image.fromarray(np.zeros((7, 9), np.uint8)).save("black.png")
    sky[:] = 0
    sky[30, 40] = 255
    Image.fromarray(sky).save("dot.png")
    return tmp_path


def test_a_mask_is_read_inverted_and_softened(folder):
    (mask,) = understand(mask="sky.png").masks
    assert mask.shape == (70, 90, 1)
    assert mask[:35].min() == 1
    assert mask[35:].max() == 0
    (inverted,) = understand(mask="!sky.png").masks
    np.testing.assert_array_equal(inverted, 1 - mask)
    (soft,) = understand(mask="sky.png", feather=4).masks
    column = soft[:, 40, 0]
    assert (np.diff(column) <= 0).all()
    assert 0.4 < column[34] < 0.6
    assert column[60:].max() == 0


def test_a_mask_of_another_size_is_resized_with_a_note(folder):
    understood = understand(140, 180, mask="sky.png")
    assert understood.masks[0].shape == (140, 180, 1)
    assert understood.notes == ("The mask sky.png is 90x70; it was resized to the dream's 180x140.",)


def test_a_regions_file_gives_each_region_its_own_target(folder):
    (folder / "parts.toml").write_text(
        '[[region]]\nmask = "sky.png"\nlayers = "block2"\n'
        '[[region]]\nmask = "!sky.png"\nfeather = 3\nobjective = "mean"\nstrength = 0.5\n'
    )
    understood = understand(regions="parts.toml", layers="block3", octaves=2)
    for octave in understood.octaves:
        assert [target.table[-1].name for target in octave.targets] == ["block2_pool", "block3_pool"]
        assert [target.objective for target in octave.targets] == ["squares", "mean"]
    assert [region.strength for region in understood.regions] == [1.0, 0.5]
    assert [mask.shape for mask in understood.masks] == [(70, 90, 1)] * 2


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"mask": "black.png"},
            ImageError,
            "The mask black.png is black everywhere: nothing would be dreamt. White is where to dream.",
        ),
        (
            {"mask": "!"},
            SettingError,
            "mask '!' names no picture. Type for example --mask sky.png, or '!sky.png'.",
        ),
        (
            {"mask": "dot.png", "feather": 99},
            ImageError,
            "A feather of 99 pixels leaves nothing of the mask dot.png. Give a smaller one.",
        ),
        (
            {"mask": "sky.png", "regions": "parts.toml"},
            SettingError,
            "mask and regions exclude each other. Name the mask in the regions file.",
        ),
    ],
)
def test_a_wrong_mask_is_rejected_in_one_sentence(folder, given, error, message):
    with pytest.raises(error) as refused:
        understand(**given)
    assert str(refused.value) == message


def test_a_refusal_is_not_its_own_cause():
    """Who follows the causes of an error, as Dask does, comes to an end."""
    with pytest.raises(ImageError) as refused:
        request.understand("none.png", {"network": "pocket"})
    assert refused.value.__cause__ is None
