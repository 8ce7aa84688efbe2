"""Made-up workloads, machines and rows of a benchmark."""

from deepdream.benchmark.machine import Machine
from deepdream.benchmark.results import Row
from deepdream.benchmark.workload import Workload
from tests.support import SMALL

MACHINE = Machine(
    processor="a processor",
    device="a CPU",
    threads=4,
    gflops=100.0,
    gigabytes=20.0,
    system="Linux x86_64",
    python="3.12.1",
    tensorflow="2.21.0",
)


def workload(folder, path="direct", **changes):
    """A workload on 20x10 pixels of a small network, with its files in the folder."""
    fields = {"path": path, "widths": SMALL, "layers": "block1_conv", "size": (10, 20)} | changes
    return Workload(
        **fields, weights=folder / "weights.npz", picture=folder / "picture.npy", gradient=folder / f"{path}.npy"
    )


def row(**changes):
    """A row of a table."""
    fields = {
        "device": "a CPU", "threads": 4, "network": "pocket", "path": "direct", "size": "20x10", "pixels": 200,
        "tile": None, "layers": "block1_conv", "deepest": "block1_conv2", "rounds": 3, "seconds_min": 0.25,
        "seconds": 0.5, "seconds_max": 12.345, "processor_seconds": 0.125, "pixel_steps_per_second": 4e5,
        "gflops": 61.7, "of_sgemm": 0.617, "peak_memory": 812_345_678, "compile_seconds": 2.04, "difference": 0.0,
        "typical_difference": 0.0,
    }  # fmt: skip
    return Row(**fields | changes)
