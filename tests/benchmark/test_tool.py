"""tools/benchmark: the peers' gradients, the floors, the page."""

import importlib.util
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from deepdream.benchmark import engine_worker
from deepdream.benchmark.workload import random_weights, write_weights
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.runtime import tf
from tests.benchmark.made import MACHINE, row, workload
from tests.support import random_picture, relative_error
from tools.benchmark import (
    commands,
    curve,
    drawing,
    floor,
    kept,
    peers,
    render,
    simulate,
    store,
    with_keras,
    with_torch,
)

WIDTHS = manifest.read()["vgg19"].widths


@pytest.fixture(scope="module")
def case_folder(tmp_path_factory):
    """A tiny picture and random weights for VGG19, as workers receive them."""
    folder = tmp_path_factory.mktemp("case")
    write_weights(folder / "weights.npz", random_weights(WIDTHS))
    np.save(folder / "picture.npy", random_picture(21, 27))
    return folder


def of_peers(folder, path):
    return workload(folder, path, widths=WIDTHS, layers="block2_conv", size=(21, 27), space="raw")


def tolerance(path):
    """Of a gradient in that path's precision."""
    return 0.1 if "bfloat16" in path else 1e-5


@pytest.fixture
def keras_policy():
    """Keras's own, set back after what a path sets for its process."""
    before = tf.keras.mixed_precision.global_policy()
    yield
    tf.keras.mixed_precision.set_global_policy(before)


@pytest.mark.usefixtures("keras_policy")
@pytest.mark.parametrize("path", ["Keras", "Keras mixed_bfloat16", "Keras XLA"])
def test_keras_computes_our_gradient(case_folder, path):
    ours = engine_worker.prepare(of_peers(case_folder, "direct"))()()
    assert relative_error(with_keras.prepare(of_peers(case_folder, path))()(), ours) < tolerance(path)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch has a separate environment")
@pytest.mark.parametrize("path", with_torch.PATHS)
def test_pytorch_computes_our_gradient(case_folder, path):
    ours = engine_worker.prepare(of_peers(case_folder, "direct"))()()
    assert relative_error(with_torch.prepare(of_peers(case_folder, path))()(), ours) < tolerance(path)


def test_each_worker_starts_where_its_library_is(tmp_path):
    commands = {name: peers.worker(name, of_peers(tmp_path, name), "torch-python").command[:3] for name in peers.RACE}
    assert {name: command[2] for name, command in commands.items()} == {
        "Keras": "tools.benchmark.with_keras",
        "Keras mixed_bfloat16": "tools.benchmark.with_keras",
        **dict.fromkeys(with_torch.PATHS[:-1], "tools.benchmark.with_torch"),
        "deepdream direct": "deepdream.benchmark.engine_worker",
        "deepdream winograd": "deepdream.benchmark.engine_worker",
        "deepdream strips": "deepdream.benchmark.engine_worker",
        "deepdream bfloat16": "deepdream.benchmark.engine_worker",
    }
    assert {name for name, command in commands.items() if command[0] == "torch-python"} == set(with_torch.PATHS[:-1])


def test_the_floor_is_operations_over_the_product_rate_and_bytes_over_the_copy_rate():
    table = {layer.name: layer for layer in architecture.layers(WIDTHS)}
    layer = table["block2_conv2"]  # 128 into 128 channels on half the sides
    assert floor.operations(layer, (100, 60)) == 2 * 2 * 9 * 128 * 128 * 50 * 30
    found = floor.floor(layer, (100, 60), MACHINE)
    assert found.products == pytest.approx(2 * 2 * 9 * 128 * 128 * 1500 / 100e9)
    assert found.winograd == pytest.approx(found.products / 4)
    assert found.memory == pytest.approx(2 * 4 * 1500 * 256 / 20e9)
    assert found.transforms == pytest.approx(found.memory * (1 + 2 * 36 / 16))
    first = floor.floor(table["block1_conv1"], (100, 60), MACHINE)
    assert (first.winograd, first.transforms) == (first.products, 0)
    pool = floor.floor(table["block1_pool"], (100, 60), MACHINE)
    assert (pool.products, pool.memory) == (0, pytest.approx(2 * 4 * 64 * (6000 + 1500) / 20e9))


