"""Rewrites parts of ONNX graphs in forms that runtimes recognize, and compute exactly.

TensorFlow's graph contains formulas for which ONNX has one operator, or for which its runtimes
recognize another formula. A formula that is not recognized here, such as one of a custom
layer, is left unchanged: the file is correct, but slower.
"""

from typing import Any

import numpy as np

from kapre_like.exporting.onnx_graph import Graph
from kapre_like.exporting.packages import package

# ONNX's codes of dtypes.
_FLOAT, _INT32, _INT64 = 1, 6, 7
_EXTREMES = ("Max", "Min")
_COMPARISONS = ("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal")


def in_runtime_forms(model: Any) -> Any:
    """Returns the ONNX model with integer comparisons, GELU and layer norms rewritten."""
    model = package("onnx", "onnx").shape_inference.infer_shapes(model)
    graph = Graph(model.graph)
    rewritings = (
        ((*_EXTREMES, *_COMPARISONS), _exact),
        (("Mul",), _gelu),
        (("Add",), _layer_norm),
    )
    for kinds, rewrite in rewritings:
        for node in graph.nodes(*kinds):
            rewrite(graph, node)
    graph.sweep()
    del model.graph.value_info[:]  # it may describe removed tensors
    return model


def _exact(graph: Graph, node: Any) -> None:
    """Compares integers as integers, where the converter casts them to float32.

    float32 does not represent every length above 2 ** 24 samples. Some runtimes compute
    float32 in bfloat16, which represents every integer up to 256 only: a clip of 10 s would
    lose its last frame.
    """
    sources = [_whole(graph, name) for name in node.input]
    if any(source is None for source in sources):
        return
    if node.op_type in _COMPARISONS:
        _on_whole(graph, node, node.op_type, sources, _INT64)
        return
    users = graph.users(node.output[0])
    back = all(_cast_to(user) in (_INT32, _INT64) for user in users)
    if back and not graph.is_result(node.output[0]):
        for user in users:
            _on_whole(graph, user, node.op_type, sources, _cast_to(user))


def _whole(graph: Graph, name: str) -> str | np.ndarray | None:
    """Returns the integer tensor, or the constant of integers, behind a float32 tensor."""
    value = graph.value(name)
    if value is not None:
        whole = value.dtype == "float32" and np.all(np.floor(value) == value)
        return value if whole else None
    cast = graph.maker(name, "Cast")
    if cast is None or _cast_to(cast) != _FLOAT:
        return None
    return cast.input[0] if graph.types.get(cast.input[0]) in (_INT32, _INT64) else None


def _on_whole(graph: Graph, place: Any, kind: str, sources: list, dtype: int) -> None:
    """Replaces a node by an operator on integers."""
    steps, names = [], []
    for i, source in enumerate(sources):
        if isinstance(source, str):
            names.append(f"@{len(steps)}")
            steps.append(("Cast", [source], {"to": dtype}))
        else:
            # The cast to float32 rounded the largest int32 up.
            whole = [min(int(x), np.iinfo("int32").max) for x in source.ravel()]
            whole = np.array(whole, "int32" if dtype == _INT32 else "int64").reshape(
                source.shape
            )
            names.append(graph.constant(f"{place.output[0]}/whole_{i}", whole))
    graph.replace(place, *steps, (kind, names, {}))


def _cast_to(node: Any) -> int | None:
    return node.attribute[0].i if node.op_type == "Cast" else None


def _gelu(graph: Graph, node: Any) -> None:
    """Writes `0.5 * x * (1 + erf(x / sqrt(2)))` with a division, as runtimes expect it."""
    for inner, outer in _both_ways(node):
        product = graph.maker(inner, "Mul")
        factors = [*product.input, outer] if product is not None else []
        halves = [name for name in factors if graph.number(name) == 0.5]
        rest = [name for name in factors if name not in halves]
        if len(halves) != 1 or len(rest) != 2:
            continue
        for x, one_and_erf in (rest, rest[::-1]):
            if _is_one_and_erf(graph, one_and_erf, x):
                _write_gelu(graph, node, x)
                return


def _is_one_and_erf(graph: Graph, name: str, x: str) -> bool:
    """Returns whether a tensor is `1 + erf(x / sqrt(2))`, or `1 - erf(-x / sqrt(2))`."""
    total = graph.maker(name, "Add", "Sub")
    if total is None or graph.types.get(x, _FLOAT) != _FLOAT:
        return False
    sign = 1.0 if total.op_type == "Add" else -1.0
    for one, other in _both_ways(total):
        erf = graph.maker(other, "Erf")
        if erf is not None and graph.number(one) == 1.0:
            factor = _times(graph, erf.input[0], x)
            return factor is not None and np.isclose(factor, sign * 0.5**0.5, rtol=1e-6)
    return False


