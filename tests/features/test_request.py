"""The pictures of a request, and every refusal word for word; no TensorFlow."""

import json

import numpy as np
import pytest

from deepdream import images
from deepdream.errors import ImageError, SelectionError, SettingError
from deepdream.features.request import BATCH, MEMORY, batches, understand
from deepdream.features.settings import FeatureSettings, default_size, parse_size, resolved
from deepdream.gradient import cost, precision
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.settings import checks

POCKET = {layer.name: layer for layer in architecture.layers(manifest.read()["pocket"].widths)}


def asked(text: str, **given):
    return understand(text, FeatureSettings(**given), network="pocket")


def test_a_layer_is_all_its_channels_and_a_selection_is_those_chosen():
    assert [feature.term for feature in asked("block1_pool").features] == [f"block1_pool:{n}" for n in range(24)]
    several = asked("block4_conv2:12+87,block1_conv1:3", diversity=2).features
    assert [(feature.term, feature.copy) for feature in several] == [
        ("block1_conv1:3", 0), ("block1_conv1:3", 1),
        ("block4_conv2:12", 0), ("block4_conv2:12", 1), ("block4_conv2:87", 0), ("block4_conv2:87", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "channel", "neuron"),
    [("block1_conv1", 128, 128), ("block4_pool", 128, 128), ("block5_conv2", 128, 192), ("block5_pool", 160, 288)],
)
def test_the_size_follows_from_the_receptive_field(layer, channel, neuron):
    assert default_size(POCKET[layer]) == (channel, channel)
    assert default_size(POCKET[layer], whole=True) == (neuron, neuron)
    assert neuron >= POCKET[layer].receptive_field


def test_what_depends_on_the_layer_is_filled_in_unless_given():
    early, late = POCKET["block2_pool"], POCKET["block3_conv1"]
    assert (resolved(FeatureSettings(), early).rate, resolved(FeatureSettings(), late).rate) == (0.05, 0.1)
    chosen = resolved(FeatureSettings(rate=0.3, size=(33, 47)), early)
    assert (chosen.rate, chosen.size) == (0.3, (33, 47))


@pytest.mark.parametrize("fastest", ["float32", "bfloat16"])
def test_the_precision_is_the_fastest_and_recorded_where_it_is_not_float32(fastest, monkeypatch):
    """The first records had none, and were of float32."""
    monkeypatch.setattr(precision, "fastest", lambda choices: fastest)
    request = asked("block3_conv1:2")
    assert request.settings.precision == fastest
    assert request.recipe(request.features[0])["settings"].get("precision", "float32") == fastest
    assert ("precision" in request.recipe(request.features[0])["settings"]) == (fastest == "bfloat16")


def test_bfloat16_on_a_processor_without_it_is_computed_with_a_note(monkeypatch):
    monkeypatch.setattr(precision, "native", lambda: False)
    request = asked("block3_conv1:2", precision="bfloat16")
    assert request.settings.precision == "bfloat16"
    assert request.note == ("bfloat16 is slow here: this processor does not multiply it natively; float32 is faster.")


@pytest.mark.parametrize(
    ("text", "given", "kind", "message"),
    [
        ("block4_conv2:224", {}, SelectionError,
         "Channel 224 of block4_conv2 does not exist: its channels are 0 to 223."),
        ("block5_pool", {"size": (31, 400)}, ImageError,
         "The pictures are 400x31; block5_pool needs 32 pixels on each side. "
         "Choose an earlier layer or --size 32."),
        ("block4=2", {}, SelectionError,
         "A feature has no weight: 'block4=2'. For what a channel dislikes, type --negative."),
        ("blok4", {}, SelectionError,
         "No layer of pocket matches 'blok4': its layers are block1_conv1 to block5_pool. "
         "Did you mean block4 or block5 or block3?"),
        ("block1", {"precision": "float16"}, SettingError,
         "precision 'float16' is not one of auto, float32, bfloat16. Did you mean bfloat16?"),
        ("block1", {"steps": 0}, SettingError, "steps 0 is out of its bounds: 1 to 100000."),
        ("block1", {"rate": float("nan")}, SettingError, "rate nan is out of its bounds: 1e-06 to 10.0."),
        ("block1", {"diversity": 17}, SettingError, "diversity 17 is out of its bounds: 1 to 16."),
        ("block1", {"size": (0, 5)}, SettingError, "size 5x0 has no pixels."),
    ],
)  # fmt: skip
def test_an_impossible_request_is_refused(text, given, kind, message):
    with pytest.raises(kind) as caught:
        asked(text, **given)
    assert str(caught.value) == message


def test_the_smallest_size_named_does_work():
    assert asked("block5_pool:0", size=(32, 32)).features[0].size == (32, 32)


def test_a_size_is_one_number_or_two():
    assert parse_size("160") == (160, 160)
    assert parse_size("160x90") == (90, 160)
    with pytest.raises(SettingError):
        parse_size("160:90")


def test_the_help_names_the_default():
    assert checks.describe(FeatureSettings, "steps") == "Gradient steps.  [default: 128]"
    assert checks.describe(FeatureSettings, "neuron").endswith(".")


def test_a_recipe_tells_pictures_apart_and_survives_json():
    request = asked("block1_conv1:0+1", seed=3)
    first, second = (request.recipe(feature) for feature in request.features)
    assert json.loads(json.dumps(first)) == first
    assert first["settings"]["seed"] == 3
    assert first["settings"]["size"] == [128, 128]
    assert {key for key in first if first[key] != second[key]} == {"channel"}


def test_batches_hold_as_much_as_memory_allows_and_keep_a_channels_pictures_together():
    request = asked("block1_pool,block3_conv2", size=(128, 128))
    parts = batches(request, request.features)
    assert [len(part) for part in parts] == [16, 8, *[16] * 7]
    assert sum(parts, ()) == request.features
    assert all(len({feature.layer for feature in part}) == 1 for part in parts)
    several = asked("block3_conv2:0-8", size=(128, 128), diversity=3)
    assert [len(part) for part in batches(several, several.features)] == [15, 12]
    large = asked("block4", size=(900, 900))
    for part in batches(large, large.features):
        held = len(part) * cost.memory(large.table(part[0].layer), part[0].size)
        assert len(part) == 1 or (held <= MEMORY and len(part) * 900 * 900 <= BATCH)


def test_a_picture_that_all_start_from_is_read_once(tmp_path, monkeypatch):
    images.write(tmp_path / "a.png", np.full((90, 130, 3), 0.5, np.float32))
    reads = []
    read = images.read
    monkeypatch.setattr(images, "read", lambda *given, **named: reads.append(given) or read(*given, **named))
    found = asked("block1_conv1", accentuate=str(tmp_path / "a.png"))
    assert {feature.size for feature in found.features} == {(90, 130)}
    assert (len(found.features), len(reads)) == (24, 1)
