"""The graph in a SavedModel: read, frozen, and its scopes.

read(path) -> Graph                               its variables are constants
scopes(graph) -> {layer name: Scope}
measure(graph, scopes) -> Measure                 the layers' sizes in a picture
placed(graph, picture, tensors) -> [tensor, ...]  in the graph that is being traced

A graph can hold operations that read and write files, some of which TensorFlow runs while it loads one. Such a file is
refused before it is loaded, and so is one of TensorFlow 1, whose loader runs whatever its graph names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import runtime
from deepdream.errors import WeightsError, plural
from deepdream.network.layers import typable
from deepdream.network.sizes import Measure
from deepdream.runtime import tf

SERVING = ("serving_default", "serve")
"""Signatures looked for, in this order."""

OUTSIDE = re.compile("PyFunc|File|Save|Restore|Checkpoint|Summary|Library|Dump|Debug|Print|Rpc|Dataset|ImmutableConst")
"""Operations that reach outside the graph."""

INSIDE = re.compile(
    "^Var|Variable|Random|Truncated|Multinomial|^StatefulPartitionedCall$|^(If|While|Case)$|^Assert$|HashTable|LookupTable"
)
"""Operations with a state of their own, as TensorFlow declares it, that stay inside; all others with one are refused:
readers, queues, iterators, other machines.
"""

STORES = re.compile("__inference__traced_(save|restore)_[0-9]+")
"""The functions by which TensorFlow itself writes and reads a SavedModel's variables."""

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput")
RELUS = ("Relu", "Relu6", "LeakyRelu")
KINDS = {"MaxPool": "pool", "AvgPool": "pool", "ConcatV2": "concat", "AddV2": "add", "IdentityN": "activation"}
"""A layer's kind by its last operation; all others are TensorFlow's name in lower case."""

INNER = re.compile("/(batchnorm|convolution)$")
"""Scopes that Keras's layers have within their own."""

CALLS = re.compile("^((Stateful)?PartitionedCall(_[0-9]+)?/)+")
"""Calls of functions, whose names freezing puts before those of the operations in them."""

SIZED = {
    "Reshape", "SpaceToBatchND", "BatchToSpaceND", "ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic",
    "ResizeArea", "Conv2DBackpropInput", "Tile", "BroadcastTo", "Slice", "StridedSlice", "GatherV2",
}  # fmt: skip
"""Operations that have a size among their constants where the graph was saved for pictures of one size."""

UNLISTED = ("Pad", "PadV2", "MirrorPad", "Identity")
"""Operations without activations of their own."""

FEW = 64
"""Elements of a constant that can be a shape or an axis; larger ones are weights, whose values no size depends on."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A frozen graph that takes one picture.

    Attributes:
        nodes: a GraphDef.
        source: the name of its input.
        channels: of the picture.
        fixed: whether it was saved for pictures of one size.
    """

    nodes: Any
    source: str
    channels: int
    fixed: bool


@dataclass(frozen=True)
class Scope:
    """The operations of a layer.

    Attributes:
        activation: the tensor that is the layer's activation, such as "conv1/Relu:0".
        response: that before its ReLU, if it ends in one.
        channels: of both.
        kind: "conv", "norm", or by its last operation, see KINDS.
        taps, inputs: of its convolution, as `layers.Layer` has them; 0 without one.
    """

    activation: str
    response: str
    channels: int
    kind: str
    taps: int
    inputs: int


def read(path: Path) -> Graph:
    """The graph of a SavedModel's signature.

    Args:
        path: its saved_model.pb; the variables lie beside it.

    Raises:
        WeightsError: it is damaged, reaches outside its graph, does not take pictures, or holds a weight that is not
            finite.
    """
    _check_inside(path)
    try:
        loaded = tf.saved_model.load(str(path.parent))
    except Exception as error:  # TensorFlow may raise anything for a folder that it can't load
        first = str(error).strip().split("\n")[0].split(". ")[0].rstrip(".:")
        raise WeightsError(f"{path} can't be loaded: TensorFlow says: {first[:200]}.") from error
    signature = _signature(path, loaded.signatures)
    channels = _channels(path, signature)
    frozen = runtime.frozen(signature)
    (picture,) = (given for given in frozen.inputs if given.dtype == tf.float32)
    fixed = None not in picture.shape[1:3]
    graph = Graph(frozen.graph.as_graph_def(), picture.op.name, channels, fixed)
    for node in _all_nodes(graph.nodes):
        node.attr.pop("_gradient_op_type", None)  # names a Python function that was not saved; its operations were
        node.attr.pop("_output_shapes", None)
        if node.name == graph.source:
            node.attr["shape"].shape.CopyFrom(tf.TensorShape((None, None, None, channels)).as_proto())
    for name, values in constants(graph):
        if not np.isfinite(values).all():
            raise WeightsError(f"In {path}, {name} holds a value that is not finite, as weights have to be.")
    return graph


