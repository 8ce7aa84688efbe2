"""This package's engine as a worker: python -m deepdream.benchmark.engine_worker WORKLOAD, see `worker.serve`."""

import sys

import numpy as np

from deepdream.benchmark.worker import Build, Step, serve
from deepdream.benchmark.workload import Workload, from_json


def prepare(workload: Workload) -> Build:
    """A function that builds the engine for this workload."""
    from deepdream import runtime
    from deepdream.gradient import engine
    from deepdream.objectives.layers import layer_objective

    runtime.configure(workload.threads, bands=workload.path in ("winograd", "strips"))
    network, picture = workload.read_network(), workload.read_picture()

    def build() -> Step:
        gradient = engine.make(
            network,
            layer_objective(workload.choices),
            space=workload.space,
            algorithm=workload.path,
        )

        def step() -> np.ndarray:
            return gradient(picture, workload.tile)[1][0]

        return step

    return build


if __name__ == "__main__":
    workload = from_json(sys.argv[1])
    serve(lambda: prepare(workload), workload.gradient)
