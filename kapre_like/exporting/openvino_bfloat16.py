"""Selects the nodes of an OpenVINO model that compute in bfloat16."""

from collections.abc import Callable
from typing import Any

_PRODUCTS = (
    "MatMul", "Convolution", "GroupConvolution", "GRUSequence", "LSTMSequence", "RNNSequence",
    "Loop", "TensorIterator",
)  # fmt: skip
# Operators that may compute in bfloat16: products, operators that runtimes fuse with them, and
# operators that only move numbers. Sums over many numbers, logarithms, quotients and loops
# stay in float32.
_NARROW = (
    "MatMul", "Convolution", "GroupConvolution", "Add", "Multiply", "Gelu", "Relu", "Sigmoid",
    "Swish", "Tanh", "Softmax", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Split",
    "VariadicSplit", "Concat", "StridedSlice", "Slice", "Pad", "MaxPool",
)  # fmt: skip


def learned_factors(model: Any, learned: set[str]) -> dict[str, set[str]]:
    """Returns the learned weights that are factors of each product, by name of the product.

    Args:
        model: `openvino.Model` before constant folding.
        learned: Names of the constants that are weights of the network after the front end.
    """
    nodes = model.get_ordered_ops()
    constants = _constants_behind(nodes)
    found = {}
    for name, node in _products(nodes, constants).items():
        found[name] = {c for s in _sources(node) for c in constants.get(s, ())} & learned
        if node.get_type_name() in ("Loop", "TensorIterator"):
            found[name].add(name)  # the weights are in the body of the loop
    return found


def inner_nodes(model: Any, factors: dict[str, set[str]]) -> set[str]:
    """Returns the names of the nodes between the first and the last learned product.

    The front end and the first product process the full dynamic range of a waveform. The last
    product is the head, whose rounding errors go straight into the output.

    Args:
        model: `openvino.Model`.
        factors: Result of `learned_factors` for the model before OpenVINO rewrote it.
    """
    nodes = model.get_ordered_ops()
    constants = _constants_behind(nodes)
    products = _products(nodes, constants)
    # OpenVINO renames a product that it fuses with a normalization.
    weights = {name: factors.get(name, {name}) for name in products}
    weighted = {name for name in products if weights[name]}
    first = set().union(*(weights[n] for n in weighted - _reached(nodes, weighted, _sources)))
    later = {name for name in weighted if weights[name] - first}
    reachable = later | _reached(nodes, later, _sources)
    return (reachable & _reached(nodes[::-1], set(products), _users)) - set(constants)


def narrow_nodes(model: Any, inner: set[str]) -> set[str]:
    """Returns the names of the inner nodes that compute in bfloat16.

    Residual sums and normalizations stay in float32. So the residual stream through many
    blocks is rounded once per product, and not once per node.
    """
    constants = set(_constants_behind(model.get_ordered_ops()))
    return {
        name_of(node)
        for node in model.get_ordered_ops()
        if name_of(node) in inner
        and node.get_type_name() in _NARROW
        and all(out.get_element_type().to_string() == "f32" for out in node.outputs())
        and not _is_residual_sum(node, constants)
        and not _belongs_to_norm(node)
    }


def _is_residual_sum(node: Any, constants: set[str]) -> bool:
    if node.get_type_name() != "Add" or not constants.isdisjoint(_sources(node)):
        return False
    targets = node.output(0).get_target_inputs()
    # The sum of attention scores and a mask is not a residual sum.
    return all(port.get_node().get_type_name() != "Softmax" for port in targets)


def _belongs_to_norm(node: Any) -> bool:
    """Returns whether a node is the scale or the shift of a normalization."""
    if node.get_type_name() not in ("Add", "Multiply"):
        return False
    before = [port.get_source_output().get_node() for port in node.inputs()]
    kinds = {source.get_type_name() for source in before}
    scaled = node.get_type_name() == "Add" and any(
        source.get_type_name() == "Multiply" and _belongs_to_norm(source) for source in before
    )
    return "MVN" in kinds or scaled


def name_of(node: Any) -> str:
    """Returns the name of a node in the file."""
    return node.get_friendly_name()


def _products(nodes: list[Any], constants: dict[str, set[str]]) -> dict[str, Any]:
    return {
        name_of(node): node
        for node in nodes
        if node.get_type_name() in _PRODUCTS and name_of(node) not in constants
    }


def _constants_behind(nodes: list[Any]) -> dict[str, set[str]]:
    """Returns the constants behind each node that depends on constants only."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        sources = _sources(node)
        if node.get_type_name() == "Constant":
            found[name_of(node)] = {name_of(node)}
        elif sources and all(source in found for source in sources):
            found[name_of(node)] = set().union(*(found[source] for source in sources))
    return found


def _reached(
    nodes: list[Any], start: set[str], neighbors: Callable[[Any], list[str]]
) -> set[str]:
    """Returns the names of the nodes that are reachable from those in `start`.

    Args:
        nodes: Nodes in execution order, or in reverse order for a backward search.
        start: Names.
        neighbors: Function that returns the names of the nodes from which a node is reached:
            its sources, or for a backward search its users.
    """
    reached: set[str] = set()
    for node in nodes:
        if any(name in start or name in reached for name in neighbors(node)):
            reached.add(name_of(node))
    return reached


def _sources(node: Any) -> list[str]:
    return [name_of(port.get_source_output().get_node()) for port in node.inputs()]


def _users(node: Any) -> list[str]:
    targets = [port for out in node.outputs() for port in out.get_target_inputs()]
    return [name_of(port.get_node()) for port in targets]