def constants(graph: Graph) -> Iterator[tuple[str, np.ndarray]]:
    """The names and values of the graph's constants that are floating-point numbers."""
    for node in graph.nodes.node:
        if node.op == "Const" and tf.DType(node.attr["dtype"].type).is_floating:
            yield node.name, tf.make_ndarray(node.attr["value"].tensor)


def placed(graph: Graph, nodes: Any, picture: Any, tensors: Sequence[str]) -> list[Any]:
    """Some of a graph's tensors, for a picture in place of its input, in the graph that is being traced.

    Args:
        graph: whose input it is.
        nodes: the graph's nodes, or those of them that the tensors need.
        picture: [N, H, W, channels].
        tensors: their names.
    """
    found = tf.graph_util.import_graph_def(
        nodes, input_map={f"{graph.source}:0": picture}, return_elements=list(tensors), name=""
    )
    return list(found)


def scopes(graph: Graph) -> dict[str, Scope]:
    """The layers by name: every scope from the first convolution on whose last operation gives rows, columns and
    channels that depend on the picture, as far as the graph can be computed at any size.
    """
    with tf.Graph().as_default() as traced:
        picture = tf.compat.v1.placeholder(tf.float32, (None, None, None, graph.channels))
        placed(graph, _sizeless(graph.nodes), picture, ())
    seen, lost, grouped, convolved = {picture.op.name}, set[str](), dict[str, list[Any]](), False
    for operation in traced.get_operations():
        given = {tensor.op.name for tensor in operation.inputs}
        if given & lost or (given & seen and graph.fixed and _is_sized(operation)):
            lost.add(operation.name)
        if operation.name in lost or not given & seen:
            continue
        seen.add(operation.name)
        convolved = convolved or operation.type in CONVOLUTIONS
        if convolved and operation.type not in UNLISTED and operation.outputs and _is_map(operation.outputs[0]):
            name = CALLS.sub("", operation.name)
            grouped.setdefault(INNER.sub("", name.rpartition("/")[0]) or name, []).append(operation)
    listed = {name: _scope(found) for name, found in grouped.items()}
    return dict(zip(_names(list(listed)), listed.values(), strict=True))


def measure(graph: Graph, found: Mapping[str, Scope]) -> Measure:
    """A function that asks TensorFlow for the layers' sizes, without computing anything."""
    tensors = [scope.activation for scope in found.values()]
    needed = tf.compat.v1.graph_util.extract_sub_graph(_sizeless(graph.nodes), [_node(name) for name in tensors])

    @lru_cache(maxsize=256)
    def sizes(height: int, width: int) -> dict[str, tuple[int, int]]:
        with tf.Graph().as_default():
            picture = tf.compat.v1.placeholder(tf.float32, (1, height, width, graph.channels))
            try:
                shapes = [tensor.shape for tensor in placed(graph, needed, picture, tensors)]
            except ValueError:  # the picture is too small for one of the layers
                return {}
        sizes = {name: (shape[1], shape[2]) for name, shape in zip(found, shapes, strict=True)}
        return {name: size for name, size in sizes.items() if None not in size and min(size) > 0}

    return sizes


def part(graph: Graph, tensors: Sequence[str]) -> Any:
    """The nodes that some tensors need."""
    return tf.compat.v1.graph_util.extract_sub_graph(graph.nodes, [_node(name) for name in tensors])


def _node(tensor: str) -> str:
    return tensor.partition(":")[0]


def _check_inside(path: Path) -> None:
    """Check that nothing in the file reaches outside its graph, but for its own variables."""
    try:
        saved = runtime.saved_model(path.read_bytes())
    except Exception as error:  # protobuf raises one of its own
        raise WeightsError(f"{path} is damaged, or no SavedModel's.") from error
    if len(saved.meta_graphs) != 1:
        raise WeightsError(f"{path} holds {plural(len(saved.meta_graphs), 'graph')}, and a dream is made with one.")
    (meta,) = saved.meta_graphs
    if not meta.HasField("object_graph_def"):
        raise WeightsError(
            f"{path} is of TensorFlow 1, which runs what it holds while it is loaded.",
            "Load and save it again with tf.saved_model, if you trust it.",
        )
    library = meta.graph_def.library.function
    bodies = [function.node_def for function in library if not STORES.fullmatch(function.signature.name)]
    called = {value.func.name for body in bodies for node in body for value in node.attr.values()}
    kinds = {node.op for body in bodies for node in body} | called | set(meta.object_graph_def.concrete_functions)
    if outside := sorted(filter(_is_outside, kinds)):
        raise WeightsError(
            f"{path} holds the operation {outside[0]}, which reaches outside its graph, and that is refused."
        )


