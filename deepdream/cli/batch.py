"""deepdream batch: many pictures and films dreamt into one folder; a second run resumes the first."""

import json as encoding
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.cli import film, interrupt, messages, options
from deepdream.cli.bar import Bar
from deepdream.errors import RequestError, SettingError, plural

if TYPE_CHECKING:
    from deepdream.batch.run import Begun
    from deepdream.film.dreaming import Dreamt
    from deepdream.pipeline.events import Step
    from deepdream.pipeline.job import Result
    from deepdream.pipeline.series import Turn


@options.with_settings
def batch(
    sources: Annotated[list[Path] | None, typer.Argument(metavar="SOURCE", hidden=True)] = None,
    *,
    output: options.Folder = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into folders inside folders.")] = False,
    names: Annotated[
        Path | None, typer.Option("--list", metavar="FILE|-", help="Also the files that FILE or stdin names, by line.")
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="The names of --list end with NUL, as find -print0 does.")
    ] = False,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Share the work between N processes.")] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Share it with the workers of a Dask scheduler.")
    ] = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="These see the same files at the same places: send names, not pictures.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Take an address that is neither on this machine nor tls://.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Take only what failed last time.")] = False,
    max_failures: Annotated[int, typer.Option(metavar="K", help="End after this many failures in a row.")] = 10,
    given: Mapping[str, Any],
    bits: options.Bits = None,
    quality: options.Quality = 95,
    force: options.Force = False,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: Annotated[bool, typer.Option("--json", help="Print a line of JSON on stdout for each picture.")] = False,
    traceback: options.Traceback = False,
) -> int:
    """Dream on many pictures and films, into one folder.

    SOURCE is a picture, a video, a folder, or a quoted pattern such as "photos/**/*.jpg". Dreams keep the names of
    their pictures and their places below the folder: deepdream batch photos --recursive -o dreams makes
    dreams/2024/sea.jpg from photos/2024/sea.jpg. Formats that are not written become PNG, videos Matroska. Videos
    become what deepdream film makes of them; several workers share a video's scenes.

    A dream that exists with the same settings is not made again, so the same command resumes after Ctrl-C or a crash.
    One with other settings is kept and the new one gets a number, unless --force replaces it; a file that is not a
    dream is never replaced. If a picture fails, it is listed and the others are still dreamt; the exit code is then 1.
    batch.jsonl in the folder has a line for each picture, and batch.csv is the same as a table.
    """
    if output is None:
        raise RequestError("A batch needs a folder for its dreams.", "Name it, for example: -o dreams")
    if not sources and names is None:
        raise RequestError("A batch needs pictures.", "Name files or folders, or a file of names with --list.")
    if null and names is None:
        raise SettingError("--null is for the names of --list.", "Name their file, or - for standard input.")
    if max_failures < 1:
        raise SettingError(f"--max-failures {max_failures} is less than one.")

    from deepdream.batch import run as batches
    from deepdream.batch import workers as processes
    from deepdream.batch.sources import listed
    from deepdream.cli.show_run import View, show_run

    with Bar(quiet=quiet) as bar, interrupt.patient(bar.say) as ctrl_c:
        bar.wait("getting ready")
        plan = batches.plan(
            sources or (),
            listed(names, null=null) if names else (),
            given,
            output,
            recursive=recursive,
            progress=bar.download,
            bits=bits,
            quality=quality,
            force=force,
            limit_megapixels=limit_megapixels,
            workers=processes.asked(workers, dask, same_folders=shared, insecure=insecure),
            retry_failed=retry_failed,
            max_failures=max_failures,
        )
        progress = Progress(bar, ctrl_c, folder=output, as_json=json, force=force)
        view = View(
            label=lambda job: str(job.source),
            where=progress.where,
            fraction=progress.fraction,
            on_event=progress.on_event,
            status=progress.status,
            took=progress.took,
            progress=progress.progress,
            lists=True,
        )
        outcome = show_run(batches.run(plan, stop=lambda: ctrl_c.asked), bar, view, traceback=traceback)
        outcome.stopped |= ctrl_c.asked
        if plan.found.earlier:
            bar.say(f"{plural(plan.found.earlier, 'earlier dream')} passed over.")
        ended = progress.ended or (outcome.stopped and "Stopped; the same command resumes from here.")
        if ended:
            bar.complain(ended)
        bar.say(progress.summary())
    return messages.STOPPED if outcome.stopped else messages.FAILED if outcome.failed else 0


