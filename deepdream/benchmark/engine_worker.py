"""This package's engine as a contestant: python -m deepdream.benchmark.engine_worker TASK, see `serve`."""

import sys

import numpy as np

from deepdream.benchmark.worker import Build, Step, serve
from deepdream.benchmark.workload import Task, from_json


def prepare(task: Task) -> Build:
    """What builds the engine."""
    from deepdream import runtime
    from deepdream.gradient import engine
    from deepdream.objectives.layers import layer_objective

    runtime.configure(task.threads, bands=task.path == "winograd")
    arrays, picture = task.read_weights(), task.read_picture()

    def build() -> Step:
        gradient = engine.make(
            arrays,
            task.table,
            layer_objective(task.choices),
            space=task.space,
            tile=task.tile,
            path=task.path,
        )

        def step() -> np.ndarray:
            return gradient(picture)[1][0]

        return step

    return build


if __name__ == "__main__":
    task = from_json(sys.argv[1])
    serve(lambda: prepare(task), task.gradient)
