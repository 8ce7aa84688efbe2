"""The choice of the convolution algorithm, the precision and the tile."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from deepdream import dream_steps
from deepdream.errors import SettingError
from deepdream.gradient import cost, memory, precision
from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import manifest
from deepdream.pipeline import execution
from deepdream.pipeline.plan import Octave, Target
from deepdream.settings import Settings
from deepdream.settings.selection import choose
from tests.support import random_picture

TABLE = architecture.layers(manifest.read()["vgg19"].widths)
CHOICES = choose("block4", {layer.name: layer.channels for layer in TABLE})
TARGET = Target(CHOICES, truncate(TABLE, {choice.layer for choice in CHOICES}), "mean")
SHORT, LONG = (
    Octave(
        size=(512, 512),
        steps=steps,
        step_size=0.01,
        jitter=(0, 0),
        mirrors=(False, False),
        distance=None,
        targets=(TARGET,),
    )
    for steps in (2, 90)
)


def algorithm(octave, *, plain=False, **given):
    (name,) = execution.algorithms(Settings(**given), [octave], ("direct",) if plain else VGG.algorithms)
    return name


@pytest.fixture(autouse=True)
def avx512(monkeypatch):
    monkeypatch.setattr(execution, "_avx512", lambda: True)


def test_winograds_is_used_if_the_operations_ahead_are_worth_compiling():
    assert algorithm(SHORT) == "direct"
    assert algorithm(LONG) == "winograd"


def test_strips_are_compiled_once_for_all_octaves_and_pay_when_bands_do_not():
    some = replace(LONG, steps=6)
    assert execution.algorithms(Settings(), [some] * 3, VGG.algorithms) == ("direct",) * 3
    assert execution.algorithms(Settings(), [some] * 10, VGG.algorithms) == ("strips",) * 10
    assert execution.algorithms(Settings(), [LONG] * 3, VGG.algorithms) == ("winograd",) * 3


def test_the_sample_picture_with_its_border_fits_in_the_default_memory_on_strips():
    weights = 4 * sum(layer.taps * layer.inputs * layer.channels for layer in TABLE if layer.kind == "conv")
    table, shown = truncate(TABLE, {"block5_conv2"}), (632, 932)
    assert cost.process(table, shown, shown, weights=weights, algorithm="strips") < memory.CEILING


def test_a_schedule_has_a_convolution_for_each_octave_that_is_dreamt():
    settings = Settings(convolution="direct/winograd")
    assert execution.algorithms(settings, [SHORT] * 3, VGG.algorithms) == ("direct", "winograd", "winograd")


def test_what_is_compiled_once_is_paid_for_once_and_what_is_compiled_for_each_size_in_each_octave():
    steps = execution.seconds(["direct"] * 2, [LONG] * 2)
    for name, starts in (("strips", 1), ("winograd", 2)):
        paid = execution.seconds([name] * 2, [LONG] * 2) - steps / cost.COSTS[name].gain
        assert paid == pytest.approx(starts * max(cost.COSTS[name].start, cost.COSTS[name].size))


def test_a_narrow_network_stays_plain():
    widths = manifest.read()["pocket"].widths
    table = truncate(architecture.layers(widths), {choice.layer for choice in CHOICES})
    octave = Octave(
        size=(512, 512),
        steps=9000,
        step_size=0.01,
        jitter=(0, 0),
        mirrors=(False, False),
        distance=None,
        targets=(Target(CHOICES, table, "mean"),),
    )
    assert algorithm(octave) == "direct"


@pytest.mark.parametrize("name", ["direct", "transpose", "winograd", "strips"])
def test_a_convolution_that_is_requested_is_used(name):
    assert algorithm(SHORT, convolution=name, plain=True) == algorithm(LONG, convolution=name) == name


def test_on_a_gpu_it_is_tensorflows_own():
    assert algorithm(LONG, plain=True) == "direct"


def test_without_avx512_the_plain_convolution_is_transposed(monkeypatch):
    monkeypatch.setattr(execution, "_avx512", lambda: False)
    assert algorithm(SHORT) == "transpose"
    assert algorithm(LONG) == "winograd"


@pytest.mark.parametrize(
    ("names", "found"), [(["SSE42", "AVX512F"], True), (["X86_V3", "X86_V4"], True), (["AVX2"], False), ([], False)]
)
def test_avx512_is_known_by_the_names_that_numpy_has_for_it(names, found, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": {"found": names}})
    assert execution._avx512.__wrapped__() is found


def fitted(**given):
    """The settings and the note for a picture of 25 megapixels on weights of VGG19's size."""
    large = replace(LONG, size=(5000, 5000))
    return execution.fit(
        Settings(**given), (large,), SimpleNamespace(nbytes=80_000_000, cuts=True, algorithms=VGG.algorithms)
    )