def test_commands_are_timed_in_turn():
    order = []

    def contender(name):
        return lambda: order.append(name) or len(order)

    assert commands.alternated({name: contender(name) for name in "ab"}, 2) == {"a": [1, 3], "b": [2, 4]}
    assert order == ["a", "b", "a", "b"]


def test_a_curve_resumes_where_it_was_stopped(tmp_path, monkeypatch):
    measured = []

    def measure(point):
        if len(measured) == 2:
            raise KeyboardInterrupt
        measured.append(point.side)
        return {"seconds": 1.0, "processor": 1.0, "peak": 2**30}

    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    monkeypatch.setattr(curve, "_measured", measure)
    points = [curve.Point("pocket", None, "block1", "direct", 64, "1GiB", side) for side in (10, 20, 30)]
    with pytest.raises(KeyboardInterrupt):
        curve.measure(points)
    measured.clear()
    found = curve.measure(points)
    assert measured == [30]
    assert [line["point"]["side"] for line in found] == [10, 20, 30]
    assert len((tmp_path / "curve.jsonl").read_text().splitlines()) == 3


def test_a_kept_result_is_as_it_was_until_its_command_is_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    for value in (1.5, 2.5):
        assert kept.kept("cli-pocket", (0, "default"), lambda value=value: value) == 1.5
        assert kept.kept("cli-pocket", (1, "default"), lambda: 3.5) == 3.5
    kept.forget("curve")
    assert kept.kept("cli-pocket", (0, "default"), lambda: 2.5) == 1.5
    kept.forget("cli")
    assert kept.kept("cli-pocket", (0, "default"), lambda: 2.5) == 2.5


def measured():
    """Made-up results of every command."""
    rows = [row(path=name, network="vgg19", seconds=seconds) for seconds, name in enumerate(peers.RACE[::-1], 1)]
    line = {"layer": "block1_conv1", "seconds": 0.02, "processor": 0.01, "operations": 10**9}
    return {
        "peers": {
            "machine": asdict(MACHINE),
            "versions": {"tensorflow": "2.21.0", "keras": "3.1", "torch": "2.13.0"},
            "rows": [asdict(one) for one in rows],
        },
        "check": {"rows": [asdict(replace(rows[0], difference=2e-3))]},
        "layers": {"layers": [line | {"floor": asdict(floor.Floor(0.004, 0.001, 0.002, 0.003))}]},
        "curve": [{"point": {"network": "pocket", "side": 2000}, "seconds": 8.0, "processor": 6.0, "peak": 2**30}],
        "quality": {
            "pocket": {
                "gradients": [{"picture": "fox", "cosines": [0.99, 0.98, 0.97, 0.96, 0.95]}],
                "dreams": [
                    {
                        "recipe": "classic",
                        "picture": "fox",
                        "distance": 12.0,
                        "chaos": 11.0,
                        "loss": -0.01,
                        "chaos_loss": 0.03,
                    }
                ],
            }
        },
        "startup": {"pocket": {"to the first step": [3.0, 5.0, 4.0], "loading": [2.0, 2.0, 2.0]}},
        "cli": {"pocket": {"default": [9.0], "plain": [10.0]}},
        "many": {
            "dreams": {"one process": [3.0, 2.0], "2 workers": [1.0, 1.5]},
            "tasks": {"2": 0.004, "16": 0.006},
            "bytes": 0.02,
            "plan": 0.001,
            "simulation": [asdict(simulate.Outcome(1234.5, 0.9, 0.06, 0.04, 0.5)) | {"case": "made", "machines": 1000}],
        },
    }