def _is_outside(kind: str) -> bool:
    """Whether an operation, or a function of this name, reaches outside its graph."""
    if STORES.fullmatch(kind) or OUTSIDE.search(kind):
        return True
    return runtime.is_stateful(kind) and not INSIDE.search(kind)


def _signature(path: Path, signatures: Mapping[str, Any]) -> Any:
    """The signature to compute."""
    names = [name for name in SERVING if name in signatures] or list(signatures)
    if len(names) == 0:
        raise WeightsError(f"{path} has no signature to compute.", "Save it with one: model.export(FOLDER)")
    return signatures[names[0]]


def _channels(path: Path, signature: Any) -> int:
    """The channels of the picture that a signature takes."""
    inputs = list(signature.structured_input_signature[1].values())
    if len(inputs) != 1:
        raise WeightsError(f"{path} has {len(inputs)} inputs, and a dream has one picture.")
    (spec,) = inputs
    if spec.dtype != tf.float32:
        raise WeightsError(f"The input of {path} is {spec.dtype.name}, which has no gradient: it must be float32.")
    if spec.shape.rank != 4 or spec.shape[-1] is None:
        sides = "of any shape" if spec.shape.rank is None else " x ".join(str(side or "any") for side in spec.shape[1:])
        raise WeightsError(f"The input of {path} is {sides}, and a picture is height x width x channels.")
    return int(spec.shape[-1])


def _all_nodes(nodes: Any) -> Iterator[Any]:
    """The nodes of a GraphDef and of its functions."""
    yield from nodes.node
    for function in nodes.library.function:
        yield from function.node_def


def _sizeless(nodes: Any) -> Any:
    """The graph with placeholders for its weights: sizes follow from it as from the whole, in less time."""
    found = tf.compat.v1.GraphDef()
    found.CopyFrom(nodes)
    for node in found.node:
        shape = node.attr["value"].tensor.tensor_shape if node.op == "Const" else None
        if shape is not None and np.prod([side.size for side in shape.dim]) > FEW:
            node.op = "Placeholder"
            node.attr["shape"].shape.CopyFrom(shape)
            del node.attr["value"]
    return found


def _is_map(tensor: Any) -> bool:
    """Whether a tensor has rows, columns and channels."""
    return tensor.dtype == tf.float32 and tensor.shape.rank == 4 and tensor.shape[-1] is not None


def _is_sized(operation: Any) -> bool:
    """Whether an operation has the saved size among its constants; what has no rows and columns has no size."""
    return operation.type in SIZED and any(tensor.shape.rank not in (0, 1, 2) for tensor in operation.inputs)


def _scope(operations: Sequence[Any]) -> Scope:
    """A layer from its operations."""
    last = operations[-1]
    taps = inputs = 0
    convolution = next((one for one in operations if one.type in CONVOLUTIONS), None)
    if convolution is not None:
        kernel = convolution.inputs[1].shape
        taps, inputs = int(kernel[0] * kernel[1]), 1 if "Depthwise" in convolution.type else int(kernel[2])
    before = last.inputs[0] if last.type in RELUS else last.outputs[0]
    kind = "conv" if taps else "norm" if "/batchnorm/" in last.name else KINDS.get(last.type, last.type.lower())
    return Scope(last.outputs[0].name, before.name, int(last.outputs[0].shape[-1]), kind, taps, inputs)


def _names(scoped: Sequence[str]) -> list[str]:
    """Names to type: without the scopes that all share, nor the number that Keras gives every layer it saves."""
    paths = [name.split("/") for name in scoped]
    shared = len(list(takewhile(lambda parts: len(set(parts)) == 1, zip(*(path[:-1] for path in paths), strict=False))))
    found = [path[shared:] for path in paths]
    if all(path[0].endswith("_1") for path in found):
        found = [[path[0].removesuffix("_1"), *path[1:]] for path in found]
    names = [typable(".".join(path)) for path in found]
    return names if len(set(names)) == len(names) else [typable(name) for name in scoped]
