"""Keras's VGG19 under tf.function as a worker, as tutorials of DeepDream write it: with_keras WORKLOAD.

It uses TensorFlow as installed, with none of the flags that this package sets.

Source: Keras's own VGG19 (keras.applications), and GradientTape on the mean of some layers' means, as in the tutorial
"DeepDream" of TensorFlow.
"""

import sys

import numpy as np

from deepdream.benchmark.worker import Build, Step, serve
from deepdream.benchmark.workload import Workload, from_json

PATHS = ("Keras", "Keras mixed_bfloat16", "Keras XLA", "Keras float64")


def prepare(workload: Workload) -> Build:
    """A function that builds the network."""
    import tensorflow as tf

    assert workload.space == "raw", "peers feed the picture's own values to the network"
    if workload.threads:
        tf.config.threading.set_intra_op_parallelism_threads(workload.threads)
    kind = "float64" if workload.path.endswith("float64") else "float32"
    tf.keras.backend.set_floatx(kind)
    if workload.path.endswith("mixed_bfloat16"):
        tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    arrays, picture = workload.read_weights(), workload.read_picture()

    def build() -> Step:
        whole = tf.keras.applications.VGG19(include_top=False, weights=None, input_shape=(None, None, 3))
        for name, pair in arrays.items():
            whole.get_layer(name).set_weights(pair)
        chosen = [whole.get_layer(choice.layer).output for choice in workload.choices]
        model = tf.keras.Model(whole.input, chosen)
        model.trainable = False

        @tf.function(jit_compile=workload.path.endswith("XLA"))
        def gradient(image: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                tape.watch(image)
                outputs = model(image)
                outputs = outputs if isinstance(outputs, list) else [outputs]
                value = tf.add_n([tf.reduce_mean(tf.cast(output, kind)) for output in outputs]) / len(outputs)
            return tape.gradient(value, image)

        image = tf.constant(picture, kind)

        def step() -> np.ndarray:
            return gradient(image).numpy()[0]

        return step

    return build


if __name__ == "__main__":
    workload = from_json(sys.argv[1])
    serve(lambda: prepare(workload), workload.gradient)
