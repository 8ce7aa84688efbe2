"""Live dreams: each takes strokes between its steps, and rests while nobody looks.

Lives(root, session, report)     begin · events · watch · record · save · keep · channels · forget · find · advance
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdream import images
from deepdream.errors import RequestError
from deepdream.features import layers as choosing
from deepdream.features.activations import rank
from deepdream.images import paint
from deepdream.pipeline import execution, inputs, limits, provenance
from deepdream.pipeline.session import Session
from deepdream.settings import recipes
from deepdream.studio.live import Live
from deepdream.studio.messages import failed
from deepdream.studio.store import PREVIEW
from deepdream.studio.worker import reel
from deepdream.studio.worker.preview import jpeg

PACE = 0.04
"""Seconds between the steps of a live dream without paint, which only breathes."""


class Lives:
    """The live dreams of this process.

    Args:
        root: the folder that names are relative to.
        session: what they share.
        report: called with a live dream's id and what has changed.
    """

    def __init__(self, root: Path, session: Session, report: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._root, self._session, self._report = root, session, report
        self._lives: dict[str, Live] = {}
        self._reels: dict[str, reel.Reel] = {}
        self._watched: set[str] = set()

    @property
    def pause(self) -> float | None:
        """Seconds until the next step: none where there is paint; None for ever, where nobody looks."""
        watched = [self._lives[id_] for id_ in self._watched]
        if any(live.index.any() for live in watched):
            return 0.0
        return PACE if watched else None

    def find(self, id: str) -> Live | None:
        """The live dream with this id."""
        return self._lives.get(id)

    def begin(
        self, id: str, path: str | None, given: Mapping[str, Any], limit: float, events: list[Any]
    ) -> dict[str, Any]:
        """Begin a live dream.

        Args:
            id: its name from now on.
            path: of its picture; None for a canvas.
            given: its settings.
            limit: megapixels of a picture.
            events: of one that a crash has ended.
        """
        settings = recipes.resolve(given)
        source = images.read(self._root / path, max_side=settings.max_side, limit_megapixels=limit) if path else None
        live = self._new(source, given)
        for event in events:
            live.take(event)
        self._lives[id], self._reels[id] = live, reel.Reel()
        self._watched.add(id)
        height, width = live.picture.shape[:2]
        return {"width": width, "height": height, "network": live.network.name}

    def warm_up(self) -> None:
        """Load the network and trace one gradient."""
        live = self._new(images.from_array(np.full((64, 64, 3), 0.5, np.float32)), {"network": "auto"})
        live.take({"stroke": {"number": 1, "brush": live.network.table[-4].name, "points": [[32, 32]], "radius": 32}})
        live.step()

    def events(self, id: str, events: list[Any]) -> dict[str, Any]:
        """Take live events in order."""
        live = self._live(id)
        for event in events:
            live.take(event)
        return {"steps": live.steps, "brushes": live.brushes}

    def watch(self, id: str, on: bool) -> None:
        """Compute a live dream's steps, or let it rest."""
        (self._watched.add if on and id in self._lives else self._watched.discard)(id)

    def record(self, id: str) -> dict[str, Any]:
        """The record of a live dream, which replays it."""
        return self._live(id).record()

    def save(self, id: str, folder: str) -> dict[str, Any]:
        """Write a live dream's paint for a dream at any size, with a mask if it is soft; returns its settings."""
        live = self._live(id)
        if not live.index.any():
            raise RequestError("Nothing is painted yet.", "Paint a stroke first.")
        used = [number for number in range(1, len(live.brushes) + 1) if (live.index == number).any()]
        table = np.zeros(256, np.uint8)
        table[used] = np.arange(1, len(used) + 1)
        (self._root / folder / "paint.png").write_bytes(paint.png(table[live.index]))
        brushes = ";".join(live.brushes[number - 1] for number in used)
        settings = {"paint": "paint.png", "brushes": brushes, "network": live.network.name}
        if (live.amount[live.index > 0] < 255).any():  # soft edges
            Image.fromarray(live.amount).save(self._root / folder / "mask.png")
            settings["mask"] = "mask.png"
        return settings

    def keep(self, id: str, folder: str, source: str | None, output: str) -> None:
        """Write the live picture, or as a film its time-lapse, with the record that replays it."""
        live, file = self._live(id), self._root / folder / output
        record = live.record()
        place = provenance.location(None if source is None else file.with_name(source), file)
        record["input"] = {**record["input"], **place}
        if file.suffix in (".mp4", ".gif"):
            reel.write(file, [*self._reels[id].frames(), live.picture], record)
        else:
            images.write(file, live.picture, like=live.source, recipe=record)
        file.with_name(PREVIEW).write_bytes(jpeg(live.picture))

    def channels(self, id: str, layer: str, at: tuple[int, int], top: int) -> list[dict[str, Any]]:
        """The channels of a layer that a live picture excites most around (row, column), as `deepdream activations`."""
        live = self._live(id)
        height, width = live.picture.shape[:2]
        name, *_ = choosing.choose(layer, live.network, (height, width)).layers
        found = rank(live.network, live.picture, {name: None}, top=top, at=at)[name]
        return [{"brush": f"{one.layer}:{one.channel}", "excitement": round(one.excitement, 2)} for one in found]

    def forget(self, id: str) -> None:
        """Drop a live dream, if it is one."""
        self._lives.pop(id, None)
        self._reels.pop(id, None)
        self._watched.discard(id)

    def advance(self) -> None:
        """Compute the next step of each live dream that somebody looks at."""
        for id_ in list(self._watched):
            live = self._lives[id_]
            try:
                live.step()
                if live.index.any():
                    self._reels[id_].take(live.picture)
            except Exception as raised:
                self._watched.discard(id_)
                self._report(id_, failed(raised))

    def _new(self, source: images.Picture | None, given: Mapping[str, Any]) -> Live:
        """A live dream with these settings; its canvas where there is no picture."""
        first = recipes.resolve(given)
        network = self._session.network(first.network, None)
        limits.check_paint(network)
        settings, _ = execution.decided(recipes.resolve(given, network.name), network)
        source = source or inputs.picture(None, settings, self._session, 300)
        return Live(source, settings, network, self._session)

    def _live(self, id: str) -> Live:
        if id not in self._lives:
            raise RequestError("That live dream is not at hand any more.", "Begin another.")
        return self._lives[id]
