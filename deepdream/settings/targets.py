"""What may stand in a term in place of channel numbers, and is computed: a class, or a direction in a layer.

KINDS: name -> Kind                      the grammar; `objectives.targets` has the function of each
computed(text, term) -> Computed         "top5", or "difference(a.jpg,b.jpg)"
split(text, separator) -> parts          outside parentheses, which may hold file names, and quoted names of classes
OF_FILES: name -> Kind                   those in the form NAME(FILES)

    class:daisy · class:12 · class:"crane, bird"
    block4_conv2:top5 · block4_conv2:like(photo.jpg) · block4_conv2:concept(stripes,plain)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deepdream.errors import SelectionError, command, listed, nearest, plural

CLASS, TOP = "class", "top"

QUOTED = re.compile(r'(?:^|(?<=[:+]))\s*"([^"]*)"')
"""The name of a class in double quotes: after the colon, or after a plus."""

RANGE = re.compile("([0-9]{1,6})-([0-9]{1,6})")
"""A range of classes' numbers."""

BARE = re.compile(r"[^\s:=,;/+()\"][^:=,;/+()]*(\([^()]*\))?")
"""A name that needs no quotes."""


@dataclass(frozen=True)
class Kind:
    """A kind of target.

    Attributes:
        usage: an example, as typed.
        help: what it is, as a phrase.
        files: how many files or folders it takes, least and most.
        drawn: whether only `deepdream features` draws it: it depends on where in a picture things are.
    """

    usage: str
    help: str
    files: tuple[int, int] = (0, 0)
    drawn: bool = False


KINDS: Mapping[str, Kind] = {
    CLASS: Kind("class:daisy", "a class of the network's classifier, by name or number, before the softmax"),
    TOP: Kind("block4_conv2:top5", "the channels that the picture, or that in a file, excites most: top5(photo.jpg)"),
    "vector": Kind("block4_conv2:vector(v.npy)", "a direction: a weight for every channel of the layer", (1, 1)),
    "like": Kind("block4_conv2:like(photo.jpg)", "what a picture excites more than pictures usually do", (1, 1)),
    "difference": Kind("block4_conv2:difference(a.jpg,b.jpg)", "what the first excites more than the second", (2, 2)),
    "concept": Kind("block4_conv2:concept(striped,plain)", "what tells the pictures of two folders apart", (2, 2)),
    "caricature": Kind(
        "block4_conv2:caricature(photo.jpg)", "more of what a picture excites, where it does", (1, 1), True
    ),
    "inversion": Kind("block4_conv2:inversion(photo.jpg)", "a picture with the same responses", (1, 1), True),
}
"""By name: those in the form NAME(FILES) and two others."""

OF_FILES = {name: kind for name, kind in KINDS.items() if kind.files[1]}
"""Those in the form NAME(FILES)."""


