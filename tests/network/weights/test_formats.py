"""Every accepted format gives the same network, and every fault in a file is named."""

import pickle
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from deepdream.errors import WeightsError
from deepdream.network.network import Network
from deepdream.network.weights import formats, lookup
from deepdream.network.weights.manifest import PublishedFile, WeightSet
from tests.network.weights import weight_files
from tests.network.weights.weight_files import OTHER, VGG, pairs, random_named

SETS = {
    "vgg19": WeightSet("vgg19", VGG, (PublishedFile("v.h5", md5="0"),)),
    "pocket": WeightSet("pocket", OTHER, (PublishedFile("p.safetensors", md5="0"),)),
}
WRITERS = {
    "legacy.h5": weight_files.save_legacy,
    "keras.weights.h5": weight_files.save_keras3,
    "named.npz": weight_files.save_npz,
    "named.safetensors": weight_files.save_safetensors,
}
GIVE_ANOTHER = (
    "Give another file, or use the small network that ships with the package: deepdream dream --network pocket"
)


def load(path: Path, network: str = "auto") -> Network:
    return lookup.load(network, path, sets=SETS)


def refused(path: Path, network: str = "auto") -> WeightsError:
    with pytest.raises(WeightsError) as caught:
        load(path, network)
    return caught.value


def assert_same(found, expected) -> None:
    assert list(found) == list(expected)
    for layer, (kernel, bias) in expected.items():
        assert found[layer][0].dtype == found[layer][1].dtype == np.float32
        np.testing.assert_array_equal(found[layer][0], kernel, strict=True)
        np.testing.assert_array_equal(found[layer][1], bias, strict=True)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("network", "widths"), [("vgg19", VGG), ("pocket", OTHER)])
def test_every_format_gives_back_the_arrays_and_the_network_that_they_fit(tmp_path, name, network, widths):
    named = random_named(widths)
    found = load(WRITERS[name](tmp_path / name, named))
    assert (found.name, found.widths, found.path, found.note) == (network, widths, tmp_path / name, "")
    assert_same(found.arrays, pairs(named))


def test_a_format_is_known_by_its_content_and_not_by_its_name(tmp_path):
    named = random_named()
    path = weight_files.save_safetensors(tmp_path / "really.h5", named)
    assert_same(load(path).arrays, pairs(named))


def test_a_legacy_file_is_read_by_the_order_of_its_attribute_and_not_by_the_names_in_it(tmp_path):
    named = random_named()
    path = tmp_path / "renamed.h5"
    with h5py.File(path, "w") as file:
        for layer in weight_files.LAYERS:
            group = file.create_group(layer)
            group.attrs["weight_names"] = ["z_first:0", f"{layer}/a_second:0"]
            group["z_first:0"], group[f"{layer}/a_second:0"] = named[f"{layer}/kernel"], named[f"{layer}/bias"]
    assert_same(load(path).arrays, pairs(named))


def test_the_tenth_convolution_of_a_keras_3_file_follows_the_ninth_and_not_the_first(tmp_path):
    # In the order of the alphabet conv2d_10 stands before conv2d_2; with equal widths only the values show it.
    named = random_named((4, 4, 4, 4, 4))
    sets = {"vgg19": WeightSet("vgg19", (4, 4, 4, 4, 4), SETS["vgg19"].files)}
    path = weight_files.save_keras3(tmp_path / "equal.weights.h5", named)
    assert_same(lookup.load(file=path, sets=sets).arrays, pairs(named))


@pytest.mark.parametrize("name", ["legacy.h5", "keras.weights.h5"])
def test_a_classifier_in_the_file_is_left_out_of_the_dream_and_can_be_read(tmp_path, name):
    named = random_named()
    found = load(WRITERS[name](tmp_path / name, named, top=True))
    assert_same(found.arrays, pairs(named))
    dense = {"legacy.h5": "predictions", "keras.weights.h5": "dense_1"}[name]
    extras = formats.read(found.path, lambda name: not formats.is_convolution(name))
    assert {f"{dense}/kernel", f"{dense}/bias"} < set(extras)
    assert not any("conv" in extra for extra in extras)


