"""deepdream recipes: the named sets of settings, what each is for, and saving one from a dream."""

import json as encoding
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from deepdream.cli import messages, options
from deepdream.errors import RecipeError, RequestError, command
from deepdream.gradient.precision import fastest
from deepdream.pipeline import provenance, replay
from deepdream.settings import VGGS, Settings, check_names, user_recipes
from deepdream.settings import recipes as known
from deepdream.settings.declaration import COMPUTING
from deepdream.settings.fields import FIELDS
from deepdream.settings.recipes import RECIPES, Recipe
from deepdream.settings.user_recipes import NAME, UserRecipe

Json = Annotated[bool, typer.Option("--json", help="Print them machine-readable.")]

COMPUTED = tuple(name for name, field in FIELDS.items() if field.metadata["affects"] == COMPUTING)
LEFT_OUT = (*COMPUTED, "preview", "size", "max_side", "start", "fill")
"""Settings of one machine, one run or one picture, not of a look. Settings that name a file are left out too, and so is
the precision, unless the dream's recipe sets it."""


class _OrName(TyperGroup):
    """Treats an unknown subcommand as a recipe's name: `recipes seed` is `recipes explain seed`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["explain", *args])


app = typer.Typer(
    cls=_OrName,
    help="List, explain and save recipes.\n\n"
    "Without a command all are listed; deepdream recipes NAME explains one and its settings. Your own are TOML files, "
    "saved by name or anywhere: deepdream dream photo.jpg --recipe my.toml",
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def recipes(context: typer.Context, json: Json = False, traceback: options.Traceback = False) -> int:
    if context.invoked_subcommand is not None:
        return 0
    chosen = dict(RECIPES)
    for name, path in user_recipes.saved().items():
        if name in RECIPES:
            messages.tell(f"{path} is ignored: {name} is the name of a built-in recipe.")
            continue
        try:
            chosen[name] = known.find(name)
        except RecipeError as error:  # a damaged recipe does not hide the others
            messages.tell(messages.format_error(error))
    if json:
        print(encoding.dumps({name: _record(name, recipe) for name, recipe in chosen.items()}, indent=2))
        return 0
    print("\n\n".join(describe(name, recipe, settings=False) for name, recipe in chosen.items()))
    print("\nIts settings: deepdream recipes NAME. To dream with it: deepdream dream photo.jpg --recipe NAME")
    print(f"Your own lie in {user_recipes.folder()}. To save one: deepdream recipes save NAME --from dream.png")
    return 0


@app.command()
def explain(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", hidden=True)],
    json: Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Explain the recipe NAME, or the file my.toml, and its settings."""
    recipe = known.find(name)
    if json or (context.parent is not None and context.parent.params["json"]):  # typed before NAME or after it
        print(encoding.dumps({name: _record(name, recipe)}, indent=2))
    else:
        print(describe(name, recipe, settings=True))
    return 0


@app.command()
def save(
    name: Annotated[str, typer.Argument(metavar="NAME", hidden=True)],
    *,
    source: Annotated[Path, typer.Option("--from", metavar="PICTURE", help="A dream, which carries its settings.")],
    look: Annotated[str, typer.Option(metavar="TEXT", help="What it makes, in one line.", show_default=False)] = "",
    keep: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="SETTING", help="Also save a setting that is left out; several times."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe of that name.")] = False,
    quiet: options.Quiet = False,
    traceback: options.Traceback = False,
) -> int:
    """Save how a dream was made as the recipe NAME.

    Saved are the settings that differ from the defaults, not the input. Left out is what belongs to one picture or
    machine, unless --with asks for it: size, max side, start, fill, tile, memory, convolution, precision, threads,
    preview, and what names a file, such as a mask with its feather. NAME is for --recipe NAME; a path such as my.toml
    is written there instead.
    """
    target = _target(name, force)
    kept = [word.replace("-", "_") for word in keep or ()]
    check_names(dict.fromkeys(kept))
    recipe = provenance.read(source)
    replay.refuse_newer(recipe, source)
    own, left = taken(recipe, kept)
    made = f"taken from {source.name}, a dream of deepdream {recipe['version']}"
    user_recipes.write(target, UserRecipe(look, source=made, overrides=own.overrides, networks=own.networks))
    print(describe(name, known.laid_over(user_recipes.read(target, RECIPES)), settings=True))
    if not quiet:
        if left:
            shown = ", ".join(" ".join(row).strip() for row in options.shown_settings(left))
            messages.tell(f"Left out, because another picture or machine has its own: {shown}")
        messages.tell(f"Saved in {target}. To dream with it: {command('dream', 'photo.jpg', '--recipe', name)}")
    return 0


