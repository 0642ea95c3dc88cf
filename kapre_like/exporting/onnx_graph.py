"""Finds and replaces nodes of an ONNX graph."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from kapre_like.exporting.packages import package


class Graph:
    """An index of the nodes, constants, dtypes and shapes of an ONNX graph.

    Args:
        graph: `GraphProto`. `constant`, `replace` and `sweep` change it in place.

    Attributes:
        types: ONNX's code of the dtype, by name of a tensor. Unknown dtypes are left out.
        shapes: Shape by name of a tensor, `None` for a dynamic axis.
    """

    def __init__(self, graph: Any) -> None:
        self._onnx, self._graph = package("onnx", "onnx"), graph
        self._makers = {out: node for node in graph.node for out in node.output}
        self._held = {tensor.name: tensor for tensor in graph.initializer}
        self.types, self.shapes = {}, {}
        for tensor in (*graph.value_info, *graph.input, *graph.output):
            kind = tensor.type.tensor_type
            self.types[tensor.name] = kind.elem_type
            if kind.HasField("shape"):
                sizes = kind.shape.dim
                self.shapes[tensor.name] = tuple(
                    d.dim_value if d.HasField("dim_value") else None for d in sizes
                )
        for tensor in graph.initializer:
            self.types[tensor.name] = tensor.data_type
            self.shapes[tensor.name] = tuple(tensor.dims)

    def nodes(self, *kinds: str) -> list[Any]:
        """Returns the nodes of the given operator types, in execution order."""
        return [node for node in self._graph.node if node.op_type in kinds]

    def maker(self, name: str, *kinds: str) -> Any:
        """Returns the node that computes a tensor, or `None` if its type is not in `kinds`."""
        node = self._makers.get(name)
        return node if node is not None and node.op_type in kinds else None

    def users(self, name: str) -> list[Any]:
        """Returns the nodes that use a tensor, except those in bodies of loops."""
        return [node for node in self._graph.node if name in node.input]

    def is_result(self, name: str) -> bool:
        """Returns whether a tensor is an output of the graph."""
        return any(output.name == name for output in self._graph.output)

    def value(self, name: str) -> np.ndarray | None:
        """Returns the value of a constant tensor; `None` for any other tensor."""
        if name in self._held:
            return self._onnx.numpy_helper.to_array(self._held[name])
        node = self.maker(name, "Constant")
        if node is None or node.attribute[0].name != "value":
            return None
        return self._onnx.numpy_helper.to_array(node.attribute[0].t)

    def number(self, name: str) -> float | None:
        """Returns the value of a constant of one number; `None` for any other tensor."""
        value = self.value(name)
        return float(value.reshape(())) if value is not None and value.size == 1 else None

    def constant(self, name: str, value: np.ndarray) -> str:
        """Adds a constant to the graph, and returns its name."""
        tensor = self._onnx.numpy_helper.from_array(value, name)
        self._graph.initializer.append(tensor)
        self._held[name] = tensor
        self.types[name], self.shapes[name] = tensor.data_type, tuple(tensor.dims)
        return name

    def replace(self, node: Any, *steps: tuple[str, Iterable[str], dict[str, Any]]) -> None:
        """Replaces `node` by one or more nodes. The last one computes the output of `node`.

        Args:
            node: The node. Nodes that only it uses remain until `sweep`.
            *steps: `(kind, inputs, attributes)` each. The input `"@0"` is the output of the
                first step, `"@1"` that of the second, and so on.
        """
        (result,) = node.output
        names = [f"{result}/{i}" for i in range(len(steps) - 1)] + [result]
        at = next(i for i, other in enumerate(self._graph.node) if other is node)
        del self._graph.node[at]
        for i, (kind, inputs, attributes) in enumerate(steps):
            inputs = [names[int(x[1:])] if x.startswith("@") else x for x in inputs]
            made = self._onnx.helper.make_node(
                kind, inputs, [names[i]], name=names[i], **attributes
            )
            self._graph.node.insert(at + i, made)
            self._makers[names[i]] = self._graph.node[at + i]

    def sweep(self) -> None:
        """Removes the nodes whose outputs no other node uses."""
        inside = {
            name
            for node in self._graph.node
            for attribute in node.attribute
            for name in _outer_inputs(attribute)
        }
        wanted = {output.name for output in self._graph.output} | inside
        for node in reversed(list(self._graph.node)):
            if wanted.isdisjoint(node.output):
                self._graph.node.remove(node)
            else:
                wanted.update(node.input)


def _outer_inputs(attribute: Any) -> set[str]:
    """Returns the names of tensors that the graphs in an attribute (loop bodies) use."""
    names = set()
    for inner in (*attribute.graphs, attribute.g):
        for node in inner.node:
            names.update(node.input)
            for further in node.attribute:
                names |= _outer_inputs(further)
        names.update(output.name for output in inner.output)
    return names
