"""VGG19's sixteen 3x3 convolutions, narrow, with batch norm while they learn; unfolding and folding of that batch norm.

Pictures come in as [N, 3, H, W] RGB 0..255. A weight file holds plain arrays for VGG19's own input (BGR, 0..255, means
taken off): `block1_conv1/kernel` [h, w, in, out], `block1_conv1/bias` [out], ..., `head/kernel` [in, classes].
"""

from collections.abc import Callable, Iterable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONVOLUTIONS = (2, 2, 4, 4, 4)
MEANS = torch.tensor([123.68, 116.779, 103.939])  # RGB; VGG's own
SCALE = 64.0  # training divides by it, so that the first layer sees numbers near one; folded away in the file
NAMES = [f"block{block}_conv{i}" for block, count in enumerate(CONVOLUTIONS, 1) for i in range(1, count + 1)]
LAST_OF_BLOCK = {f"block{block}_conv{count}": block for block, count in enumerate(CONVOLUTIONS, 1)}


class Net(nn.Module):
    """The convolutions by name, mean over positions, a linear head; two auxiliary heads that serve in training only."""

    def __init__(self, widths: list[int], classes: int) -> None:
        super().__init__()
        outs = [width for width, count in zip(widths, CONVOLUTIONS, strict=True) for _ in range(count)]
        ins = [3, *outs[:-1]]
        shapes = zip(NAMES, ins, outs, strict=True)
        self.conv = nn.ModuleDict({name: nn.Conv2d(i, o, 3, padding=1, bias=False) for name, i, o in shapes})
        self.norm = nn.ModuleDict({n: nn.BatchNorm2d(o, momentum=0.05) for n, o in zip(NAMES, outs, strict=True)})
        self.head = nn.Linear(widths[4], classes)
        self.aux = nn.ModuleDict({str(block): nn.Linear(widths[block - 1], classes) for block in (3, 4)})
        self.folded: dict[str, tuple[Tensor, Tensor]] = {}  # kernel and bias of layers that learn no more
        for layer in self.conv.values():
            nn.init.orthogonal_(layer.weight)

    def freeze(self, block: int) -> None:
        """Let a block learn no more; from now on it runs folded, which is twice as fast."""
        for name in (name for name in NAMES if name.startswith(f"block{block}_")):
            self.conv[name].requires_grad_(False)
            self.norm[name].requires_grad_(False)
            self.folded[name] = folded(self.conv[name].weight, self.norm[name])

    def forward(self, pictures: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores [N, classes] of the head and a list of the auxiliary heads' (empty when not training)."""
        x, extra = prepare(pictures), []
        for name in NAMES:
            if name in self.folded:
                x = F.conv2d(x, *self.folded[name], padding=1)
            else:
                x = self.norm[name](self.conv[name](x))
            x = F.relu(x, inplace=True)
            block = LAST_OF_BLOCK.get(name, 0)
            if self.training and str(block) in self.aux:
                extra.append(self.aux[str(block)](x.mean((2, 3))))
            if 0 < block < 5:
                x = F.max_pool2d(x, 2)
        return self.head(x.mean((2, 3))), extra


def prepare(pictures: Tensor) -> Tensor:
    """RGB 0..255 to the numbers that the first convolution sees; zero, its padding, is the mean colour."""
    return ((pictures - MEANS.view(1, 3, 1, 1)) / SCALE).contiguous(memory_format=torch.channels_last)


def outside(name: str, kernel: Tensor) -> Tensor:
    """A training kernel [out, in, 3, 3] as the file holds it: [h, w, in, out], the first layer for BGR 0..255."""
    if name == NAMES[0]:
        kernel = kernel.flip(1) / SCALE
    return kernel.permute(2, 3, 1, 0).contiguous()


def inside(name: str, kernel: Tensor) -> Tensor:
    """The inverse of `outside`."""
    kernel = kernel.permute(3, 2, 0, 1)
    return (kernel.flip(1) * SCALE if name == NAMES[0] else kernel).contiguous()


@torch.no_grad()
def unfold(net: Net, arrays: Mapping[str, Tensor], pictures: Tensor) -> None:
    """Fill the net from a weight file's arrays so that, on these pictures' statistics, it is the same function.

    Filters go in at length one, for only their direction learns under batch norm; the norm's gain takes their length.
    """
    x = prepare(pictures)
    for name in NAMES:
        kernel = inside(name, arrays[f"{name}/kernel"].float())
        bias = arrays[f"{name}/bias"].float()
        length = kernel.flatten(1).norm(dim=1)
        net.conv[name].weight.copy_(kernel / length.view(-1, 1, 1, 1))
        z = net.conv[name](x)
        variance, mean = torch.var_mean(z, (0, 2, 3))
        norm = net.norm[name]
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(length * (variance + norm.eps).sqrt())
        norm.bias.copy_(bias + length * mean)
        x = F.relu(z * length.view(1, -1, 1, 1) + bias.view(1, -1, 1, 1))
        if 0 < LAST_OF_BLOCK.get(name, 0) < 5:
            x = F.max_pool2d(x, 2)
    net.head.weight.copy_(arrays["head/kernel"].float().T)
    net.head.bias.copy_(arrays["head/bias"].float())


@torch.no_grad()
def folded(kernel: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Kernel and bias of a convolution that does what this one and its norm do, by the norm's running statistics."""
    gain = norm.weight / (norm.running_var + norm.eps).sqrt()
    return kernel * gain.view(-1, 1, 1, 1), norm.bias - norm.running_mean * gain


@torch.no_grad()
def fold(net: Net) -> dict[str, Tensor]:
    """The arrays of a weight file, float32: batch norm's running statistics become part of kernel and bias."""
    arrays = {}
    for name in NAMES:
        kernel, arrays[f"{name}/bias"] = folded(net.conv[name].weight, net.norm[name])
        arrays[f"{name}/kernel"] = outside(name, kernel)
    arrays["head/kernel"] = net.head.weight.T.contiguous()
    arrays["head/bias"] = net.head.bias.clone()
    return arrays


@torch.no_grad()
def measure(net: Net, batches: Iterable[Tensor]) -> None:
    """Set the norms' statistics to those of these pictures under the weights as they are now.

    The averaged weights carry averaged statistics, which are not quite the statistics of the averaged weights.
    """
    net.eval()
    learning = [norm for norm in net.norm.values() if norm.weight.requires_grad]
    for norm in learning:
        norm.reset_running_stats()
        norm.training, norm.momentum = True, None  # a plain mean over the batches
    for batch in batches:
        net(batch)
    for norm in learning:
        norm.training, norm.momentum = False, 0.05


def plain(arrays: Mapping[str, Tensor], pictures: Tensor, visit: Callable[[str, Tensor], None] | None = None) -> Tensor:
    """The scores [N, classes] of a weight file's arrays, by its own rules; visit(name, activation) sees each layer.

    Written apart from `Net` on purpose: export compares the two.
    """
    x = (pictures - MEANS.view(1, 3, 1, 1)).flip(1)
    for name in NAMES:
        kernel = arrays[f"{name}/kernel"].permute(3, 2, 0, 1)
        x = F.relu(F.conv2d(x, kernel, arrays[f"{name}/bias"], padding=1))
        if visit:
            visit(name, x)
        if 0 < LAST_OF_BLOCK.get(name, 0) < 5:
            x = F.max_pool2d(x, 2)
    return x.mean((2, 3)) @ arrays["head/kernel"] + arrays["head/bias"]
