"""The pocket network's classes: a linear classifier on the mean activations of its last convolution.

    python -m tools.pocket.classes --data images96.zip --work work/ --out pocket-classes.safetensors

The network itself stays as it is. Each picture is shown once at one of SIZES, half of them mirrored, in bfloat16; the
classifier is multinomial logistic regression on standardised means, its penalty chosen on pictures that were held out,
and the standardisation is folded into its kernel. Prints the share of held-out pictures that it gets
right, at once and among its first five.
"""

import argparse
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image
from safetensors.numpy import save_file

from deepdream.network.network import Network
from deepdream.network.weights import lookup

LAYER = "block5_conv4"
SIZES = (96, 128, 160)
"""Sides in pixels at which pictures of 96 are shown."""

BATCH, SEED = 64, 0
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
"""Of the kernel's square, in the loss; the best on held-out pictures is taken."""

STEPS, RATE = 400, 0.05


def main() -> None:
    """Measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    network = lookup.load("pocket")
    with zipfile.ZipFile(given.data) as box:
        names = sorted({name.split("/")[1] for name in box.namelist() if name.endswith(".webp")})
        splits = {split: _measured(box, split, names, network, given.work) for split in ("train", "val")}
    kernel, bias = _fitted(*splits["train"], *splits["val"])
    about = {"layer": LAYER, "of": network.digest, "names": json.dumps([name.replace("_", " ") for name in names])}
    save_file({"kernel": kernel.astype(np.float16), "bias": bias.astype(np.float32)}, given.out, about)


def _measured(
    box: zipfile.ZipFile, split: str, names: list[str], network: Network, folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Each view's mean activations [N, channels] and its class [N]; kept in the folder."""
    kept = folder / f"{split}.npz"
    if not kept.exists():
        rng = np.random.default_rng(SEED)
        files = sorted(name for name in box.namelist() if name.startswith(f"{split}/") and name.endswith(".webp"))
        sides = rng.choice(SIZES, len(files))
        response = network.response(LAYER, precision="bfloat16")
        mean = tf.function(lambda images: tf.reduce_mean(tf.nn.relu(response(images)), axis=(1, 2)))
        means, labels = [], []
        for side in SIZES:
            mine = [file for file, wanted in zip(files, sides, strict=True) if wanted == side]
            for start in range(0, len(mine), BATCH):
                batch = mine[start : start + BATCH]
                pictures = np.stack([_shown(box.read(file), side, mirror=rng.random() < 0.5) for file in batch])
                means.append(mean(tf.constant(pictures)).numpy())
                labels += [names.index(file.split("/")[1]) for file in batch]
            print(split, side, flush=True)
        np.savez(kept, means=np.concatenate(means), labels=np.array(labels))
    found = np.load(kept)
    return found["means"], found["labels"]


def _shown(data: bytes, side: int, *, mirror: bool) -> np.ndarray:
    """A picture at a size, [side, side, 3] float32 RGB in 0..1."""
    picture = Image.open(io.BytesIO(data)).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    pixels = np.asarray(picture, np.float32) / 255
    return pixels[:, ::-1] if mirror else pixels


def _fitted(
    means: np.ndarray, labels: np.ndarray, held: np.ndarray, held_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel [channels, classes] and bias [classes] for means as they are."""
    centre, spread = means.mean(axis=0), means.std(axis=0)
    best, found = 0.0, None
    for penalty in PENALTIES:
        kernel, bias = _regressed((means - centre) / spread, labels, penalty)
        order = np.argsort(-((held - centre) / spread @ kernel + bias), axis=1)
        first, five = np.mean(order[:, 0] == held_labels), np.mean(np.any(order[:, :5] == held_labels[:, None], axis=1))
        print(f"penalty {penalty:g}: {first:.1%} right, {five:.1%} among five", flush=True)
        if first > best:
            best, found = first, (kernel / spread[:, None], bias - (centre / spread) @ kernel)
    assert found is not None
    return found


def _regressed(means: np.ndarray, labels: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression on all pictures at once, by Adam with a rate that falls to zero."""
    kernel, bias = tf.Variable(tf.zeros([means.shape[1], labels.max() + 1])), tf.Variable(tf.zeros([labels.max() + 1]))
    inputs, wanted = tf.constant(means, tf.float32), tf.constant(labels)
    optimizer = tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(RATE, STEPS))

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            errors = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, inputs @ kernel + bias)
            loss = tf.reduce_mean(errors) + penalty * tf.reduce_sum(tf.square(kernel))
        optimizer.apply_gradients(zip(tape.gradient(loss, [kernel, bias]), [kernel, bias], strict=True))

    for _ in range(STEPS):
        step()
    return kernel.numpy(), bias.numpy()


if __name__ == "__main__":
    main()
