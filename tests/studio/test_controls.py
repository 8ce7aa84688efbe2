"""Every setting is a control, or the server's own; what the command line refuses the studio refuses."""

import shlex

import pytest

from deepdream.errors import SettingError
from deepdream.settings import GROUPS, names
from deepdream.settings.fields import FIELDS
from deepdream.studio import controls


def test_every_setting_is_a_control_or_the_server_s_own():
    rows = controls.controls()
    assert [row["name"] for row in rows] == [name for name in names() if name not in controls.SERVERS]
    assert {row["group"] for row in rows} <= GROUPS.keys()
    assert all(row["help"] == FIELDS[row["name"]].metadata["help"] for row in rows)
    kinds = {row["name"]: row["kind"] for row in rows}
    assert {name: kinds[name] for name in ("steps", "clip", "colour", "mask", "paint", "layers", "size")} == {
        "steps": "number",
        "clip": "switch",
        "colour": "choice",
        "mask": "picture",
        "paint": "picture",
        "layers": "text",
        "size": "text",
    }


def test_no_setting_that_names_a_file_is_typed():
    files = {name for name, field in FIELDS.items() if field.metadata["metavar"] in ("FILE", "FILES")}
    assert files <= {*controls.PAINTED, *controls.SERVERS}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weights": "/etc/passwd"}, "weights is not taken here: in the studio it is set where it is started."),
        ({"mask": "a.png"}, "mask is not taken here: in the studio it names a picture by its id, beside the settings."),
        ({"network": "/home/me/model.keras"}, "network '/home/me/model.keras' is a file; the studio takes names."),
        ({"recipe": "../own.toml"}, "recipe '../own.toml' is a file; the studio takes names."),
        (
            {"layers": "block3/block4_conv2:like(/etc/passwd)"},
            "like(/etc/passwd) is not taken here: it names files, and the studio opens none of the server's.",
        ),
        (
            {"layers": "block4_conv2:top5(/home/me/a.png)"},
            "top5(/home/me/a.png) is not taken here: it names files, and the studio opens none of the server's.",
        ),
        (
            {"layers": "class:leopard,block4_conv2:concept(/a,/b)"},
            "concept(/a,/b) is not taken here: it names files, and the studio opens none of the server's.",
        ),
        ({"nightmare": 1}, "'nightmare' is not a setting of a dream."),
    ],
)
def test_the_server_s_files_are_never_named(given, message):
    with pytest.raises(SettingError) as refused:
        controls.accepted(given)
    assert refused.value.message == message


def test_targets_without_files_are_taken():
    assert (
        controls.accepted({"layers": "class:leopard/block4_conv2:top5"})["layers"] == "class:leopard/block4_conv2:top5"
    )


def test_the_command_line_is_quoted_and_complete():
    line = controls.command(
        {"layers": "block4_conv2:12,block3", "size": "300x200", "clip": False, "steps": 4, "brushes": "a;b c"},
        "photo-1.jpg",
        "dream.png",
    )
    assert shlex.split(line) == [
        *("deepdream", "dream", "photo-1.jpg", "--layers", "block4_conv2:12,block3", "--size", "300x200", "--no-clip"),
        *("--steps", "4", "--brushes", "a;b c", "-o", "dream.png"),
    ]


def test_looks_are_settings():
    for given in controls.LOOKS.values():
        assert controls.accepted(given) == given
