"""The settings of a dream as options, generated from the fields of Settings: a new setting is a new option.

with_settings(command) -> the same command, with one option per setting in place of its argument `given`
with_declared(command) -> the same, with one option per field of a record in place of `chosen`

An option that is not typed is None, so that the recipe and the defaults apply. Values are checked by Settings itself,
so the command line and the library raise the same errors.
"""

import dataclasses
import functools
import inspect
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer

from deepdream import settings
from deepdream.cli import complete
from deepdream.errors import ImageError, SettingError
from deepdream.settings import Settings, checks, fields, recipes


def output(text: str) -> Path:
    """A file to write, or a folder that exists, from what was typed: Path would drop the slash at a folder's end."""
    if text.endswith(("/", os.sep)) and not os.path.isdir(text):
        raise ImageError(f"The folder {text} does not exist.", "Create it first, or name a file such as dream.png.")
    return Path(text)


def film_output(text: str) -> Path:
    """A film to write, or a folder of its frames, which may be a new one, from what was typed."""
    return output(text) if Path(text).suffix else Path(text)


def _seed(text: str) -> int:
    """A seed as typed: a number, or one drawn for "random"."""
    return checks.checked(fields.FIELDS["seed"], settings.typed("seed", text))


def _megapixels(value: float) -> float:
    """A limit of pictures as typed: more than none."""
    if not value > 0:
        raise SettingError(f"--limit-megapixels {value:g} leaves no picture: it has to be more than 0.")
    return value


Seed = Annotated[
    int | None,
    typer.Option(
        parser=_seed,
        metavar="N|random",
        help="Seed of all that is random; random draws one, which the picture records.  [default: 0]",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Json = Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")]
Traceback = Annotated[bool, typer.Option("--traceback", help="On an error, print where in the code it happened.")]
Megapixels = Annotated[float, typer.Option(callback=_megapixels, metavar="N", help="Refuse to open larger pictures.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        parser=output,
        metavar="FILE",
        help="Where to write, or a folder that exists.",
        show_default=False,
        rich_help_panel=settings.GROUPS["everyday"],
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        help="Where to write; made if it is not there.",
        rich_help_panel=settings.GROUPS["everyday"],
    ),
]
Network = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        autocompletion=lambda incomplete: complete.values("network", incomplete),
        help=f"{', '.join(settings.NETWORKS[1:])}, or a Keras model's file; auto: vgg19 where it is here, else pocket.",
    ),
]
Weights = Annotated[Path | None, typer.Option(metavar="FILE", help="Weight file to use instead of the installed ones.")]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace a picture that carries another recipe; else a number is added to the name."),
]
Bits = Annotated[
    int | None, typer.Option(metavar="8|16", help="Bits per channel of the output; the input's when not given.")
]
Strip = Annotated[
    Literal["none", "gps", "all"],
    typer.Option(
        metavar="none|gps|all",
        help="Leave the input's GPS location, or all of its EXIF, out of the output; kept when not given.",
    ),
]
Quality = Annotated[int, typer.Option(metavar="N", help="Quality of JPEG, WebP and AVIF, 1 to 100.")]

_METAVARS = {str: "NAME", int: "N", float: "X"}


def with_settings(command: Callable[..., int], *, without: Sequence[str] = ()) -> Callable[..., int]:
    """The command for Typer: its argument `given` is replaced by one option per setting.

    Args:
        command: takes `given`; an option of its own replaces that of the setting with the same name.
        without: settings that the command rejects; they are not in its help.
    """

    @functools.wraps(command)
    def called(**arguments: Any) -> int:
        given = {name: settings.typed(name, arguments.pop(name)) for name in settings.names() if name not in own}
        return command(given={name: value for name, value in given.items() if value is not None}, **arguments)

    own = inspect.signature(command).parameters
    return _replaced(called, own, "given", _options(without, own))


def with_declared(command: Callable[..., int], *, fields: Sequence[dataclasses.Field]) -> Callable[..., int]:
    """The command for Typer: its argument `chosen` is replaced by one option per field of a record.

    Args:
        command: takes `chosen`, the values by name.
        fields: with the default, and `help` and `metavar` in their metadata.
    """

    @functools.wraps(command)
    def called(**arguments: Any) -> int:
        return command(chosen={field.name: arguments.pop(field.name) for field in fields}, **arguments)

    found = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=Annotated[
                cast(Any, field.type),
                typer.Option(
                    f"--{field.name.replace('_', '-')}",
                    metavar=None if field.type is bool else field.metadata["metavar"],
                    help=field.metadata["help"],
                ),
            ],
        )
        for field in fields
    ]
    return _replaced(called, inspect.signature(command).parameters, "chosen", found)


def _replaced(
    called: Callable[..., int],
    own: Mapping[str, inspect.Parameter],
    name: str,
    others: Sequence[inspect.Parameter],
) -> Callable[..., int]:
    """The function with the signature that Typer reads: its own parameters, that of this name replaced by others."""
    parameters: list[inspect.Parameter] = []
    for parameter in own.values():
        parameters += others if parameter.name == name else [parameter]
    called.__dict__["__signature__"] = inspect.Signature(parameters, return_annotation=int)
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": int}
    return called


def _options(without: Sequence[str], own: Collection[str]) -> list[inspect.Parameter]:
    """One keyword-only parameter, annotated for Typer, per setting that is not an option of the command's own."""
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                bool | None if _is_switch(field.name) else str | None, _option(field, hidden=field.name in without)
            ],
        )
        for field in dataclasses.fields(Settings)
        if field.name not in own
    ]


def _option(field: dataclasses.Field, *, hidden: bool) -> Any:
    """A setting's option: its name, help, default and metavar."""
    flag = field.name.replace("_", "-")
    text = field.metadata["help"]
    if default := _default(field):  # in the text, because for Typer the default of all of them is None
        text += f"  [default: {default}]"
    shown: dict[str, Any] = {
        "help": text,
        "rich_help_panel": settings.GROUPS[field.metadata["group"]],
        "hidden": hidden,
    }
    if _is_switch(field.name):
        return typer.Option(f"--{flag}/--no-{flag}", **shown)
    kind, _ = settings.value_type(field.name)
    choices = field.metadata.get("choices")
    metavar = field.metadata.get("metavar") or ("|".join(choices) if choices else _METAVARS[kind])
    of_choices = functools.partial(complete.values, field.name)
    completing = complete.layers if field.name == "layers" else lambda incomplete: of_choices(incomplete)
    return typer.Option(f"--{flag}", metavar=metavar, autocompletion=completing, **shown)


def _default(field: dataclasses.Field) -> str:
    """A setting's default as one would type it, with those of networks that have one of their own; empty for none."""
    if isinstance(field.default, bool):
        return ("" if field.default else "no-") + field.name.replace("_", "-")
    shown = [] if field.default is None else [_shown(field.default)]
    return "; ".join(
        shown + [f"{_shown(value)} on {network}" for network, value in recipes.by_network(field.name).items()]
    )


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_switch(name: str) -> bool:
    return settings.value_type(name)[0] is bool


def _is_size(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2


def shown_settings(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Settings of a recipe as (option, value) the way one would type them; those that are None left out."""
    rows = []
    for name, value in values.items():
        if value is None:
            continue
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            rows.append((f"--{flag}" if value else f"--no-{flag}", ""))
        else:
            rows.append((f"--{flag}", settings.format_size(tuple(value)) if _is_size(value) else str(value)))
    return rows