class Progress:
    """How far a batch is: pictures, megapixel-steps, failures, time left; and its journal on stdout."""

    def __init__(self, bar: Bar, ctrl_c: interrupt.CtrlC, *, folder: Path, as_json: bool, force: bool) -> None:
        self._bar, self._ctrl_c, self._folder, self._as_json = bar, ctrl_c, folder, as_json
        self._force = force
        self._start = time.perf_counter()
        self._megapixels: Mapping[Path, float] = {}
        self._before, self._megapixel_steps = 0.0, 0.0
        self._ready, self._dreamt, self._failed, self._total = 0, 0, 0, 0
        self._turn: Turn | None = None
        self._films: dict[Path, str] = {}
        self.ended = ""

    def on_event(self, event: Any) -> None:
        """Count, and print the journal's line."""
        from deepdream.batch.films import Filmed
        from deepdream.batch.run import Begun, Ended, Written
        from deepdream.film.dreaming import Dreamt, Shot
        from deepdream.film.flashes import sentence
        from deepdream.pipeline.events import Step
        from deepdream.pipeline.job import Result
        from deepdream.pipeline.series import Failed, Turn

        if isinstance(event, Begun):
            self._begin(event)
        elif isinstance(event, Turn):
            self._ctrl_c.begun, self._turn = False, event
        elif isinstance(event, Step | Shot):
            self._ctrl_c.begun = True
        elif isinstance(event, Dreamt):
            self._frame(event)
        elif isinstance(event, Filmed):
            self._films[event.output] = f"{film.measured(event.tally)}. {sentence(event.flashes)}"
        elif isinstance(event, Result):
            self._dreamt += event.done
            self._megapixel_steps += event.pixel_steps / 1e6
            self._before += self._megapixels[event.job.output]
        elif isinstance(event, Failed):
            self._failed += 1
            self._before += self._megapixels.get(event.job.output, 0.0)
        elif isinstance(event, Ended):
            self.ended = event.message
        elif isinstance(event, Written) and self._as_json:
            print(encoding.dumps(event.entry), flush=True)

    def where(self, turn: "Turn") -> str:
        """The picture's number and name."""
        return f"{self._ready + self._dreamt + self._failed + 1} of {self._total}: {turn.job.name}"

    def fraction(self, turn: "Turn") -> tuple[float, float]:
        """The fraction of the work done before a picture, and the picture's share."""
        work = sum(self._megapixels.values()) or 1.0
        return self._before / work, self._megapixels[turn.job.output] / work

    def status(self, step: "Step") -> str:
        """The text behind the bar."""
        return f"step {step.step}/{step.steps}{self.progress()}"

    def took(self, result: "Result") -> str:
        """What a finished job's line says: of a film what was measured."""
        from deepdream.cli.show_run import took

        return self._films.pop(result.output, "") or took(result)

    def progress(self) -> str:
        """Pictures done, and the time left."""
        done = f"; {self._ready + self._dreamt} of {self._total} done, {self._megapixel_steps:.3g} megapixel-steps"
        failed = f", {self._failed} failed" if self._failed else ""
        left = sum(self._megapixels.values()) - self._before
        if not self._before or not left:
            return f"{done}{failed}"
        seconds = (time.perf_counter() - self._start) * left / self._before
        return f"{done}{failed}, about {messages.duration(max(seconds, 1))} left"

    def summary(self) -> str:
        """The last line."""
        parts = [f"{plural(self._ready + self._dreamt, 'dream')} in {self._folder}"]
        if self._ready:
            parts.append(f"{self._ready} of them there already")
        if self._failed:
            parts.append(f"{plural(self._failed, 'picture')} failed, see {self._folder / 'batch.csv'}")
        return ", ".join(parts) + "."

    def _frame(self, frame: "Dreamt") -> None:
        """Show how far a film is."""
        assert self._turn is not None, "a film has its turn"
        before, share = self.fraction(self._turn)
        done = frame.number + 1
        count = max(frame.count or done + 1, done)
        status = f"{frame.rate:.2g} frames/s{self.progress()}"
        self._bar.fill(f"{self.where(self._turn)}; frame {done}/{count}", before + share * done / count, status)

    def _begin(self, begun: "Begun") -> None:
        self._ready, self._megapixels = begun.ready, begun.megapixels
        self._total = begun.ready + self._failed + len(begun.megapixels)
        self._start = time.perf_counter()
        if begun.other:
            were = "dream was" if begun.other == 1 else "dreams were"
            then = "each is replaced in its turn" if self._force else "the new ones get a number, and --force replaces"
            self._bar.say(f"{begun.other} {were} made with other settings or of another picture; {then}.")