def taken(recipe: Mapping[str, Any], keep: list[str]) -> tuple[UserRecipe, dict[str, Any]]:
    """A dream's record as a recipe for other pictures, and the settings that were left out.

    What the classic recipe chooses for the dream's network applies to that network only, as do channels and, for Keras
    networks, layer names and the input range; everything else applies to every network. A precision that this machine
    chooses anyway is neither kept nor reported.
    """
    of_keras = ("layers", "input") if recipe["network"] not in VGGS else ()
    settings = Settings(**{name: value for name, value in recipe["settings"].items() if name != "recipe"})
    classic = known.resolve({"recipe": "classic"}, recipe["network"])
    overrides: dict[str, Any] = {}
    of_network: dict[str, Any] = {}
    left: dict[str, Any] = {}
    chosen_here = {} if _sets_precision(recipe["settings"]) else {"precision": fastest()}
    others = (*LEFT_OUT, *chosen_here, *(() if "mask" in keep else ("feather",)))
    for field in fields(Settings):
        name, value, usual = field.name, getattr(settings, field.name), getattr(classic, field.name)
        if value is None or value == usual == field.default or (value == chosen_here.get(name) and name not in keep):
            continue
        endings = field.metadata.get("files", ())  # a network may be a file, but mostly is a name
        names_a_file = "FILE" in (field.metadata.get("metavar") or "") or str(value).lower().endswith(endings)
        if (name in others or names_a_file) and name not in keep:
            left[name] = value
        elif value == usual or (name == "layers" and ":" in value) or (name in of_keras):
            of_network[name] = value
        else:
            overrides[name] = _absolute(value) if names_a_file else value
    return UserRecipe(overrides=overrides, networks={recipe["network"]: of_network} if of_network else {}), left


def _sets_precision(settings: Mapping[str, Any]) -> bool:
    """Whether the recipe that a dream was made with sets the precision, as the seed recipes do."""
    try:
        return "precision" in known.find(settings.get("recipe", "classic")).overrides
    except RequestError:  # a user's recipe whose file is gone
        return False


def _absolute(name: str) -> str:
    """A file's absolute name, valid wherever the recipe is stored."""
    sign = "!" if name.startswith("!") else ""
    return f"{sign}{Path(name.removeprefix('!')).expanduser().absolute()}"


def _target(name: str, force: bool) -> Path:
    """The file for a recipe of that name.

    Raises:
        RecipeError: the name is invalid or taken, or the folder does not exist.
    """
    if user_recipes.is_file_name(name):
        target = Path(name).expanduser()
        if not target.parent.is_dir():
            raise RecipeError(f"The folder {target.parent} of {target.name} does not exist.", "Create it first.")
    else:
        if name in RECIPES:
            raise RecipeError(f"{name} is the name of a built-in recipe.", "Give it another name.")
        if not NAME.fullmatch(name) or name in ("save", "explain"):
            raise RecipeError(
                f"A recipe can't be called {name!r}.", "Take letters, digits, - and _, and none of save and explain."
            )
        target = user_recipes.folder() / f"{name}.toml"
    if target.exists() and not force:
        raise RecipeError(f"There is a recipe {target} already.", "Type --force to replace it.")
    return target


def describe(name: str, recipe: Recipe, *, settings: bool) -> str:
    """A recipe as text: look, cost, source and, if requested, the settings that differ from the defaults."""
    rows = [("look", recipe.look), ("cost", recipe.cost), ("source", recipe.source)]
    rows = [row for row in rows if row[1]]
    if (path := _file(name)) is not None:
        rows.append(("file", str(path)))
    if settings:
        rows += _changed(recipe.overrides, "all networks" if recipe.networks else "")
        for network, overrides in recipe.networks.items():
            rows += _changed(overrides, network)
        rows += _changed(_elsewhere(recipe), "other networks")
        rows += _changed(recipe.elsewhere, f"not on {' or '.join(recipe.made_for)}")
        rows.append(("all others", "as by default: deepdream dream --help"))
    return f"{name}\n" + "\n".join(f"  {line}" for line in messages.columns(rows).splitlines())


def _file(name: str) -> Path | None:
    """The file of a user's recipe; None for a built-in one."""
    return None if name in RECIPES else user_recipes.path_of(name)


def _record(name: str, recipe: Recipe) -> dict[str, Any]:
    path = _file(name)
    return asdict(recipe) | {"file": None if path is None else str(path)}


def _elsewhere(recipe: Recipe) -> dict[str, Any]:
    """The defaults of settings that the recipe sets for some networks only."""
    some = dict.fromkeys(name for values in recipe.networks.values() for name in values)
    return {name: FIELDS[name].default for name in some if name not in recipe.overrides}


def _changed(overrides: Any, where: str) -> list[tuple[str, str]]:
    """Rows of overrides, with the network that they apply to."""
    return [(name, f"{value} ({where})" if where else value) for name, value in options.shown_settings(overrides)]
