"""Thumbnails of what channels respond to, drawn a step at a time between other work.

Thumbnails(send)     begin · busy · advance
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from deepdream.features import render
from deepdream.features import request as features
from deepdream.features.settings import FeatureSettings
from deepdream.settings import selection
from deepdream.studio.messages import Refused, Reply, refused
from deepdream.studio.sprites import SIDE
from deepdream.studio.worker.preview import jpeg

STEPS, RATE = 32, 0.15
"""Gradient steps, and a learning rate for so few of them."""


@dataclass
class _Drawing:
    """The thumbnails that the request of this number waits for."""

    number: int
    events: Iterator[Any]
    done: dict[int, bytes] = field(default_factory=dict)


class Thumbnails:
    """The requests for thumbnails, oldest first.

    Args:
        send: takes the reply to a request once all its thumbnails are drawn.
    """

    def __init__(self, send: Callable[[Reply | Refused], None]) -> None:
        self._send = send
        self._drawings: list[_Drawing] = []

    @property
    def busy(self) -> bool:
        """Whether there is a step to compute."""
        return bool(self._drawings)

    def begin(self, number: int, network: str, layer: str, channels: list[int]) -> None:
        """Begin to draw what channels respond to.

        Args:
            number: of the request; its reply is {channel: JPEG}.
            network: its name.
            layer: of the channels.
            channels: their numbers.
        """
        settings = FeatureSettings(steps=STEPS, size=(SIDE, SIDE), rate=RATE)
        request = features.understand(f"{layer}:{selection.spelled(channels)}", settings, network=network)
        self._drawings.append(_Drawing(number, render.make(request, request.features)))

    def advance(self) -> None:
        """Compute the next step of the oldest request."""
        if not self._drawings:
            return
        drawing = self._drawings[0]
        try:
            event = next(drawing.events)
            if isinstance(event, render.Made):
                assert event.feature.channel is not None  # what is drawn here are channels
                drawing.done[event.feature.channel] = jpeg(event.pixels)
        except StopIteration:
            self._drawings.pop(0)
            self._send(Reply(drawing.number, drawing.done))
        except Exception as raised:
            self._drawings.pop(0)
            self._send(refused(drawing.number, raised))
