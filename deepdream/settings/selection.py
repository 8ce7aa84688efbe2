"""The grammar of --layers, and the layers that a selection matches in a network.

parse(text) -> (Term, ...)               the grammar, without a network
parse_brushes(text) -> ((Term, ...), ...)    several selections, separated by semicolons
choose(text, channels) -> (Choice, ...)  the layers that the terms mean, in the network's order
spelled(channels) -> text                12+87+200-210

A pattern is a layer's full name, a glob, or a substring of the names it matches. Channels are numbers, or a target that
has to be computed: see `targets`.

    block4_conv2:12+87+200-210=0.5,pool,block4_conv2:top5,class:daisy
    ── pattern ─ ─ channels ──  ──  next terms
                            weight
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from deepdream.errors import SelectionError, command, listed, nearest
from deepdream.settings import targets
from deepdream.settings.targets import CLASS, KINDS, QUOTED, RANGE, Classes, Computed, split

BRUSHES = 255
"""Most brushes of a painting: the colours of an indexed picture but 0, which is no paint."""


@dataclass(frozen=True)
class Term:
    """One term of a selection as typed: pattern, channels (None for the whole layer) and weight; in place of channels
    perhaps a target to compute.
    """

    pattern: str
    channels: tuple[int, ...] | None = None
    weight: float = 1.0
    computed: Computed | None = None

    def matches(self, name: str) -> bool:
        """Whether the term matches this layer: as a glob if it contains * or ?, otherwise as a substring."""
        return fnmatchcase(name, self.pattern) if re.search(r"[*?]", self.pattern) else self.pattern in name


@dataclass(frozen=True)
class Choice:
    """A chosen layer: its name, its channels (None for all) and the weight of its mean activation.

    Attributes:
        computed: a target that takes the place of channels, until `objectives.targets` has computed it.
        vector: what it came to: a weight for every channel of the layer, in place of a mean over channels.
        scores: whether the layer's channels are classes' scores, which are maximised themselves, not their squares.
    """

    layer: str
    channels: tuple[int, ...] | None
    weight: float
    computed: Computed | None = None
    vector: tuple[float, ...] | None = None
    scores: bool = False

    @property
    def resolved(self) -> bool:
        """Whether nothing is left to compute."""
        return self.computed is None or self.channels is not None or self.vector is not None


def parse(text: str) -> tuple[Term, ...]:
    """The terms of a selection.

    Raises:
        SelectionError: no term at all, or one that the grammar does not allow.
    """
    parts = [part.strip() for part in split(text, ",") if part.strip()]
    classes = [part.startswith(f"{CLASS}:") for part in parts]
    terms = tuple(term for n, part in enumerate(parts) for term in _terms(part, after_class=any(classes[:n])))
    if not terms:
        raise SelectionError(f"The selection {text!r} names no layer.", "Type for example --layers block4.")
    return terms


def parse_brushes(text: str) -> tuple[tuple[Term, ...], ...]:
    """The terms of each brush.

    Raises:
        SelectionError: a brush without a layer, with a weight that is not positive, or more of them than an indexed
            picture has colours.
    """
    brushes = tuple(parse(brush) for brush in split(text, ";"))
    if len(brushes) > BRUSHES:
        raise SelectionError(f"There are {len(brushes)} brushes: an indexed picture has colours for {BRUSHES}.")
    for term in (term for brush in brushes for term in brush):
        if term.weight <= 0:
            raise SelectionError(
                f"The brush {term.pattern} has the weight {term.weight:g}: a brush excites, its weight is positive."
            )
    return brushes


def spelled(channels: Iterable[int]) -> str:
    """Channels as a term has them: 12+87+200-210."""
    numbers, parts = sorted(set(channels)), list[list[int]]()
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    words = (map(str, part) if len(part) < 3 else [f"{part[0]}-{part[-1]}"] for part in parts)
    return "+".join(word for part in words for word in part)


def choose(
    text: str,
    channels: Mapping[str, int],
    network: str = "the network",
    *,
    typed: str | None = None,
    flat: Iterable[str] = (),
    classes: Classes | None = None,
) -> tuple[Choice, ...]:
    """The layers that a selection means, in the network's order; a layer matched twice follows the later term.

    Args:
        text: a selection as typed, for example "block3=0.5,block4_conv2:12".
        channels: layer name -> number of channels, in forward order.
        network: its name, for messages.
        typed: as --network takes it, where that is not its name: the file of a model.
        flat: its layers that have no rows and columns, which can't be chosen.
        classes: those that it tells apart; None if it has no classifier.

    Returns: the choices; every computed target is one of its own, beside its layer's channels.

    Raises:
        SelectionError: a term that matches no layer, or a channel or a class that there is not.
    """
    chosen: dict[tuple[str, Computed | None], Choice] = {}
    for term in parse(text):
        if term.computed is not None and term.computed.kind == CLASS:
            choice = _class(term, classes, network, typed)
            chosen[choice.layer, choice.computed] = choice
            continue
        for layer in _matched(term, channels, network, flat, typed or network):
            _check_channels(term, layer, channels[layer])
            chosen[layer, term.computed] = Choice(layer, term.channels, term.weight, term.computed)
    if all(choice.weight == 0 for choice in chosen.values()):
        raise SelectionError(f"The selection {text!r} gives every layer the weight 0.", "Give one of them a weight.")
    order = {layer: number for number, layer in enumerate(channels)}
    return tuple(sorted(chosen.values(), key=lambda choice: order.get(choice.layer, len(order))))


def _matched(term: Term, channels: Mapping[str, int], network: str, flat: Iterable[str], typed: str) -> list[str]:
    """The layers that a term matches, in the network's order."""
    if term.pattern in channels:  # a whole name means that layer alone: mixed1 is not mixed10, too
        return [term.pattern]
    matched = [layer for layer in channels if term.matches(layer)]
    if not matched and term.pattern in flat:
        raise SelectionError(
            f"The layer {term.pattern} of {network} can't be chosen: it has no rows and columns.",
            f"The last that has is {list(channels)[-1]}.",
        )
    if not matched:
        raise SelectionError(
            _unknown(term.pattern, list(channels), network), _suggestion(term.pattern, channels, typed)
        )
    return matched