@dataclass(frozen=True)
class Computed:
    """A target to compute: its kind, and what it is computed from, as typed."""

    kind: str
    arguments: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files and folders that it is computed from."""
        return self.arguments if KINDS[self.kind].files[1] else self.arguments[1:]

    @property
    def of_picture(self) -> bool:
        """Whether it depends on the picture that is dreamt on."""
        return self.kind == TOP and not self.files

    def __str__(self) -> str:
        number = "" if KINDS[self.kind].files[1] else self.arguments[0]
        return f"{self.kind}{number}" + (f"({','.join(self.files)})" if self.files else "")


@dataclass(frozen=True)
class Classes:
    """The classes that a network tells apart.

    Attributes:
        layer: the one whose mean over positions decides.
        count: how many there are.
        names: theirs; empty if they have only numbers.
    """

    layer: str
    count: int
    names: tuple[str, ...] = ()

    def number(self, named: str, network: str, typed: str | None = None) -> int:
        """The number of a class by its name or number.

        Args:
            named: as typed; spaces, hyphens and underscores are alike, and so are capital and small letters.
            network: its name, for messages.
            typed: as --network takes it, where that is not its name: the file of a model.

        Raises:
            SelectionError: there is no such class.
        """
        if re.fullmatch("[0-9]+", named):
            if int(named) < self.count:
                return int(named)
            raise SelectionError(
                f"Class {named} of {network} does not exist: {listed('class', 0, self.count - 1, 'classes')}.",
                _listing(typed or network),
            )
        if not self.names:
            raise SelectionError(f"The classes of {network} have numbers, not names: 0 to {self.count - 1}.")
        known = self._known
        if (folded := _folded(named)) in known:
            return known[folded]
        begun = [word for word in known if word.startswith(f"{folded},")][:3]  # cut at its comma, which needs quotes
        alike = [self.typed(known[word]) for word in begun or nearest(folded, known)]
        raise SelectionError(
            f"{network} has no class {named!r}: "
            f"{listed('class', self.names[0], self.names[-1], f'{self.count} classes')}.",
            f"Did you mean {' or '.join(alike)}?" if alike else _listing(typed or network),
        )

    def name(self, number: int) -> str:
        """The name of a class; its number if it has none."""
        return self.names[number] if self.names else str(number)

    def typed(self, number: int) -> str:
        """A class as a term has it: its name, in quotes if it holds a sign of the grammar; its number if it has no name
        of its own, or one that quotes don't help.
        """
        name = self.name(number)
        if '"' in name or name.isdigit() or self._known.get(_folded(name)) != number:
            return str(number)
        return name if BARE.fullmatch(name) and not RANGE.fullmatch(name) else f'"{name}"'

    @property
    def _known(self) -> dict[str, int]:
        """Names as they are compared -> numbers; the first of several classes of one name."""
        return {_folded(name): number for number, name in reversed(list(enumerate(self.names)))}


def computed(text: str, term: str) -> Computed | None:
    """The target that stands in place of channels; None if these are numbers.

    Args:
        text: what follows the colon, such as "top5".
        term: the whole term, for messages.

    Raises:
        SelectionError: a kind that there is not, or too few or too many files.
    """
    match = re.fullmatch(r"\s*([^()]*?)\s*(?:\((.*)\))?\s*", text)
    if not match:
        return None
    kind, within = match.groups()
    files = tuple(part.strip() for part in split(within or "", ",") if part.strip())
    if top := re.fullmatch("top([0-9]{1,4})", kind):
        if int(top[1]) == 0:
            raise SelectionError(f"{text.strip()!r} in {term!r} chooses no channel.", "Type for example :top5.")
        if within is not None:
            _check_files(TOP, files, (1, 1), term)
        return Computed(TOP, (str(int(top[1])), *files))
    if kind not in OF_FILES:
        if within is None and kind != TOP:
            return None  # channel numbers
        alike = [f"{name}5" if name == TOP else name for name in nearest(kind, [*OF_FILES, TOP])]
        raise SelectionError(
            f"{kind!r} in {term!r} is not a target: those with files are {', '.join(OF_FILES)}.",
            f"Did you mean {' or '.join(alike)}?" if alike else f"Type for example {OF_FILES['like'].usage}.",
        )
    _check_files(kind, files, OF_FILES[kind].files, term)
    return Computed(kind, files)


def _check_files(kind: str, files: Sequence[str], count: tuple[int, int], term: str) -> None:
    """Raise if a target has fewer or more files than it takes."""
    least, most = count
    if least <= len(files) <= most:
        return
    wanted = "one file" if most == 1 else "two"
    comma = "; a comma ends a file's name" if len(files) > most else ""
    raise SelectionError(
        f"{term!r} has {plural(len(files), 'file')}: {kind} takes {wanted}{comma}.",
        f"Type {KINDS[kind].usage}{'(photo.jpg)' * (kind == TOP)}.",
    )


def split(text: str, separator: str) -> list[str]:
    """The parts between separators, as str.split returns them, but not at those within parentheses or quoted names."""
    parts, start, depth, quoted = list[str](), 0, 0, 0
    for place, sign in enumerate(text):
        if depth == 0 and (name := QUOTED.match(text, place)):
            quoted = max(quoted, name.end())
        if place < quoted:
            continue
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign == separator and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _listing(network: str) -> str:
    return f"List them with: {command('layers', '--classes', '--network', network)}"
