"""The process that computes: one warm session, dreams in turn, and live dreams beside them, step by step.

Worker(pipe, root, threads).run()      receives (number, name, arguments), sends Reply, Refused and Told

Decoding and TensorFlow's threads belong to a whole process, and a crash ends one; so the server has none of it. Between
any two steps, and only there, the worker takes what has arrived. A stopped dream stays where it is and can go on.
"""

import io
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdream import images
from deepdream.errors import DreamError, RequestError, to_dream_error
from deepdream.features import render
from deepdream.features import request as features
from deepdream.features.activations import rank
from deepdream.features.settings import FeatureSettings
from deepdream.images import paint, scale
from deepdream.images.compositing import finish
from deepdream.pipeline import job as jobs
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Done, Note, Step, Stopped, Written
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.settings import recipes, selection
from deepdream.studio import reel
from deepdream.studio.live import Live
from deepdream.studio.messages import Refused, Reply, Told

PREVIEW = 1200
"""Longest side of what the browser is shown, in pixels."""

PREVIEW_FILE = "preview.jpg"
"""What the browser is shown of a dream, in its folder."""

STEPS, SIDE, RATE = 32, 64, 0.15
"""Of a channel's thumbnail: gradient steps, side in pixels, learning rate for so few steps."""

PACE = 0.04
"""Seconds between the steps of a live dream without paint, which only breathes."""

KEPT = 256 * 2**20
"""Bytes of finished dreams that can still be blended anew."""


@dataclass
class Dream:
    """A dream that has begun.

    Attributes:
        folder: of its files; names in its settings are relative to it.
        events: what remains of it.
        source: its picture's name, None for a canvas.
        request: as it was checked.
        paused: whether it waits to go on.
        keeping: whether the picture so far is to be written after this step.
        picture: the one to show.
        steps: taken so far.
        raw: the last step's picture, before it was blended with the original.
        record: what its file carries.
    """

    folder: Path
    source: Path | None
    output: Path
    request: Request
    events: Generator[Any, None, jobs.Result] | None = None
    paused: bool = False
    keeping: bool = False
    picture: np.ndarray | None = None
    steps: int = 0
    raw: np.ndarray | None = None
    record: dict[str, Any] = field(default_factory=dict)


@dataclass
class Drawing:
    """Thumbnails of channels that are being drawn, for the request of this number."""

    number: int
    events: Iterator[Any]
    made: dict[int, bytes] = field(default_factory=dict)


