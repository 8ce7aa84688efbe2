"""The groups of layers that a comparison dreams.

DEFAULT                      block1 to block5, all pooling layers, all convolutions
parse(text) -> (Group, ...)  the grammar of --groups: NAME=SELECTION;NAME=SELECTION
pairs(blocks) -> (Group, ...)  each block's pooling layer and the convolution before it
of(table) -> (Group, ...)    of a network without such blocks: the last layer of each stride
chosen(own, pairing, network) -> (Group, ...)    those asked for, or the network's
"""

import re
from dataclasses import dataclass

from deepdream.errors import SelectionError, SettingError
from deepdream.network.layers import Layer, last_per_stride
from deepdream.network.network import Network
from deepdream.network.vgg.architecture import VGG19
from deepdream.settings import ANY_VGG, selection
from deepdream.settings.targets import split

EXAMPLE = 'Type for example --groups "fine=block1,block2;coarse=block5".'


@dataclass(frozen=True)
class Group:
    """Layers that are dreamt together.

    Attributes:
        name: its name in the report.
        selection: its layers in the grammar of --layers.
        paired: whether it is half of a pair that compares a pooling layer with the convolution before it.
        depth: its rank from shallow to deep, where the layers' names carry no block.
    """

    name: str
    selection: str
    paired: bool = False
    depth: float | None = None

    @property
    def stem(self) -> str:
        """The name of its picture, without suffix: letters, digits, _ and - only."""
        return re.sub(r"[^\w-]+", "-", self.name.casefold()).strip("-")


DEFAULT = (
    *(Group(f"block{block}", f"block{block}") for block in range(1, len(VGG19) + 1)),
    Group("pooling", "pool"),
    Group("convolutions", "conv"),
)


def parse(text: str) -> tuple[Group, ...]:
    """Parse the value of --groups.

    Raises:
        SelectionError: no group, one without a name or layers, or two of the same name.
    """
    found = tuple(_group(part.strip()) for part in split(text.replace("\n", ";"), ";") if part.strip())
    if not found:
        raise SelectionError(f"The groups {text!r} name no group.", EXAMPLE)
    stems = [group.stem for group in found]
    for group in found:
        if stems.count(group.stem) > 1:
            raise SelectionError(f"Two groups are called {group.name!r}.", "Give each its own name.")
    return found


def of(table: tuple[Layer, ...]) -> tuple[Group, ...]:
    """The groups of a network without VGG's blocks: the last layer of each stride, from fine to coarse."""
    return tuple(Group(f"stride {layer.stride}", layer.name, depth=layer.stride) for layer in last_per_stride(table))


def pairs(blocks: str, counts: tuple[int, ...] = VGG19) -> tuple[Group, ...]:
    """Parse the value of --pairs: block numbers joined by +, with ranges, or none.

    Args:
        blocks: as typed.
        counts: convolutions in each block of the network.

    Raises:
        SelectionError: anything else, or a block that the network does not have.
    """
    if blocks.strip().casefold() == "none":
        return ()
    numbers: set[int] = set()
    for part in blocks.split("+"):
        match = re.fullmatch(r"\s*([0-9])(?:-([0-9]))?\s*", part)
        if not match or int(match[2] or match[1]) < int(match[1]):
            raise SelectionError(
                f"The pairs {blocks!r} are not block numbers.", "Type for example --pairs 1-4 or none."
            )
        numbers.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    if not numbers <= set(range(1, len(counts) + 1)):
        wrong = min(numbers - set(range(1, len(counts) + 1)))
        raise SelectionError(f"There is no block {wrong} to pair: blocks are 1 to {len(counts)}.")
    layers = [(f"block{n}_conv{counts[n - 1]}", f"block{n}_pool") for n in sorted(numbers)]
    return tuple(Group(layer, layer, paired=True) for pair in layers for layer in pair)


def _group(text: str) -> Group:
    """One group, NAME=SELECTION."""
    name, equals, layers = (part.strip() for part in text.partition("="))
    if not equals or not layers:
        raise SelectionError(f"The group {text!r} is not of the form NAME=SELECTION.", EXAMPLE)
    group = Group(name, layers)
    if not group.stem:
        raise SelectionError(f"The group {text!r} has no name before its =.", EXAMPLE)
    selection.parse(layers)
    return group


def chosen(own: tuple[Group, ...], pairing: str | None, network: Network) -> tuple[Group, ...]:
    """The groups asked for, or the network's.

    Args:
        own: groups of the user's; none for the network's.
        pairing: blocks for `pairs`; None for its default.
        network: what dreams.

    Raises:
        SettingError: pairs of a network that has no blocks of VGG's kind.
    """
    if network.blocks:
        return (own or DEFAULT) + pairs(pairing or ("none" if own else "1-4"), network.blocks)
    if pairing not in (None, "none"):
        raise SettingError(
            f"--pairs {pairing} names blocks of {ANY_VGG}, and {network.name} has none of their kind.",
            'Name layers instead, for example --groups "pool=pool1_pool;before=conv1_relu".',
        )
    return own or of(network.table)