def test_the_head_of_a_named_file_is_left_out_of_the_dream_and_can_be_read(tmp_path):
    head = {"head/kernel": np.full((7, 3), 0.25, np.float16), "head/bias": np.arange(3, dtype=np.float16)}
    found = load(weight_files.save_npz(tmp_path / "head.npz", random_named() | head))
    assert_same(found.arrays, pairs(random_named()))
    extras = formats.read(found.path, lambda name: not formats.is_convolution(name))
    assert set(extras) == set(head)
    np.testing.assert_array_equal(extras["head/kernel"], head["head/kernel"])


def test_half_precision_is_widened(tmp_path):
    named = {name: array.astype(np.float16) for name, array in random_named().items()}
    found = load(weight_files.save_safetensors(tmp_path / "half.safetensors", named))
    assert_same(found.arrays, pairs({name: array.astype(np.float32) for name, array in named.items()}))


@pytest.mark.parametrize("name", WRITERS)
def test_swapped_kernel_axes_are_named(tmp_path, name):
    named = random_named()
    named["block3_conv1/kernel"] = named["block3_conv1/kernel"].swapaxes(2, 3).copy()
    path = WRITERS[name](tmp_path / name, named)
    error = refused(path)
    assert error.message == (
        f"In {path}, block3_conv1/kernel has the shape (3, 3, 5, 3), and vgg19 needs (3, 3, 3, 5): "
        "its axes are swapped, a kernel's are height, width, in, out."
    )
    assert error.advice == GIVE_ANOTHER
    assert error.exit_code == 2


def test_kernels_in_the_order_of_pytorch_are_named(tmp_path):
    named = {
        name: array.transpose(3, 2, 0, 1).copy() if array.ndim == 4 else array for name, array in random_named().items()
    }
    path = weight_files.save_npz(tmp_path / "torch.npz", named)
    assert refused(path).message == (
        f"In {path}, block1_conv1/kernel has the shape (2, 3, 3, 3), and vgg19 needs (3, 3, 3, 2): "
        "its axes are swapped, a kernel's are height, width, in, out."
    )


def test_a_wrong_shape_is_named(tmp_path):
    named = random_named() | {"block4_conv3/bias": np.zeros(9, np.float32)}
    path = weight_files.save_npz(tmp_path / "wide.npz", named)
    assert refused(path).message == f"In {path}, block4_conv3/bias has the shape (9,), and vgg19 needs (4,)."


@pytest.mark.parametrize("name", ["legacy.h5", "named.npz", "named.safetensors"])
def test_a_missing_tensor_is_named(tmp_path, name):
    named = random_named()
    del named["block5_conv2/bias"]
    path = WRITERS[name](tmp_path / name, named)
    error = refused(path)
    assert error.message == f"{path} holds no block5_conv2/bias, which vgg19 needs."
    assert error.advice == GIVE_ANOTHER


def test_a_keras_3_file_with_too_few_convolutions_lacks_the_last(tmp_path):
    path = weight_files.save_keras3(tmp_path / "short.weights.h5", random_named())
    with h5py.File(path, "a") as file:
        del file["layers/conv2d_15"]
    assert refused(path).message == f"{path} holds no block5_conv4/kernel, which vgg19 needs."


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_a_number_that_is_not_finite_is_named_with_its_index(tmp_path, value, word):
    named = random_named()
    named["block2_conv2/kernel"][2, 1, 0, 2] = value
    path = weight_files.save_safetensors(tmp_path / "loose.safetensors", named)
    assert refused(path).message == (
        f"In {path}, block2_conv2/kernel holds {word} at (2, 1, 0, 2), and weights have to be finite."
    )


def test_a_number_too_large_for_single_precision_is_not_finite(tmp_path):
    named = random_named()
    named["block1_conv2/bias"] = np.array([1.0, 1e300])
    path = weight_files.save_npz(tmp_path / "large.npz", named)
    assert refused(path).message == f"In {path}, block1_conv2/bias holds inf at (1,), and weights have to be finite."


def test_whole_numbers_are_not_weights(tmp_path):
    named = random_named() | {"block1_conv1/bias": np.array([3, 5], np.int8)}
    path = weight_files.save_npz(tmp_path / "whole.npz", named)
    assert refused(path).message == (
        f"In {path}, block1_conv1/bias is of the type int8, and weights are floating-point numbers."
    )


