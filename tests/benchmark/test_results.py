"""The arithmetic of the table."""

from pathlib import Path

import numpy as np
import pytest

from deepdream.benchmark import results
from deepdream.benchmark.interleave import Failed, Ready, Timing
from tests.benchmark.made import MACHINE, workload


def benchmark(tmp_path):
    """Two workers on 20x10 pixels; the second one's gradient is off by a tenth at one of 200 pixels."""
    workloads = {name: workload(tmp_path, name) for name in ("direct", "winograd", "late", "dead")}
    reference = np.ones((10, 20, 3), np.float32)
    np.save(workloads["direct"].gradient, reference)
    np.save(workloads["late"].gradient, reference)
    reference[3, 4] *= 1.1
    np.save(workloads["winograd"].gradient, reference)
    records = [
        Ready("direct", 2.5, 10),
        Ready("winograd", 0.125, 10),
        Failed("dead", "It died."),
        Ready("late", 1.0, 10),
        *(Timing("direct", n, seconds, 2 * seconds, 10 + n) for n, seconds in enumerate((0.5, 0.25, 1.0), 1)),
        Timing("winograd", 1, 0.125, 0.5, 30),
    ]
    return workloads, records


def test_every_number_of_a_row(tmp_path):
    direct, winograd = results.rows(*benchmark(tmp_path), MACHINE, "small")  # a worker that took no step has no row
    # To block1_conv2 of widths 4, 5, ...: forward and gradient, 2 operations, 9 taps, 3x4 and 4x4 channels.
    operations = 2 * 2 * 9 * (3 * 4 + 4 * 4) * 200
    assert (direct.network, direct.path, direct.size, direct.pixels) == ("small", "direct", "20x10", 200)
    assert (direct.device, direct.threads, direct.layers, direct.deepest) == ("a CPU", 4, "block1_conv", "block1_conv2")
    assert (direct.rounds, direct.seconds_min, direct.seconds, direct.seconds_max) == (3, 0.25, 0.5, 1.0)
    assert direct.processor_seconds == 1.0 / 4
    assert direct.pixel_steps_per_second == 400
    assert direct.gflops == pytest.approx(operations / 0.5 / 1e9)
    assert direct.of_sgemm == pytest.approx(operations / 0.5 / 1e9 / 100)
    assert direct.peak_memory == 13
    assert direct.compile_seconds == 2.25
    assert winograd.compile_seconds == 0.0
    assert (direct.difference, direct.typical_difference) == (0.0, 0.0)
    assert winograd.difference == pytest.approx(0.1 / np.sqrt(200), rel=1e-3)
    assert winograd.typical_difference == 0.0


def test_without_a_step_there_is_no_row(tmp_path):
    workloads, records = benchmark(tmp_path)
    assert results.rows(workloads, records[:3], MACHINE, "small") == ()
    assert results.rows(workloads, [], MACHINE, "small") == ()


def test_the_typical_difference_is_that_of_the_median_pixel(tmp_path):
    reference = np.random.default_rng(0).normal(size=(9, 7, 3))
    np.save(tmp_path / "g.npy", reference * 1.001)
    overall, typical = results.differences(Path(tmp_path / "g.npy"), reference)
    assert overall == pytest.approx(1e-3)
    assert typical == pytest.approx(1e-3, rel=0.3)
