"""Which nodes of an OpenVINO model stay in float32 when the others compute in bfloat16."""

from collections.abc import Callable
from typing import Any

_PRODUCTS = (
    "MatMul", "Convolution", "GroupConvolution", "GRUSequence", "LSTMSequence", "RNNSequence",
    "Loop", "TensorIterator",
)  # fmt: skip


def precise_nodes(model: Any, learned: set[str]) -> set[str]:
    """Names of the nodes that stay in float32.

    These are the products with the first learned weights that a signal meets, everything
    before them, such as a front end, and the products behind which there is no other, such as
    a head. The first see the range of a waveform, and what the last lose is missing in the
    answer.

    Args:
        model: `openvino.Model`, with its computations on constants.
        learned: Names of the constants that are weights of the network behind a front end.
    """
    nodes = model.get_ordered_ops()
    constants = _constants_behind(nodes)
    products = {
        name_of(node): node
        for node in nodes
        if node.get_type_name() in _PRODUCTS and name_of(node) not in constants
    }
    weights = {
        name: {weight for s in _sources(node) for weight in constants.get(s, ())} & learned
        for name, node in products.items()
    }
    # The weights of a loop are in its body.
    weights |= {name: {name} for name, node in products.items() if _is_loop(node)}
    weighted = {name for name in products if weights[name]}
    first = set().union(*(weights[n] for n in weighted - _reached(nodes, weighted, _sources)))
    later = {name for name in weighted if weights[name] - first}
    behind = later | _reached(nodes, later, _sources)
    # The activation behind the first product, too: the two are computed as one.
    early = {name_of(node) for node in nodes} - behind - set(constants) if later else set()
    last = set(products) - _reached(nodes[::-1], set(products), _users)
    return early | last


def _is_loop(node: Any) -> bool:
    return node.get_type_name() in ("Loop", "TensorIterator")


def name_of(node: Any) -> str:
    """The name under which a node stands in the file."""
    return node.get_friendly_name()


def _constants_behind(nodes: list[Any]) -> dict[str, set[str]]:
    """The constants that a node is computed from, for nodes that depend on nothing else."""
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
    """Names of the nodes that depend on those in `start`.

    Args:
        nodes: In the order in which they are reached.
        start: Names.
        neighbors: Names of the nodes that a node is reached from: its sources, or its users if
            the way leads back.
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
