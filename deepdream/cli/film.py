"""deepdream film: a moving picture in, a moving dream out."""

import functools
import json as encoding
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.cli import interrupt, messages, options
from deepdream.cli.bar import Bar
from deepdream.errors import plural
from deepdream.film.options import Film, declared

Json = Annotated[bool, typer.Option("--json", help="Print a line of JSON on stdout for each frame.")]


@functools.partial(options.with_settings, without=Film.WITHOUT)
@functools.partial(options.with_declared, fields=declared(Film))
def film(
    source: Annotated[Path, typer.Argument(metavar="IN", hidden=True)],
    output: Annotated[Path, typer.Argument(metavar="OUT", parser=options.film_output, hidden=True)],
    *,
    chosen: Mapping[str, Any],
    given: Mapping[str, Any],
    quiet: options.Quiet = False,
    json: Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Dream on a film.

    IN is a video, an animation (GIF, PNG, WebP) or a folder of pictures. OUT is .mp4, .mov, .mkv, .webm, .gif, .apng or
    .webp, or a folder. Faces ride along with what moves; sound, subtitles, chapters and times are kept. Every frame is
    checked for flashes, which is no certified test. --mask may be a film, too. --keyframes changes strength, tv, l2,
    shape_exponent and shape_colour over time; see `deepdream zoom --help` for the form of such a file.

    After Ctrl-C or a crash the same command resumes where it was, from the frames in OUT.film.
    """
    return show_film(Film(source=source, output=output, given=given, **chosen), quiet=quiet, as_json=json)


def show_film(wanted: Film, *, quiet: bool, as_json: bool) -> int:
    """Run a film and show it.

    Returns: the exit code.
    """
    from deepdream.film import film as films
    from deepdream.film import setup

    setup.check(wanted)
    return show(
        lambda session, stop: films.run(wanted, session, stop=stop), wanted.source.name, quiet=quiet, as_json=as_json
    )


def show(run: Callable[..., Generator[Any, None, Any]], name: str, *, quiet: bool, as_json: bool) -> int:
    """Show a film or a zoom as it is dreamt.

    Args:
        run: takes a session and what is asked after each step whether to stop; yields events, ends in the result.
        name: of what is dreamt.
        quiet: say nothing but errors.
        as_json: print a line for each frame, and one for the result.

    Returns: the exit code.
    """
    from deepdream.film.dreaming import Dreamt, Shot
    from deepdream.pipeline.events import Note, Step
    from deepdream.pipeline.session import Session

    with Bar(quiet=quiet) as bar, interrupt.patient(bar.say) as ctrl_c:
        bar.wait(f"{name}: getting ready")
        events = run(Session(progress=bar.download), lambda: ctrl_c.asked)
        while True:
            try:
                event = next(events)
            except StopIteration as ended:
                return _end(ended.value, bar, as_json=as_json)
            if isinstance(event, Note):
                bar.note(messages.with_option_names(event.message, leading=True))
            elif isinstance(event, Step):
                ctrl_c.begun = True
            elif isinstance(event, Shot) and as_json:
                print(encoding.dumps({"shot": event.number, "frame": event.frame}), flush=True)
            elif isinstance(event, Dreamt):
                _show(event, bar)
                if as_json:
                    print(encoding.dumps(_entry(event)), flush=True)


def _show(frame: Any, bar: Bar) -> None:
    """Show a frame on the bar; without a live display, every tenth part of the film."""
    done = frame.number + 1
    of = f"/{frame.count}" if frame.count else ""
    where = f"frame {done}{of}, shot {frame.shot}"
    left = "" if frame.seconds_left is None else f", {messages.duration(frame.seconds_left)} left"
    status = f"{frame.rate:.2g} frames/s{left}"
    if bar.live:
        bar.fill(where, done / max(frame.count or done + 1, done), status)
    elif done % max((frame.count or 100) // 10, 1) == 0:
        bar.say(f"{where}, {status}")


def _entry(frame: Any) -> dict[str, Any]:
    """A frame for --json."""
    left = frame.seconds_left
    return {
        "frame": frame.number,
        "frames": frame.count,
        "shot": frame.shot,
        "rate": round(frame.rate, 4),
        "seconds_left": None if left is None else round(left, 1),
    }


def _end(result: Any, bar: Bar, *, as_json: bool) -> int:
    """Print the result, and return the exit code."""
    from deepdream.film.flashes import sentence

    tally = result.tally
    if result.stopped:
        bar.complain(
            f"Stopped after {plural(tally.frames, 'frame')}, which are kept in {result.folder}; the same "
            "command resumes from here."
        )
    else:
        bar.say(f"{result.output}: {measured(tally)}")
        if tally.together:
            bar.say(f"Dreamt one by one, its frames would flicker {tally.alone / tally.together:.1f} times as much.")
        if tally.calmed:
            bar.say(f"{plural(tally.calmed, 'frame')} calmed.")
        bar.say(sentence(result.flashes))
    if as_json:
        print(encoding.dumps(_summary(result)), flush=True)
    return messages.STOPPED if result.stopped else 0


def measured(tally: Any) -> str:
    """What was measured of a film or a zoom, in a line."""
    frames = plural(tally.frames, "frame")
    if not tally.strength:  # a zoom has no footage to be compared with
        return f"{frames}, {tally.rate:.2g} frames/s"
    return (
        f"{frames}, {plural(tally.shots, 'shot')}, flicker {tally.flicker:.1f} levels (footage "
        f"{tally.plain:.1f}), strength {tally.mean_strength:.0f}, {tally.rate:.2g} frames/s"
    )


def _summary(result: Any) -> dict[str, Any]:
    """The film for --json."""
    tally, report = result.tally, result.flashes
    return {
        "output": None if result.stopped else str(result.output),
        "stopped": result.stopped,
        "frames": tally.frames,
        "shots": tally.shots,
        "flicker": round(tally.flicker, 3),
        "footage": round(tally.plain, 3),
        "strength": round(tally.mean_strength, 3),
        "rate": round(tally.rate, 4),
        "compared": round(tally.alone / tally.together, 3) if tally.together else None,
        "calmed": tally.calmed,
        "flashes": None
        if result.stopped  # what is there was not checked as a whole
        else {
            "verdict": report.verdict,
            "changes": report.changes,
            "rule": report.rule,
            "red": report.red,
            "seconds": report.seconds,
            "region": list(report.region),
        },
        "notes": result.notes,
        "recipe": result.record,
    }
