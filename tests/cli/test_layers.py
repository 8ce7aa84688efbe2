"""deepdream layers."""

import json


def test_all_layers_of_a_network_with_what_follows_from_the_table(command):
    result = command("layers", "--network", "vgg19")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert lines[0] == "vgg19"
    assert lines[1] == "layer         kind  channels  stride  receptive field  shape"
    assert lines[2] == "block1_conv1  conv        64       1                3  height x width x 64"
    assert lines[22] == "block5_pool   pool       512      32              268  height/32 x width/32 x 512"
    assert lines[23:] == [
        "",
        "What each channel responds to: deepdream features LAYER",
    ]


def test_auto_is_the_installed_network(command):
    assert command("layers").out.startswith("pocket\n")


def test_a_selection_is_explained_on_a_picture_of_a_size(command):
    out = command("layers", "--layers", "block3_p=0.5,block4_conv2:12+87+90-99", "--size", "901x600").out
    lines = out.splitlines()
    assert lines[0] == "pocket, for a picture of 901x600"
    assert "block3_pool   pool       112       8               52  75 x 112 x 112   weight 0.5, all channels" in lines
    chosen = "block4_conv2  conv       224       8               84  75 x 112 x 224   weight 1, channels 12+87+90-99"
    assert chosen in lines
    assert "block5_pool   pool       224      32              268  18 x 28 x 224" in lines
    assert (
        "\n\nThe objective is the mean over 2 layers of weight times the layer's value, "
        "as --objective defines it.\nIt is computed up to block4_conv2: 13 of 21 layers.\n\n"
    ) in out


def test_machine_readable(command):
    table = json.loads(command("layers", "--layers", "pool", "--size", "65x33", "--json").out)
    chosen = [layer for layer in table["layers"] if layer["chosen"]]
    assert [layer["name"] for layer in chosen] == [f"block{block}_pool" for block in range(1, 6)]
    assert chosen[-1]["shape"] == [1, 2, 224]


def test_an_unknown_layer_is_refused(command):
    assert command("layers", "--layers", "blok4") == (
        2,
        "",
        "No layer of pocket matches 'blok4': its layers are block1_conv1 to block5_pool. "
        "Did you mean block4 or block5 or block3?\n",
    )
    assert command("layers", "--network", "vgg18") == (
        2,
        "",
        "--network 'vgg18' is not one of auto, vgg19, pocket, vgg16, inceptionv3, resnet50, nor a model's "
        "file (.keras, .h5, .hdf5, saved_model.pb). Did you mean vgg19?\n",
    )
    assert command("layers", "--layers", "block1_conv1:24").err == (
        "Channel 24 of block1_conv1 does not exist: its channels are 0 to 23.\n"
    )