def test_results_are_kept_by_processor_and_command(tmp_path):
    store.put("Intel", "peers", {"seconds": 0.123456789, "sizes": (1, 2)}, tmp_path / "p.json")
    store.put("AMD", "cli", [2], tmp_path / "p.json")
    store.put("Intel", "cli", [1], tmp_path / "p.json")
    assert store.read(tmp_path / "p.json") == {
        "Intel": {"cli": [1], "peers": {"seconds": 0.123457, "sizes": [1, 2]}},
        "AMD": {"cli": [2]},
    }


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "machine",
            "a processor, 4 threads, Linux x86_64; Python 3.12.1, TensorFlow 2.21.0, Keras 3.1, PyTorch 2.13.0.",
        ),
        # our four algorithms take 1 to 4 s; of the peers the fastest takes 5, in float32 the fastest 8
        ("ratios", "| any | PyTorch bfloat16 channels-last compiled, 5.00 s | 5.00 | 1.00 |"),
        ("ratios", "| bfloat16, 1.00 s | float32 | PyTorch channels-last, 8.00 s | 8.00 | 1.00 |"),
        ("check", "| vgg19 | block1_conv2 | deepdream bfloat16 | 2e-03 | 0 |"),
        ("quality", "| pocket | classic | 1 | 12.0 | 11.0 | 1.0%, 1.0% | 3.0%, 3.0% | 0.990 0.980 0.970 0.960 0.950 |"),
        ("layers", "| block1_conv1 | 1.0 | 20 | 10 | 4.0 | 1.0 | 2.0 | 3.0 |"),
        ("curve", "| pocket | 2000x2000 | 4.00 | 8.00 | 2.00 | 1.50 | 1.00 |"),
        ("startup", "| pocket | to the first step | 4.00 | 3.00 | 5.00 | 2.00 |"),
        ("cli", "| pocket | default | 9.00 | 9.00 | 9.00 | 0.90 |"),
        ("dreams", "| 2 workers | 1.00 | 2.00 |"),
        ("tasks", "| 16 workers | nothing | 6.0 |"),
        ("simulation", "| made | 1,000 | 1,234.5 | 90.0% | 6.0% | 4.0% | 50.0% |"),
    ],
)
def test_a_table_of_the_page(name, line):
    text = f"before\n<!-- {name} -->\nold\n<!-- end -->\nafter\n"
    made = render.filled(text, {"a processor": measured()})
    assert line in made
    assert "**a processor**" in made
    assert "old" not in made
    assert made.startswith("before\n")
    assert made.endswith("<!-- end -->\nafter\n")
    assert render.filled(text, {}) == f"before\n<!-- {name} -->\nNot measured yet.\n<!-- end -->\nafter\n"


def test_a_plot_is_embedded_if_it_was_measured():
    text = "<!-- curve -->\n<!-- end -->"
    made = render.filled(text, {"AMD EPYC, AVX-512": measured(), "another": {}})
    assert made.startswith("<!-- curve -->\n**AMD EPYC, AVX-512**\n\n![")
    assert "](performance-curve-amd-epyc-avx-512.svg)\n\n| network |" in made
    assert "another" not in made
    assert "svg" not in render.filled(text, {})


@pytest.mark.parametrize("page", render.PAGES, ids=lambda page: page.name)
def test_the_page_agrees_with_the_stored_numbers(page):
    text = page.read_text("utf-8")
    assert render.filled(text, store.read()) == text, "type: python -m tools.benchmark render"
    assert json.dumps(store.read()).count("/tmp") == 0


def test_the_plots_are_drawn(tmp_path):
    drawing.write(measured(), tmp_path, lambda name: f"{name}.svg")
    assert {path.name for path in Path(tmp_path).iterdir()} == {f"{name}.svg" for name in render.PLOTS}


def test_cases_that_were_not_measured_again_keep_their_rows_while_the_versions_are_the_same():
    def result(version, *cases):
        return {"versions": version, "rows": [{"size": "7x5", "layers": name, "seconds": took} for name, took in cases]}

    former = result("1", ("block4_conv", 1.0), ("block5_conv", 2.0))
    assert peers.beside(result("1", ("block5_conv", 3.0)), former) == result(
        "1", ("block4_conv", 1.0), ("block5_conv", 3.0)
    )
    assert peers.beside(result("2", ("block5_conv", 3.0)), former) == result("2", ("block5_conv", 3.0))
    assert peers.beside(former, None) == former