def test_the_tile_follows_from_the_memory_allowed_and_a_named_one_stays():
    small, large = (fitted(memory=memory)[0].tile for memory in ("3.5GiB", "8GiB"))
    assert small % 8 == 0
    assert small < large < 5000
    assert fitted(tile=100) == (Settings(tile=100), "")


def test_the_mirror_images_at_the_borders_count_as_pixels_of_the_picture():
    table, size = LONG.targets[0].table, (2000, 3000)
    allowed = cost.process(table, size, size, weights=80_000_000)
    octave = replace(LONG, size=size, jitter=(32, 32))
    network = SimpleNamespace(nbytes=80_000_000, cuts=True, algorithms=VGG.algorithms)
    settings = Settings(memory=allowed, convolution="direct")
    assert execution.fit(settings, (octave,), network)[0].tile is None
    assert execution.fit(settings, (replace(octave, mirrors=(True, True)),), network)[0].tile is not None


def test_where_winograds_does_not_fit_the_plain_one_is_used_with_a_note():
    settings, note = fitted(memory="2.7GiB")
    assert (settings.convolution, note) == (
        "direct",
        "Winograd's convolution, the faster one, was left out: its kernels leave too little memory for tiles.",
    )
    with pytest.raises(SettingError, match=r"memory 2\.7GiB is too little"):
        fitted(memory="2.7GiB", convolution="winograd")
    with pytest.raises(SettingError, match=r"memory 1\.0GiB is too little"):
        fitted(memory="1GiB")


@pytest.fixture
def amx(monkeypatch):
    monkeypatch.setattr(precision, "flags", lambda: frozenset({"amx_bf16"}))


def decided(precisions=VGG.precisions, **given):
    settings, note = execution.decided(Settings(**given), SimpleNamespace(precisions=precisions))
    return settings.precision, note


@pytest.mark.usefixtures("amx")
def test_auto_is_bfloat16_where_the_processor_is_made_for_it():
    assert decided() == decided(convolution="direct") == ("bfloat16", "")
    assert decided(convolution="direct/strips") == decided(convolution="transpose") == ("float32", "")
    assert decided(precisions=("float32",)) == ("float32", "")  # such as Keras's
    assert decided(precision="float32") == ("float32", "")


def test_a_processor_that_does_not_multiply_bfloat16_computes_it_and_says_so(monkeypatch):
    monkeypatch.setattr(precision, "flags", frozenset)
    assert decided() == ("float32", "")
    assert decided(precision="bfloat16") == (
        "bfloat16",
        "bfloat16 is slow here: this processor does not multiply it natively; float32 is faster.",
    )


def test_in_bfloat16_every_octave_is_computed_alike():
    assert {algorithm(octave, precision="bfloat16", plain=plain) for octave in (SHORT, LONG) for plain in (0, 1)} == {
        "bfloat16"
    }


def test_bfloat16_takes_larger_tiles_of_the_same_memory():
    single, half = (fitted(memory="2.7GiB", precision=precision)[0].tile for precision in ("float32", "bfloat16"))
    assert 1.2 < half / single < 2


def test_a_dream_is_decided_once_and_its_record_says_how(monkeypatch):
    decided, real = [], execution.decide

    def counted(*arguments, **more):
        decided.append(real(*arguments, **more))
        return decided[-1]

    monkeypatch.setattr(execution, "decide", counted)
    given = {"network": "pocket", "layers": "block2", "octaves": 2, "steps": 1, "precision": "float32"}
    estimate, *_, done = dream_steps(random_picture(61, 43), **given)
    (found,) = decided
    assert done.recipe["runtime"]["convolution"] == list(found.algorithms)
    assert done.recipe["settings"]["tile"] == found.tile
    assert done.recipe["settings"]["precision"] == found.precision
    assert estimate.memory == found.memory
