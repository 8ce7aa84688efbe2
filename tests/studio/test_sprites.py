"""The thumbnails that ship: of every channel of the built-in network, small, and never another network's."""

import io

import numpy as np
from PIL import Image

from deepdream.network.weights import lookup
from deepdream.studio import sprites


def test_every_channel_of_the_built_in_network_has_one_and_all_are_small():
    network, sizes = lookup.load("pocket"), []
    for layer in network.table:
        if layer.kind != "pool":
            file = sprites.path(network.digest, layer.name)
            sizes.append(file.stat().st_size)
            with Image.open(file) as sprite:
                rows = -(-layer.channels // sprites.COLUMNS)
                assert sprite.size == (sprites.COLUMNS * sprites.SIDE, rows * sprites.SIDE)
            with Image.open(io.BytesIO(sprites.find(network.digest, layer.name, layer.channels - 1))) as last:
                assert np.asarray(last).std() > 5
    assert sum(sizes) < 2_000_000
    assert len(list(sprites.path(network.digest, "any").parent.iterdir())) == len(sizes)


def test_other_weights_get_none():
    digest = lookup.load("pocket").digest
    assert sprites.find(digest, "block4_conv2", 0) is not None
    assert sprites.find(digest[::-1], "block4_conv2", 0) is None
    assert sprites.find(digest, "block9", 0) is None


def test_a_channel_is_cut_out_where_the_sheet_puts_it(tmp_path, monkeypatch):
    colours = [(8 * number, 255 - 8 * number, 100) for number in range(20)]
    monkeypatch.setattr(sprites, "path", lambda digest, layer: tmp_path / "sprite.png")
    sprites.sheet([Image.new("RGB", (sprites.SIDE, sprites.SIDE), colour) for colour in colours]).save(
        tmp_path / "sprite.png"
    )
    for number in (0, 15, 16, 19):
        with Image.open(io.BytesIO(sprites.find("", "", number))) as found:
            assert np.abs(np.asarray(found, int) - colours[number]).max() <= 3


def test_the_page_is_given_the_one_that_ships(person):
    status, _, body = person.send("GET", "/api/thumbnail?network=pocket&layer=block4_conv2&channel=12")
    assert status == 200
    assert body == sprites.find(lookup.load("pocket").digest, "block4_conv2", 12)
