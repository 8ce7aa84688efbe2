"""Regions files: what they contain, and the error for each mistake."""

from pathlib import Path

import pytest

from deepdream.errors import SelectionError, SettingError
from deepdream.settings import regions
from deepdream.settings.regions import Region


@pytest.fixture
def read(tmp_path, monkeypatch):
    """From a file's text to its regions."""
    monkeypatch.chdir(tmp_path)

    def read(text):
        Path("parts.toml").write_text(text)
        return regions.read(Path("parts.toml"))

    return read


def test_each_region_has_the_files_values_and_pictures_relative_to_it(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "all.toml").write_text(
        '[[region]]\nmask = "!sky.png"\nfeather = 3\nlayers = "block2/block3"\nstrength = -2\n'
        '[[region]]\nobjective = "mean"\nguide = "a.jpg, b.jpg=0.5"\n'
    )
    assert regions.read(folder / "all.toml") == (
        Region(mask=f"!{folder}/sky.png", feather=3.0, layers="block2/block3", strength=-2.0),
        Region(objective="mean", guide=f"{folder}/a.jpg,{folder}/b.jpg=0.5"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "parts.toml holds no region. Regions are tables named [[region]]."),
        ("[[regoin]]\n", "parts.toml has the unknown key 'regoin'. Regions are tables named [[region]]."),
        (
            '[[region]]\nmask = "sky.png"\n[[region]]\nlayer = "block2"\n',
            "Region 2 of parts.toml has the unknown key 'layer'. Did you mean layers?",
        ),
        ('[[region]]\nstrength = "much"\n', "Region 1 of parts.toml: strength 'much' is not a number."),
        ("[[region]]\nstrength = nan\n", "Region 1 of parts.toml: strength nan is not a number."),
        (
            "[[region]]\nstrength = 0\n",
            "Region 1 of parts.toml: strength 0 has no effect there. Leave the region out.",
        ),
        ('[[region]]\nmask = ""\n', "Region 1 of parts.toml: mask '' names no picture. Leave it out for none."),
        ("[[region]]\nmask = 3\n", "Region 1 of parts.toml: mask 3 is not text."),
        # checked by the settings' own fields:
        (
            "[[region]]\nfeather = -2\n",
            "Region 1 of parts.toml: feather -2.0 is out of its bounds: 0.0 to 10000.0.",
        ),
        (
            '[[region]]\nobjective = "square"\n',
            "Region 1 of parts.toml: objective 'square' is not one of mean, squares. Did you mean squares?",
        ),
        (
            '[[region]]\nguide = "a.jpg=0"\n',
            "Region 1 of parts.toml: guide 'a.jpg=0' gives every picture the weight 0. Give one of them a weight.",
        ),
    ],
)
def test_an_invalid_region_raises_with_one_sentence(read, text, message):
    with pytest.raises(SettingError) as refused:
        read(text)
    assert str(refused.value) == message


def test_layers_of_a_region_are_read_by_their_grammar(read):
    with pytest.raises(SelectionError, match=r"^Region 1 of parts\.toml: 'x' in 'block1:x' is not a channel number"):
        read('[[region]]\nlayers = "block1:x"\n')
