"""PyTorch as a worker: VGG written with torch.nn.functional; `python -m tools.benchmark.with_torch WORKLOAD`.

It runs in a separate environment (requirements.txt beside this file), from the root of the repository.

Source: Simonyan and Zisserman 2015, configuration E, as torchvision's VGG19 lays it out: convolution, ReLU in place.
"""

import sys

import numpy as np

from deepdream.benchmark.worker import Build, Step, serve
from deepdream.benchmark.workload import Workload, from_json

PATHS = (
    "PyTorch",
    "PyTorch channels-last",
    "PyTorch bfloat16",
    "PyTorch bfloat16 channels-last",
    "PyTorch bfloat16 channels-last compiled",
    "PyTorch float64",
)
"""In bfloat16 by autocast; compiled by torch.compile."""


def prepare(workload: Workload) -> Build:
    """A function that builds the network."""
    import torch
    from torch.nn import functional as F

    assert workload.space == "raw", "peers feed the picture's own values to the network"
    if workload.threads:
        torch.set_num_threads(workload.threads)
    words = workload.path.split()
    kind = torch.float64 if "float64" in words else torch.float32
    layout = torch.channels_last if "channels-last" in words else torch.contiguous_format
    names = {choice.layer for choice in workload.choices}
    arrays, picture = workload.read_weights(), workload.read_picture()

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(kind)

    def build() -> Step:
        weights = {
            name: (tensor(kernel.transpose(3, 2, 0, 1)).to(memory_format=layout), tensor(bias))
            for name, (kernel, bias) in arrays.items()
        }
        image = tensor(picture.transpose(0, 3, 1, 2)).to(memory_format=layout).requires_grad_(True)

        def objective(image: torch.Tensor) -> torch.Tensor:
            x, value = image, torch.zeros((), dtype=kind)
            for layer in workload.table:
                if layer.kind == "conv":
                    x = F.relu(F.conv2d(x, *weights[layer.name], padding=1), inplace=True)
                else:
                    x = F.max_pool2d(x, 2)
                if layer.name in names:
                    value = value + x.mean(dtype=kind) / len(names)
            return value

        compute = torch.compile(objective) if "compiled" in words else objective

        def step() -> np.ndarray:
            image.grad = None
            with torch.autocast("cpu", torch.bfloat16, enabled="bfloat16" in words):
                value = compute(image)
            value.backward()
            return image.grad[0].permute(1, 2, 0).numpy()

        return step

    return build


if __name__ == "__main__":
    workload = from_json(sys.argv[1])
    serve(lambda: prepare(workload), workload.gradient)
