"""What a request fills in."""

import pytest

from deepdream.attribution.request import understand
from deepdream.attribution.settings import AttributionSettings
from deepdream.errors import SelectionError
from deepdream.images import from_array
from tests.support import SMALL, random_arrays, random_picture, vgg

NETWORK = vgg(random_arrays(SMALL))
PICTURE = from_array(random_picture(75, 110))


def asked(target, **given):
    return understand(PICTURE, target, AttributionSettings(**given), NETWORK)


@pytest.mark.parametrize(
    ("target", "layer"),
    [
        ("block1_conv1", "block1_conv1"),  # nothing comes before it
        ("block1_conv2:1", "block1_conv1"),
        ("block2_conv1", "block1_conv2"),  # not the pool between them
        ("block2_pool", "block2_conv2"),
        ("block5_conv1,block3_conv2", "block3_conv1"),  # all of the target depends on it
    ],
)
def test_grad_cam_looks_at_the_last_convolution_before_the_target(target, layer):
    assert asked(target).cam.name == layer


def test_grad_cam_looks_at_a_layer_of_one_s_own():
    assert asked("block3_conv2", cam_layer="block2_pool").cam.name == "block2_pool"
    assert asked("block3_conv2", cam_layer="block3_conv2").cam.stride == 4
    with pytest.raises(SelectionError, match="No layer of made here matches 'lock9x'"):
        asked("block3_conv2", cam_layer="lock9x")


def test_eight_patches_fit_along_the_shorter_side_unless_their_size_is_given():
    assert asked("block1_conv1").settings.patch == round(75 / 8)
    assert asked("block1_conv1", patch=20).settings.patch == 20
    assert asked("block1_conv1", patch=9999).settings.patch == 75


def test_a_record_has_what_its_own_method_depends_on():
    request = asked("block1_conv2:1", steps=7)
    assert request.recipe("integrated-gradients")["steps"] == 7
    assert request.recipe("grad-cam")["cam_layer"] == "block1_conv1"
    assert request.recipe("occlusion")["patch"] == 9
    assert not {"steps", "patch", "cam_layer"} & request.recipe("gradient-input").keys()
    assert request.recipe("occlusion")["size"] == [75, 110]