def no_classifier(network: str) -> tuple[str, str]:
    """What to say of a network without classes, and what to do."""
    if network == "pocket":
        return "the classifier of pocket is for the weights that ship with it, not for these", "Leave --weights out."
    return f"{network} has no classifier", "The pocket network has one: --network pocket."


def _class(term: Term, classes: Classes | None, network: str, typed: str | None) -> Choice:
    """The choice of a class, by its number."""
    assert term.computed is not None
    (named,) = term.computed.arguments
    if classes is None:
        what, advice = no_classifier(network)
        raise SelectionError(f"class:{named} can't be chosen: {what}.", advice)
    number = classes.number(named, network, typed)
    return Choice(classes.layer, None, term.weight, Computed(CLASS, (str(number),)))


TERM = re.compile(r'([^:=\s()]+)(?::((?:"[^"]*"|[^:=()])*(?:\(.*\))?))?(?:=([^:=()]*))?')


def _terms(text: str, *, after_class: bool = False) -> list[Term]:
    """The terms of PATTERN[:CHANNELS][=WEIGHT]: one, or one for each class of class:daisy+tulips."""
    match = TERM.fullmatch(text)
    bare = QUOTED.sub("", text)
    if bare.count("(") != bare.count(")"):
        raise SelectionError(
            f"{text!r} has {bare.count('(')} opening and {bare.count(')')} closing parentheses: each needs the other.",
            f"Type for example {KINDS['like'].usage}.",
        )
    if not match:
        raise SelectionError(
            f"{text!r} is not a term of a selection: it is a layer name, then :CHANNELS, then =WEIGHT.",
            'A class whose name has a comma is typed in quotes, for example class:"crane, bird".'
            if after_class
            else "Type for example block4_conv2:12+87=0.5.",
        )
    pattern, channels, typed = match.groups()
    weight = 1.0 if typed is None else _weight(typed, text)
    if channels is None:
        return [Term(pattern, None, weight)]
    if pattern == CLASS:
        return [Term(CLASS, None, weight, Computed(CLASS, (name,))) for name in _classes(channels, text)]
    if computed := targets.computed(channels, text):
        return [Term(pattern, None, weight, computed)]
    return [Term(pattern, _channels(channels, text), weight)]


def _classes(text: str, term: str) -> list[str]:
    """The names or numbers of daisy+"crane, bird"+12+20-25, each once."""
    found: list[str] = []
    for part in (part.strip() for part in split(text, "+")):
        if quoted := QUOTED.fullmatch(part):
            found.append(quoted[1].strip())
            continue
        if not part:
            raise SelectionError(f"{term!r} names no class.", "Type for example class:12, or class:12+20-25.")
        if part.startswith('"'):
            raise SelectionError(
                f"{part!r} in {term!r} is not a name between two double quotes.",
                'Type for example class:"crane, bird".',
            )
        numbers = RANGE.fullmatch(part)
        if numbers and int(numbers[2]) < int(numbers[1]):
            raise SelectionError(f"{part!r} in {term!r} is not a range of classes.", "Type for example class:12+20-25.")
        found += map(str, range(int(numbers[1]), int(numbers[2]) + 1)) if numbers else [part]
    return list(dict.fromkeys(found))


def _channels(text: str, term: str) -> tuple[int, ...]:
    """Channel numbers of 12+87+200-210, sorted, each once."""
    numbers: set[int] = set()
    for part in text.split("+"):
        match = re.fullmatch(r"\s*([0-9]{1,6})(?:-([0-9]{1,6}))?\s*", part)
        if not match or int(match[2] or match[1]) < int(match[1]):
            raise SelectionError(
                f"{part!r} in {term!r} is not a channel number or a range of them.", "Type for example :12+87+200-210."
            )
        numbers.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(sorted(numbers))


def _weight(text: str, term: str) -> float:
    """The finite number after the = of a term."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SelectionError(f"The weight {text!r} in {term!r} is not a number.", "Type for example block4=0.5.")
    return value


def _check_channels(term: Term, layer: str, count: int) -> None:
    """Raise if the term names a channel past the layer's last."""
    for channel in term.channels or ():
        if channel >= count:
            raise SelectionError(f"Channel {channel} of {layer} does not exist: {listed('channel', 0, count - 1)}.")


def _unknown(pattern: str, layers: Sequence[str], network: str) -> str:
    return f"No layer of {network} matches {pattern!r}: {listed('layer', layers[0], layers[-1])}."


def _suggestion(pattern: str, layers: Iterable[str], typed: str) -> str:
    """The nearest terms that match a layer: layer names and the words they are made of; of `class`, how to name one."""
    if pattern == CLASS:
        return f"For a class, type for example {KINDS[CLASS].usage}."
    words = dict.fromkeys(word for layer in layers for word in (layer, *layer.split("_")))
    alike = nearest(pattern.strip("*?"), words)
    return (
        f"Did you mean {' or '.join(alike)}?" if alike else f"List them with: {command('layers', '--network', typed)}"
    )
