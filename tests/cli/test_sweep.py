"""deepdream sweep, for real, with the pocket network on small pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.batch import sweep_sheets
from deepdream.batch.names import caption
from deepdream.errors import GradientError, StorageError
from deepdream.gradient import engine
from deepdream.network.weights import lookup
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Step

SMALL = ("--network", "pocket", "--octaves", "1", "--jitter", "3")
VARY = ("--vary", "layers=block1;block2=0.5,block1", "--vary", "step_size=0.01,0.05,0.1")
CELLS = [
    "layers-block1_step-size-0.01.png",
    "layers-block1_step-size-0.05.png",
    "layers-block1_step-size-0.1.png",
    "layers-block2-0.5-block1_step-size-0.01.png",
    "layers-block2-0.5-block1_step-size-0.05.png",
    "layers-block2-0.5-block1_step-size-0.1.png",
]


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def pixels(path):
    return np.asarray(Image.open(path))


@pytest.fixture
def drawn(monkeypatch):
    """The rows that the sheets were drawn from, as (title, rows)."""
    sheets, real = [], sweep_sheets.grid

    def grid(rows, *, title, cell):
        sheets.append((title, rows))
        return real(rows, title=title, cell=cell)

    monkeypatch.setattr(sweep_sheets, "grid", grid)
    return sheets


def test_rows_and_columns_on_one_sheet_with_the_values_of_the_recorded_recipes(command, photo, drawn):
    photo()
    result = command("sweep", "photo.png", *SMALL, "--steps", "2", *VARY)
    assert (result.code, result.out) == (0, "")
    assert names("photo-sweep") == [*CELLS, "sheet.png"]
    ((title, rows),) = drawn
    assert title == "photo.png, pocket"
    recipes = [images.read_recipe(Path("photo-sweep", name))["settings"] for name in CELLS]
    for row, (side, cells) in enumerate(rows):
        for column, (head, shown) in enumerate(cells):
            settings = recipes[3 * row + column]
            assert side == caption("layers", settings["layers"])
            assert (head or rows[0][1][column][0]) == caption("step_size", settings["step_size"])
            assert np.allclose(shown, images.read(Path("photo-sweep", CELLS[3 * row + column])).pixels)
    assert [settings["steps"] for settings in recipes] == [2] * 6


def test_each_picture_is_the_dream_of_its_settings_to_the_bit(command, photo, forget):
    photo()
    words = ("--steps", "2", "--seed", "5")
    assert command("sweep", "photo.png", *SMALL, *words, *VARY, "--vary", "max_side=40,none", "-q").code == 0
    one = ("--layers", "block2=0.5,block1", "--step-size", "0.1", "--max-side", "40")
    forget()
    assert command("dream", "photo.png", "-o", "photo-sweep/one.png", *SMALL, *words, *one, "-q").code == 0
    cell = Path("photo-sweep/layers-block2-0.5-block1_step-size-0.1_max-side-40.png")
    assert (pixels(cell) == pixels("photo-sweep/one.png")).all()
    assert images.read_recipe(cell) == images.read_recipe(Path("photo-sweep/one.png"))
    assert command("again", cell, "-q") == (0, "", "")


def test_wrapping_pictures_are_closed_for_each_dreams_own_layers(command, photo, forget):
    photo()
    words = (*SMALL, "--steps", "2", "--tileable", "-q")
    assert command("sweep", "photo.png", *words, "--vary", "layers=block1_conv1,block3_conv1").code == 0
    forget()
    for name in ("block1_conv1", "block3_conv1"):
        assert command("dream", "photo.png", *words, "--layers", name, "--force", "-o", "one.png").code == 0
        assert (pixels(f"photo-sweep/layers-{name}.png") == pixels("one.png")).all()


def test_what_is_printed(command, photo):
    photo()
    words = ("--layers", "block1", "--vary", "seed=1,2", "--vary", "steps=3")
    plan, first, second, last = command("sweep", "photo.png", *SMALL, *words).err.splitlines()
    assert plan.startswith("2 dreams (2 seed x 1 steps): ")
    assert plan.endswith(", pocket, 53x37, about 1 s")
    assert first.startswith("photo-sweep/seed-1_steps-3.png: 3 steps in ")
    assert second.startswith("photo-sweep/seed-2_steps-3.png: 3 steps in ")
    assert last == "photo-sweep/sheet.png shows them."


def test_a_note_that_holds_for_every_dream_is_printed_once(command, photo):
    photo()
    words = ("--network", "pocket", "--octaves", "4", "--layers", "block4", "--steps", "1", "--vary", "seed=1,2")
    err = command("sweep", "photo.png", *words).err
    assert err.count("left out") == 1


def test_one_setting_makes_a_row_that_is_wrapped_where_it_is_long(command, photo, drawn):
    photo()
    assert command("sweep", "photo.png", *SMALL, "--steps", "1", "--vary", "seed=1,2,3,4,5,6,7", "-q").code == 0
    ((_, rows),) = drawn
    assert [[head for head, _ in cells] for _, cells in rows] == [[f"seed {n}" for n in range(1, 7)], ["seed 7"]]
    assert {side for side, _ in rows} == {""}


def test_a_third_setting_makes_a_sheet_for_each_of_its_values(command, photo, drawn):
    photo()
    vary = ("--vary", "steps=1,2", "--vary", "layers=block1,block2", "--vary", "seed=1,2", "--vary", "clip=true,false")
    result = command("sweep", "photo.png", *SMALL, *vary, "--json", "-q")
    sheets = [f"photo-sweep/sheet-seed-{seed}_clip-{clip}.png" for seed in (1, 2) for clip in ("true", "false")]
    assert json.loads(result.out)["sheets"] == sheets
    assert [title for title, _ in drawn] == [
        f"photo.png, pocket, seed {seed}, clip {clip}" for seed in (1, 2) for clip in ("true", "false")
    ]
    for path in sheets:
        recipe = images.read_recipe(Path(path))
        assert recipe["kind"] == "sweep sheet"
        for entry in recipe["pictures"]:
            settings = images.read_recipe(Path("photo-sweep", entry["file"]))["settings"]
            assert {name: settings[name] for name in ("steps", "layers", "seed", "clip")} == {
                name: entry[name] for name in ("steps", "layers", "seed", "clip")
            }
    assert command("again", sheets[0]).err.endswith("is no dream: its recipe is of the kind 'sweep sheet'.\n")


def test_it_resumes_and_repeats_what_other_settings_require(command, photo):
    photo()
    words = ("sweep", "photo.png", *SMALL, *VARY, "--json", "-q")
    command(*words, "--steps", "1")
    Path("photo-sweep", CELLS[1]).unlink()
    images.write(Path("photo-sweep", CELLS[4]), np.ones((3, 5, 3), np.float32))
    again = json.loads(command(*words, "--steps", "1").out)
    fresh = [Path(entry["picture"]).name for entry in again["pictures"] if not entry["ready"]]
    assert fresh == [CELLS[1], CELLS[4]]
    assert again["pictures"][0]["losses"] == []
    assert len(again["pictures"]) == 6
    other = json.loads(command(*words, "--steps", "2").out)
    assert [entry["ready"] for entry in other["pictures"]] == [False] * 6


def counting(monkeypatch, module, name):
    """The calls of a function, which still runs."""
    calls, real = [], getattr(module, name)

    def counted(*arguments, **more):
        calls.append(arguments)
        return real(*arguments, **more)

    monkeypatch.setattr(module, name, counted)
    return calls


def test_picture_weights_and_compiled_gradients_are_shared(command, photo, forget, monkeypatch):
    photo()
    read, loaded = counting(monkeypatch, images, "read"), counting(monkeypatch, lookup, "load")
    made = counting(monkeypatch, engine, "make")
    vary = ("--vary", "step_size=0.01,0.05", "--vary", "layers=block1,block2", "--vary", "max_side=30,40")
    assert command("sweep", "photo.png", *SMALL, "--steps", "1", *vary, "-q").code == 0
    cells = 8
    assert len(read) == 2 + cells  # two sizes, and the sheets' small pictures
    assert (len(loaded), len(made)) == (1, 2)


@pytest.mark.parametrize(
    "vary",
    [
        ("laplacian", "shape_levels=2,3"),
        ("cascade", "shape_sigma=1,2"),
        ("tv=0,0.5",),
        ("l2=0,0.5",),
        ("optimizer=ascent,adam",),
        ("mask=none,mask.png",),
        ("max_side=30,40",),
    ],
)
def test_what_is_done_with_a_gradient_does_not_compile_it_again(command, photo, forget, monkeypatch, vary):
    photo(), photo("mask.png", seed=1)
    made = counting(monkeypatch, engine, "make")
    *given, varied = vary
    fixed = [word for setting in given for word in ("--shape", setting)]
    assert command("sweep", "photo.png", *SMALL, "--steps", "1", *fixed, "--vary", varied, "-q").code == 0
    assert len(names("photo-sweep")) == 3  # two dreams and their sheet
    assert len(made) == 1


def test_recipes_and_the_value_none(command, photo, drawn):
    photo()
    Path("my.toml").write_text('layers = "block1"\nsteps = 2\n')
    vary = ("--vary", "recipe=classic,my.toml", "--vary", "layers=none,block2", "--max-side", "40")
    assert command("sweep", "photo.png", *SMALL, *vary, "-q").code == 0
    ((_, rows),) = drawn
    assert [side for side, _ in rows] == ["recipe classic", "recipe my.toml"]
    assert [head for head, _ in rows[0][1]] == ["layers none", "layers block2"]  # whose layers differ by recipe
    mine = images.read_recipe(Path("photo-sweep/recipe-my.toml_layers-none.png"))["settings"]
    assert (mine["layers"], mine["steps"]) == ("block1", 2)


def test_a_large_picture_makes_a_small_sheet(command, photo):
    photo(size=(901, 603))
    assert command("sweep", "photo.png", *SMALL, "--steps", "1", "--vary", "layers=block1,pool", "-q").code == 0
    height, width = pixels("photo-sweep/sheet.png").shape[:2]
    assert width == 12 + 2 * (320 + 12)
    assert height < 320
    assert pixels("photo-sweep/layers-pool.png").shape[:2] == (603, 901)


def test_without_a_picture_the_sample_is_dreamt_into_the_current_folder(command):
    words = ("--steps", "1", "--max-side", "60", "--vary", "layers=block1", "-q")
    assert command("sweep", *SMALL, *words).code == 0
    assert names("sample-sweep") == ["layers-block1.png", "sheet.png"]
    assert images.read_recipe(Path("sample-sweep/layers-block1.png"))["input"]["sample"] is True


def test_canvases_beside_a_picture_and_without_one(command, photo, drawn):
    photo()
    words = ("--steps", "1", "--layers", "block1", "--size", "53x37", "-q")
    assert command("sweep", "photo.png", *SMALL, *words, "--vary", "start=picture,clouds,pink") == (0, "", "")
    inputs = [images.read_recipe(path)["input"] for path in sorted(Path("photo-sweep").glob("start-*"))]
    assert [entry.get("canvas", entry.get("path")) for entry in inputs] == [True, "../photo.png", True]
    assert command("again", "photo-sweep/start-pink.png", "-q") == (0, "", "")
    assert (pixels("photo-sweep/start-pink.png") == pixels("photo-sweep/start-pink-again.png")).all()
    assert command("sweep", *SMALL, *words, "--start", "clouds", "--vary", "seed=1,2") == (0, "", "")
    assert names("clouds-sweep") == ["seed-1.png", "seed-2.png", "sheet.png"]
    assert (pixels("clouds-sweep/seed-1.png") != pixels("clouds-sweep/seed-2.png")).any()
    assert command("sweep", *SMALL, *words, "--vary", "start=pink,clouds").code == 0
    assert [title for title, _ in drawn] == ["photo.png, pocket", "clouds, pocket", "canvas, pocket"]


UNKNOWN = "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool. "


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "A sweep needs at least one --vary. Type for example --vary step-size=0.01,0.05."),
        (["--vary", "stps=1"], "--vary 'stps' names no setting of a dream. Did you mean steps?"),
        (["--vary", "steps=1,0"], "--steps 0 is out of its bounds: 1 to 100000."),
        (["--vary", "steps=1,many"], "--steps 'many' is not a whole number."),
        (["--vary", "clip=yes"], "--clip 'yes' is not true or false."),
        (["--vary", "layers=block1,block9"], UNKNOWN + "Did you mean block5 or block4 or block3?"),
        (["--vary", "recipe=sed"], "There is no recipe 'sed'. Did you mean seed?"),
        (["--vary", "jitter=1,2"], "--jitter is both given and varied. Give it once."),
        (
            ["--vary", "size=9x6", "--vary", "max_side=none,4"],
            "--size 9x6 and --max-side 4 exclude each other. Give one of them.",
        ),
        (["--vary", "seed=1", "-o", "gone/sweep"], "The folder gone of sweep does not exist. Create it first."),
        (
            ["--vary", "seed=1", "-o", "photo.png"],
            "photo.png is no folder; a sweep is written into one. Name another output.",
        ),
        (["--vary", "seed=1", "--start", "pink"], "--start pink takes no picture. Leave out the picture or --start."),
        (["--vary", "seed=1", "--limit-megapixels", "0"], "--limit-megapixels 0 leaves no picture: it has to be more"),
    ],
)
def test_a_bad_request_is_one_sentence_before_any_work(command, photo, words, message):
    photo()
    result = command("sweep", "photo.png", *SMALL, *words)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(message)
    assert names(".") == ["photo.png"]


def test_a_missing_picture_is_refused(command):
    assert command("sweep", "gone.png", "--vary", "seed=1") == (2, "", "There is no file gone.png.\n")


def failing(monkeypatch, number, error):
    """The dream of that number goes wrong after its first step."""
    real, begun = pipeline.run, []

    def run(request, **more):
        begun.append(request)
        for record in real(request, **more):
            if isinstance(record, Step) and len(begun) == number:
                raise error
            yield record

    monkeypatch.setattr(pipeline, "run", run)


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_resumes(command, photo, monkeypatch, drawn):
    photo()
    words = ("sweep", "photo.png", *SMALL, "--steps", "1", *VARY)
    with monkeypatch.context() as patch:
        failing(patch, 3, KeyboardInterrupt())
        result = command(*words, "--json", "-q")
    assert (result.code, result.err) == (
        130,
        "Stopped; 2 of 6 pictures are in photo-sweep, and the same command resumes from there.\n",
    )
    assert names("photo-sweep") == [*CELLS[:2], "sheet.png"]
    assert json.loads(result.out)["stopped"] is True
    ((_, rows),) = drawn
    assert [[shown is not None for _, shown in cells] for _, cells in rows] == [[True, True, False], [False] * 3]
    lines = command(*words).err.splitlines()
    assert sum(line.endswith(": was there already") for line in lines) == 2
    assert names("photo-sweep") == [*CELLS, "sheet.png"]


def test_ctrl_c_before_the_first_picture_writes_nothing(command, photo, monkeypatch):
    photo()
    failing(monkeypatch, 1, KeyboardInterrupt())
    result = command("sweep", "photo.png", *SMALL, "--steps", "1", *VARY, "-q")
    assert result == (130, "", "Stopped before the first picture was done; nothing was written.\n")
    assert names(".") == ["photo.png"]


def test_a_failing_dream_is_reported_and_the_others_run(command, photo, monkeypatch):
    photo()
    failing(monkeypatch, 2, GradientError("The gradient is zero everywhere at step 1."))
    result = command("sweep", "photo.png", *SMALL, "--steps", "1", *VARY, "-q", "--json")
    message = "layers-block1_step-size-0.05: The gradient is zero everywhere at step 1."
    assert (result.code, result.err) == (1, message + "\n")
    assert names("photo-sweep") == [*CELLS[:1], *CELLS[2:], "sheet.png"]
    assert json.loads(result.out)["errors"] == [{"message": message, "advice": "", "exit_code": 1}]


def test_an_error_that_would_affect_every_dream_ends_it_and_what_is_done_stays(command, photo, monkeypatch):
    photo()
    failing(monkeypatch, 2, StorageError("The disk is full."))
    result = command("sweep", "photo.png", *SMALL, "--steps", "1", *VARY, "-q")
    assert result == (1, "", "layers-block1_step-size-0.05: The disk is full.\n")
    assert names("photo-sweep") == [CELLS[0], "sheet.png"]