def test_a_text_file_named_h5_is_reported_with_its_first_bytes(tmp_path):
    path = tmp_path / "page.h5"
    path.write_text("<!DOCTYPE html><html><body>Log in to continue</body></html>")
    assert refused(path).message == (
        f"{path} is not a weight file: it begins with b'<!DOCTYPE html><', "
        "which is not how HDF5, .npz or .safetensors begin."
    )


def test_an_empty_file_is_reported(tmp_path):
    path = tmp_path / "empty.safetensors"
    path.touch()
    assert refused(path).message == (
        f"{path} is not a weight file: it is empty, which is not how HDF5, .npz or .safetensors begin."
    )


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("part", [0.06, 0.5, 0.97])
def test_a_file_cut_short_is_reported(tmp_path, name, part):
    path = WRITERS[name](tmp_path / name, random_named())
    content = path.read_bytes()[: int(path.stat().st_size * part)]
    path.write_bytes(content)
    assert refused(path).message == (
        f"{path} is damaged or cut short: its {len(content):,} bytes can't be read to the end."
    )


def test_a_pickle_is_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    bare = tmp_path / "bare.pkl"
    bare.write_bytes(pickle.dumps(Trap()))
    assert refused(bare).message.startswith(f"{bare} is not a weight file: it begins with ")
    hidden = weight_files.save_npz(
        tmp_path / "hidden.npz", random_named() | {"block1_conv1/bias": np.array([Trap(), 1], object)}
    )
    size = hidden.stat().st_size
    assert refused(hidden).message == f"{hidden} is damaged or cut short: its {size:,} bytes can't be read to the end."
    assert not (tmp_path / "sprung").exists()


def test_arrays_that_fit_no_network_are_reported(tmp_path):
    path = weight_files.save_npz(tmp_path / "broad.npz", random_named((11, 12, 13, 14, 15)))
    assert refused(path).message == (
        f"{path} fits no network: block1_conv1/kernel has the shape (3, 3, 3, 11), which is not "
        "that of vgg19 or pocket."
    )


def test_a_file_without_any_known_name_is_reported(tmp_path):
    path = weight_files.save_npz(tmp_path / "strange.npz", {"features.0.weight": np.ones((3, 3))})
    assert refused(path).message == (
        f"{path} holds no array of the name of a convolution, such as block1_conv1/kernel."
    )


def test_a_file_of_another_network_than_the_one_asked_for_is_rejected(tmp_path):
    path = weight_files.save_npz(tmp_path / "small.npz", random_named(OTHER))
    error = refused(path, "vgg19")
    assert error.message == f"{path} holds the weights of pocket, and vgg19 was asked for."
    assert error.advice == "Give a file of vgg19, or ask for --network pocket."
    assert load(path, "pocket").name == "pocket"


def test_a_path_that_is_no_file_is_reported(tmp_path):
    assert refused(tmp_path / "gone.npz").message == f"There is no weight file {tmp_path / 'gone.npz'}."
    assert refused(tmp_path).message == f"{tmp_path} is a folder, not a weight file."


def test_a_file_that_may_not_be_read_is_reported(tmp_path, monkeypatch):
    path = weight_files.save_npz(tmp_path / "closed.npz", random_named())

    def closed(*arguments, **keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)  # a test run by root may read every file
    assert refused(path).message == f"{path} can't be read: Permission denied."


@pytest.mark.slow
def test_the_file_that_keras_itself_writes_of_the_real_network_is_read(tmp_path, vgg19_arrays, keras_vgg19):
    path = tmp_path / "real.weights.h5"
    keras_vgg19.save_weights(path)
    found = lookup.load("vgg19", path)
    assert (found.name, found.widths) == ("vgg19", (64, 128, 256, 512, 512))
    assert_same(found.arrays, vgg19_arrays)


@pytest.mark.slow
def test_a_file_of_the_published_layout_and_full_size_is_read_within_seconds(tmp_path, vgg19_arrays):
    named = {
        f"{layer}/{part}": pair[index]
        for layer, pair in vgg19_arrays.items()
        for index, part in enumerate(("kernel", "bias"))
    }
    path = weight_files.save_legacy(tmp_path / "full.h5", named)
    assert abs(path.stat().st_size - 80_134_624) < 100_000  # the published file's size, a few names apart
    start = time.process_time()
    assert_same(lookup.load("vgg19", path).arrays, vgg19_arrays)
    assert time.process_time() - start < 10