def _times(graph: Graph, name: str, x: str) -> float | None:
    """Returns the factor if tensor `name` is `factor * x`, else `None`."""
    factor = 1.0
    while name != x:
        node = graph.maker(name, "Mul", "Div", "Neg")
        if node is None:
            return None
        if node.op_type == "Neg":
            factor, name = -factor, node.input[0]
            continue
        ways = _both_ways(node) if node.op_type == "Mul" else [tuple(node.input)]
        numbers = [(other, graph.number(n)) for other, n in ways if graph.number(n)]
        if not numbers:
            return None
        name, number = numbers[0]
        factor = factor * number if node.op_type == "Mul" else factor / number
    return factor


def _write_gelu(graph: Graph, node: Any, x: str) -> None:
    root, one, half = (
        graph.constant(f"{node.output[0]}/{name}", np.array(value, "float32"))
        for name, value in (("root", 2**0.5), ("one", 1.0), ("half", 0.5))
    )
    graph.replace(
        node,
        ("Div", [x, root], {}),
        ("Erf", ["@0"], {}),
        ("Add", ["@1", one], {}),
        ("Mul", [x, "@2"], {}),
        ("Mul", ["@3", half], {}),
    )


def _layer_norm(graph: Graph, node: Any) -> None:
    """Writes layer normalization over the last axis as ONNX's `LayerNormalization`.

    Keras and this library compute `x * s + (beta - mean * s)`, where `s` is
    `gamma / sqrt(variance + epsilon)`.
    """
    for scaled, shift in _both_ways(node):
        product = graph.maker(scaled, "Mul")
        for x, scale in _both_ways(product) if product is not None else ():
            found = _inverse_deviation(graph, scale, x)
            if found is None:
                continue
            mean, epsilon, gamma = found
            beta = _beta(graph, shift, mean, scale)
            vectors = [_vector(graph, name, x) for name in (gamma, beta)]
            if None not in vectors:
                attributes = {"axis": -1, "epsilon": epsilon}
                graph.replace(node, ("LayerNormalization", [x, *vectors], attributes))
                return


def _inverse_deviation(graph: Graph, name: str, x: str) -> tuple[str, float, str] | None:
    """Returns mean, epsilon and gamma if `name` is `gamma / sqrt(var(x) + epsilon)`."""
    product = graph.maker(name, "Mul")
    for inverse, gamma in _both_ways(product) if product is not None else ():
        reciprocal = graph.maker(inverse, "Reciprocal")
        root = reciprocal and graph.maker(reciprocal.input[0], "Sqrt")
        total = root and graph.maker(root.input[0], "Add")
        for variance, number in _both_ways(total) if total else ():
            epsilon, mean = graph.number(number), _mean_of_variance(graph, variance, x)
            if epsilon is not None and mean is not None:
                return mean, epsilon, gamma
    return None


def _mean_of_variance(graph: Graph, name: str, x: str) -> str | None:
    """Returns the mean of `x` if `name` is its variance, both over the last axis."""
    variance = graph.maker(name, "ReduceMean")
    square = variance and graph.maker(variance.input[0], "Mul")
    if not square or square.input[0] != square.input[1]:
        return None
    difference = graph.maker(square.input[0], "Sub")
    mean = difference and graph.maker(difference.input[1], "ReduceMean")
    if not mean or {difference.input[0], mean.input[0]} != {x}:
        return None
    if not (_over_last(graph, mean) and _over_last(graph, variance)):
        return None
    return mean.output[0]


def _over_last(graph: Graph, node: Any) -> bool:
    axes = graph.value(node.input[1]) if len(node.input) > 1 else None
    rank = len(graph.shapes.get(node.input[0], ()))
    kept = all(a.i == 1 for a in node.attribute if a.name == "keepdims")
    return axes is not None and kept and axes.tolist() in ([-1], [rank - 1])


def _beta(graph: Graph, name: str, mean: str, scale: str) -> str | None:
    """Returns beta if `name` is `beta - mean * scale`, else `None`."""
    total = graph.maker(name, "Add", "Sub")
    if total is None:
        return None
    if total.op_type == "Sub":
        beta, product = total.input
        return beta if _is_product(graph, product, mean, scale) else None
    for product, beta in _both_ways(total):
        node = graph.maker(product, "Mul")
        for negative, other in _both_ways(node) if node is not None else ():
            sign = graph.maker(negative, "Neg")
            if sign is not None and sign.input[0] == mean and other == scale:
                return beta
    return None


def _is_product(graph: Graph, name: str, *factors: str) -> bool:
    node = graph.maker(name, "Mul")
    return node is not None and sorted(node.input) == sorted(factors)


def _vector(graph: Graph, name: str | None, x: str) -> str | None:
    """Returns the vector, one number per channel, that a tensor is or is reshaped from."""
    channels = graph.shapes.get(x, (None,))[-1]
    while name is not None and graph.shapes.get(name) != (channels,):
        node = graph.maker(name, "Reshape", "Unsqueeze", "Squeeze", "Identity")
        name = node.input[0] if node is not None else None
    return name if channels is not None else None


def _both_ways(node: Any) -> list[tuple[str, str]]:
    left, right = node.input
    return [(left, right), (right, left)]
