"""PyTorch as a contestant: VGG written with torch.nn.functional; `python -m tools.benchmark.with_torch TASK`.

It runs in an environment of its own, with nothing but PyTorch and NumPy, from the root of the repository.

Source: Simonyan and Zisserman 2015, configuration E, as torchvision's VGG19 lays it out: convolution, ReLU in place.
"""

import sys

import numpy as np

from deepdream.benchmark.worker import Build, Step, serve
from deepdream.benchmark.workload import Task, from_json

PATHS = ("PyTorch", "PyTorch channels-last", "PyTorch float64")


def prepare(task: Task) -> Build:
    """What builds the network."""
    import torch
    from torch.nn import functional as F

    assert task.space == "raw", "a peer shows the network the picture's own numbers"
    if task.threads:
        torch.set_num_threads(task.threads)
    kind = torch.float64 if task.path.endswith("float64") else torch.float32
    layout = torch.channels_last if task.path.endswith("channels-last") else torch.contiguous_format
    names = {choice.layer for choice in task.choices}
    arrays, picture = task.read_weights(), task.read_picture()

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(kind)

    def build() -> Step:
        weights = {
            name: (tensor(kernel.transpose(3, 2, 0, 1)).to(memory_format=layout), tensor(bias))
            for name, (kernel, bias) in arrays.items()
        }
        image = tensor(picture.transpose(0, 3, 1, 2)).to(memory_format=layout).requires_grad_(True)

        def step() -> np.ndarray:
            image.grad = None
            x, value = image, torch.zeros((), dtype=kind)
            for layer in task.table:
                if layer.kind == "conv":
                    x = F.relu(F.conv2d(x, *weights[layer.name], padding=1), inplace=True)
                else:
                    x = F.max_pool2d(x, 2)
                if layer.name in names:
                    value = value + x.mean() / len(names)
            value.backward()
            return image.grad[0].permute(1, 2, 0).numpy()

        return step

    return build


if __name__ == "__main__":
    task = from_json(sys.argv[1])
    serve(lambda: prepare(task), task.gradient)
