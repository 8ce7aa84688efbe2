"""TOML files: every kind of file is refused in the same words."""

import pytest

from deepdream.errors import RecipeError, SettingError
from deepdream.film import keyframes
from deepdream.settings import regions, user_recipes

KINDS = {
    "recipe file": (RecipeError, lambda path: user_recipes.read(path, ())),
    "regions file": (SettingError, regions.read),
    "keyframes file": (RecipeError, lambda path: keyframes.read(path, {}, {})),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "can't be read: No such file or directory."),
        (b"\xff", "is not text in UTF-8."),
        (b"[[[", "is not TOML: invalid initial character for a key part (at line 1, column 3)."),
        (b"[[a", "is not TOML: expected ']]' at the end of an array declaration (at end of document)."),
    ],
)
def test_what_can_not_be_read_is_refused_with_what_it_is(tmp_path, kind, content, reason):
    path, (error, read) = tmp_path / "my.toml", KINDS[kind]
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error) as refused:
        read(path)
    assert refused.value.message == f"The {kind} {path} {reason}"