class Worker:
    """The loop between pipe, dreams and live dreams."""

    def __init__(self, pipe: Connection, root: str, threads: int | None) -> None:
        self._pipe, self._root, self._threads = pipe, Path(root).resolve(), threads
        self._session = Session()
        self._dreams: dict[str, Dream] = {}
        self._lives: dict[str, Live] = {}
        self._reels: dict[str, reel.Reel] = {}
        self._watched: set[str] = set()
        self._frames: dict[str, tuple[int, int]] = {}
        self._drawings: list[Drawing] = []

    def run(self) -> None:
        """Until the pipe closes."""
        self._warm_up()
        try:
            while True:
                while self._pipe.poll(self._patience()):
                    self._handle(*self._pipe.recv())
                for id_ in [id_ for id_, dream in self._dreams.items() if dream.events and not dream.paused]:
                    self._advance(id_)
                for id_ in self._watched & self._lives.keys():
                    self._step(id_)
                for id_ in list(self._frames):
                    self._show(id_)
                if self._drawings:
                    self._draw_on()
        except (EOFError, OSError):
            self._keep_all()

    def _warm_up(self) -> None:
        """Load TensorFlow and the network, and trace one gradient, while the page opens."""
        from deepdream import runtime

        runtime.configure(self._threads)
        live = self._new_live(images.from_array(np.full((64, 64, 3), 0.5, np.float32)), {"network": "auto"})
        live.take({"stroke": {"number": 1, "brush": live.network.table[-4].name, "points": [[32, 32]], "radius": 32}})
        live.step()

    def _patience(self) -> float | None:
        """Seconds to wait for the pipe: none while something computes, for ever where nothing goes on."""
        if self._drawings or any(dream.events and not dream.paused for dream in self._dreams.values()):
            return 0.0
        watched = [self._lives[id_] for id_ in self._watched & self._lives.keys()]
        if any(live.index.any() for live in watched):
            return 0.0
        return PACE if watched else None

    def _handle(self, number: int, name: str, arguments: Mapping[str, Any]) -> None:
        """Do what is asked and send the reply; `frame` replies when there is a newer one."""
        try:
            if name == "thumbnails":
                self._draw(number, **arguments)
                return
            if name == "frame":
                self._frames[arguments["id"]] = number, arguments["after"]
                self._show(arguments["id"])
                return
            handler: Callable[..., Any] = getattr(self, f"do_{name}")
            reply: Reply | Refused = Reply(number, handler(**arguments))
        except Exception as raised:
            error = to_dream_error(raised) or _unexpected(raised)
            reply = Refused(number, error.message, error.advice)
        self._pipe.send(reply)

    # What can be asked, by name; what is raised comes back as a sentence.

    def do_look(self, path: str, limit: float) -> dict[str, Any]:
        """A picture as the browser shows it, and the settings that it carries."""
        picture = images.read(self._root / path, limit_megapixels=limit)
        try:
            record = provenance.read_any(self._root / path)
        except DreamError:
            record = {}
        height, width = picture.pixels.shape[:2]
        shown = {"width": width, "height": height, "note": picture.note.replace(f"{Path(path).name}: ", "")}
        return {**shown, "preview": jpeg(picture.pixels), "recipe": record.get("settings", {})}

    def do_check(self, folder: str, source: str | None, given: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """Check a dream in full before it waits in the queue."""
        request = self._understood(folder, source, given, limit)
        execution = request.execution
        return {
            "notes": list(request.notes),
            "network": request.network.name,
            "memory": execution.memory,
            "steps": request.steps,
            "settings": provenance.shared(request.settings, request.network, {})["settings"],
        }

    def do_dream(
        self, id: str, folder: str, source: str | None, output: str, given: Mapping[str, Any], limit: float
    ) -> None:
        """Begin a dream."""
        request = self._understood(folder, source, given, limit)
        picture = None if source is None else Path(source)
        dream = Dream(self._root / folder, picture, Path(output), request)
        job = jobs.Job(source=dream.source, output=dream.output, given=given, request=request, force=True)
        dream.events = jobs.run(job, self._session, keep=lambda: dream.keeping)
        self._dreams[id] = dream

    def do_stop(self, id: str) -> None:
        """Keep the picture so far after the running step, and wait."""
        dream = self._dream(id)
        if dream.events is None:
            raise RequestError("The dream is finished already.")
        dream.keeping = True

    def do_go_on(self, id: str) -> None:
        """Go on where it was stopped."""
        self._dream(id).paused = False

    def do_forget(self, id: str) -> None:
        """Drop a dream or a live dream."""
        self._dreams.pop(id, None)
        self._lives.pop(id, None)
        self._reels.pop(id, None)
        self._watched.discard(id)
        if waiting := self._frames.pop(id, None):
            self._pipe.send(Reply(waiting[0], None))

    def do_finish(self, id: str, strength: float, colour: str) -> bytes:
        """Blend a finished dream anew and write it; its record is that of a dream with these settings."""
        dream = self._dream(id)
        if dream.raw is None:
            raise RequestError("That dream is no longer at hand to be blended anew.", "Dream it again.")
        old = dream.request.settings
        settings = replace(old, strength=strength, colour=colour)
        original = dream.request.picture.pixels
        picture = finish(
            dream.raw.copy(),
            original if original.shape == dream.raw.shape else images.resize(original, dream.raw.shape[:2]),
            colours=settings.colour,
            palette=dream.request.palette,
            strength=settings.strength,
            masks=dream.request.masks,
        )
        changed = {"strength": settings.strength, "colour": settings.colour}
        dream.record["settings"] = {**dream.record["settings"], **changed}
        os.chdir(dream.folder)
        images.write(dream.output, picture, like=dream.request.picture, recipe=dream.record)
        dream.picture = picture
        return self._preview(dream)

    def do_live(self, id: str, path: str | None, given: Mapping[str, Any], limit: float, events: list[Any]) -> Any:
        """Begin a live dream, with the events of one that a crash has ended."""
        settings = recipes.resolve(given)
        source = images.read(self._root / path, max_side=settings.max_side, limit_megapixels=limit) if path else None
        live = self._new_live(source, given)
        for event in events:
            live.take(event)
        self._lives[id], self._reels[id] = live, reel.Reel()
        self._watched.add(id)
        height, width = live.picture.shape[:2]
        return {"width": width, "height": height, "network": live.network.name}

    def do_events(self, id: str, events: list[Any]) -> dict[str, Any]:
        """Take live events in order."""
        live = self._live(id)
        for event in events:
            live.take(event)
        return {"steps": live.steps, "brushes": live.brushes}

    def do_watch(self, id: str, on: bool) -> None:
        """Whether a live dream goes on; it rests while nobody looks."""
        (self._watched.add if on else self._watched.discard)(id)

    def do_record(self, id: str) -> dict[str, Any]:
        """The record of a live dream, which replays it."""
        return self._live(id).record()

    def do_save(self, id: str, folder: str) -> dict[str, Any]:
        """The live picture with its record, and its paint as files for a dream at any size."""
        live = self._live(id)
        if not live.index.any():
            raise RequestError("Nothing is painted yet.", "Paint a stroke first.")
        used = [number for number in range(1, len(live.brushes) + 1) if (live.index == number).any()]
        table = np.zeros(256, np.uint8)
        table[used] = np.arange(1, len(used) + 1)
        (self._root / folder / "paint.png").write_bytes(paint.png(table[live.index]))
        return {"brushes": ";".join(live.brushes[number - 1] for number in used), "network": live.network.name}

    def do_keep(self, id: str, folder: str, source: str | None, output: str) -> None:
        """Write the live picture, or as a GIF its time-lapse, with the record that replays it."""
        live, file = self._live(id), self._root / folder / output
        record = live.record()
        place = provenance.location(None if source is None else file.with_name(source), file)
        record["input"] = {**record["input"], **place}
        if file.suffix == ".gif":
            reel.write(file, [*self._reels[id].frames(), live.picture], record)
        else:
            images.write(file, live.picture, like=live.source, recipe=record)
        file.with_name(PREVIEW_FILE).write_bytes(jpeg(live.picture))

    def do_channels(self, id: str, layer: str, at: tuple[int, int], top: int) -> list[dict[str, Any]]:
        """The channels of a layer that a live picture excites most around (row, column), as `deepdream activations`."""
        live = self._live(id)
        channels = {entry.name: entry.channels for entry in live.network.table}
        chosen, *_ = selection.choose(layer, channels, live.network.name)
        found = rank(live.network, live.picture, {chosen.layer: None}, top=top, at=at)[chosen.layer]
        return [{"brush": f"{one.layer}:{one.channel}", "excitement": round(one.excitement, 2)} for one in found]

    def do_layers(self, network: str) -> list[dict[str, Any]]:
        """The layers of a network that can be painted with, early to late."""
        table = self._session.network(network, None).table
        return [{"name": layer.name, "channels": layer.channels} for layer in table if layer.kind != "pool"]

    def do_digest(self, network: str) -> str:
        """The digest of a network's weights."""
        return self._session.network(network, None).digest

    def _draw(self, number: int, network: str, layer: str, channels: list[int]) -> None:
        """Begin to draw what channels respond to; it goes on between other work, a step at a time."""
        settings = FeatureSettings(steps=STEPS, size=(SIDE, SIDE), rate=RATE)
        asked = features.understand(f"{layer}:{selection.spelled(channels)}", settings, network=network)
        self._drawings.append(Drawing(number, render.make(asked, asked.features)))

    def _draw_on(self) -> None:
        """The next step of the oldest drawing."""
        drawing = self._drawings[0]
        try:
            event = next(drawing.events)
            if isinstance(event, render.Made):
                drawing.made[event.feature.channel] = jpeg(event.pixels)
        except StopIteration:
            self._drawings.pop(0)
            self._pipe.send(Reply(drawing.number, drawing.made))
        except Exception as raised:
            self._drawings.pop(0)
            error = to_dream_error(raised) or _unexpected(raised)
            self._pipe.send(Refused(drawing.number, error.message, error.advice))

    def _understood(self, folder: str, source: str | None, given: Mapping[str, Any], limit: float) -> Request:
        os.chdir(self._root / folder)
        return understand(source and Path(source), given, limit_megapixels=limit, session=self._session)

    def _new_live(self, source: images.Picture | None, given: Mapping[str, Any]) -> Live:
        """A live dream with these settings; its canvas where there is no picture."""
        from deepdream.pipeline import execution, inputs

        first = recipes.resolve(given)
        network = self._session.network(first.network, None)
        if not network.cuts:
            raise RequestError(f"{network.name} can't be painted with live.", "Choose pocket, vgg16 or vgg19.")
        settings, _ = execution.decided(recipes.resolve(given, network.name), network)
        source = source or inputs.picture(None, settings, self._session, 300)
        return Live(source, settings, network, self._session)

    def _dream(self, id: str) -> Dream:
        if id not in self._dreams:
            raise RequestError("That dream is not at hand any more.", "Dream it again.")
        return self._dreams[id]

    def _live(self, id: str) -> Live:
        if id not in self._lives:
            raise RequestError("That live dream is not at hand any more.", "Begin another.")
        return self._lives[id]

    def _advance(self, id: str) -> None:
        """The next event of a dream."""
        dream = self._dreams[id]
        assert dream.events is not None
        os.chdir(dream.folder)
        try:
            event = next(dream.events)
        except StopIteration as end:
            dream.events, dream.record = None, end.value.record
            self._preview(dream)
            self._tell(id, state="done", notes=end.value.notes, seconds=end.value.seconds)
            self._trim()
        except Exception as raised:
            error = to_dream_error(raised) or _unexpected(raised)
            del self._dreams[id]
            self._tell(id, state="failed", error=error.message, advice=error.advice)
        else:
            self._pass_on(id, dream, event)

    def _pass_on(self, id: str, dream: Dream, event: Any) -> None:
        """Tell the server what happened."""
        if isinstance(event, Step):
            dream.picture, dream.steps = event.picture, dream.steps + 1
            if (event.octave, event.step) == (event.octaves, event.steps):
                dream.raw = event.picture.copy()  # the end of the dream blends in place
            shown = ("octave", "octaves", "step", "steps", "fraction", "seconds_left", "loss")
            self._tell(id, state="running", progress={name: getattr(event, name) for name in shown}, taken=dream.steps)
        elif isinstance(event, Written) and dream.keeping:
            dream.keeping, dream.paused = False, True
            self._preview(dream)
            self._tell(id, state="stopped", partial=event.path.name)
        elif isinstance(event, Done):
            dream.picture = event.picture
        elif isinstance(event, Note):
            self._tell(id, note=event.message)
        elif isinstance(event, Stopped):
            self._tell(id, state="stopped")

    def _step(self, id: str) -> None:
        live = self._lives[id]
        try:
            live.step()
            if live.index.any():
                self._reels[id].take(live.picture)
        except Exception as raised:
            error = to_dream_error(raised) or _unexpected(raised)
            self._watched.discard(id)
            self._tell(id, state="failed", error=error.message, advice=error.advice)

    def _show(self, id: str) -> None:
        """Reply to who waits for a frame, if there is a newer one; frames never queue."""
        number, after = self._frames[id]
        live, dream = self._lives.get(id), self._dreams.get(id)
        found = live or dream
        if found is not None and (found.picture is None or found.steps <= after):
            return
        del self._frames[id]
        if found is None or found.picture is None:
            self._pipe.send(Reply(number, None))
        else:
            self._pipe.send(Reply(number, {"steps": found.steps, "jpeg": jpeg(found.picture, quality=85)}))

    def _preview(self, dream: Dream) -> bytes:
        """What the browser is shown, also written beside the dream: it outlives this process."""
        assert dream.picture is not None
        shown = jpeg(dream.picture)
        (dream.folder / PREVIEW_FILE).write_bytes(shown)
        return shown

    def _trim(self) -> None:
        """Let go of the oldest finished dreams."""
        finished = [id_ for id_, dream in self._dreams.items() if dream.events is None]
        held = sum(raw.nbytes for id_ in finished if (raw := self._dreams[id_].raw) is not None)
        while len(finished) > 1 and held > KEPT:
            dream = self._dreams.pop(finished.pop(0))
            held -= 0 if dream.raw is None else dream.raw.nbytes

    def _keep_all(self) -> None:
        """The server is gone: write what has been dreamt so far."""
        for dream in self._dreams.values():
            if dream.events is not None and not dream.paused and dream.steps:
                dream.keeping = True
                os.chdir(dream.folder)
                for event in dream.events:
                    if isinstance(event, Written):
                        self._preview(dream)
                        break

    def _tell(self, id: str, **what: Any) -> None:
        self._pipe.send(Told(id, what))


def jpeg(pixels: np.ndarray, quality: int = 90) -> bytes:
    """Pixels [H, W, 3] in 0..1 as a JPEG for the browser, no side longer than PREVIEW."""
    if max(pixels.shape[:2]) > PREVIEW:
        pixels = images.resize(pixels, scale.target(pixels.shape[:2], None, PREVIEW))
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _unexpected(error: Exception) -> DreamError:
    """What is said of an error of our own; the terminal shows where it happened."""
    import traceback

    traceback.print_exception(error)
    return DreamError(f"Something went wrong inside ({type(error).__name__}).", "The terminal has the details.")
