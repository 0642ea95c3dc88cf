"""Builds an ONNX graph from Python expressions.

A `Value` has Python's operators, and a `Graph` has functions. The kinds of values are float64
(`"f"`), float32 (`"s"`), int64 (`"i"`) for indices, and bool (`"b"`).
"""

from typing import Any, Self

import numpy as np

from kapre_like.running import package

_DTYPES = {"f": np.float64, "i": np.int64, "b": np.bool_, "s": np.float32}
_CASTS = {"f": "DOUBLE", "i": "INT64", "b": "BOOL", "s": "FLOAT"}


class Value:
    """A tensor of a graph.

    Attributes:
        graph: The graph that computes it.
        name: Its name in the graph.
        kind: Its dtype, see the module.
    """

    def __init__(self, graph: "Graph", name: str, kind: str) -> None:
        self.graph, self.name, self.kind = graph, name, kind

    def _with(self, operator: str, other: Any, kind: str | None = None) -> "Value":
        return self.graph.op(operator, self, self._like(other), kind=kind or self.kind)

    def _like(self, other: Any) -> "Value":
        return other if isinstance(other, Value) else self.graph.constant(other, self.kind)

    def __add__(self, other: Any) -> "Value":
        return self._with("Add", other)

    def __sub__(self, other: Any) -> "Value":
        return self._with("Sub", other)

    def __rsub__(self, other: Any) -> "Value":
        return self._like(other) - self

    def __mul__(self, other: Any) -> "Value":
        return self._with("Mul", other)

    def __truediv__(self, other: Any) -> "Value":
        return self._with("Div", other)

    def __matmul__(self, other: Any) -> "Value":
        return self._with("MatMul", other)

    def __lt__(self, other: Any) -> "Value":
        return self._with("Less", other, "b")

    def __gt__(self, other: Any) -> "Value":
        return self._with("Greater", other, "b")

    def __ge__(self, other: Any) -> "Value":
        return self._with("GreaterOrEqual", other, "b")

    def __and__(self, other: Any) -> "Value":
        return self._with("And", other, "b")

    def to(self, kind: str) -> "Value":
        """Casts the tensor to another kind."""
        number = getattr(self.graph.onnx.TensorProto, _CASTS[kind])
        return self.graph.op("Cast", self, kind=kind, to=number)

    def minimum(self, other: Any) -> "Value":
        """Returns the element-wise minimum."""
        return self._with("Min", other)

    def maximum(self, other: Any) -> "Value":
        """Returns the element-wise maximum."""
        return self._with("Max", other)

    def over(self, what: str, axis: int | None = None, *, keep: bool = False) -> "Value":
        """Returns the `Sum`, `Mean`, `Max` or `Min` over an axis, or over all axes."""
        axes = [] if axis is None else [self.graph.constant([axis], "i")]
        return self.graph.op(f"Reduce{what}", self, *axes, kind=self.kind, keepdims=int(keep))

    def take(self, index: Any, axis: int = 0) -> "Value":
        """Returns the elements at indices of an axis."""
        index = index if isinstance(index, Value) else self.graph.constant(index, "i")
        return self.graph.op("Gather", self, index, kind=self.kind, axis=axis)

    def part(self, begin: Any, end: Any, axis: int = 0, step: int = 1) -> "Value":
        """Returns a slice of an axis."""
        g = self.graph
        edges = [g.vector(edge) for edge in (begin, end)]
        axes = [g.constant([axis], "i"), g.constant([step], "i")]
        return g.op("Slice", self, *edges, *axes, kind=self.kind)

    def size(self, axis: int = 0) -> "Value":
        """Returns the length of an axis."""
        return self.graph.op("Shape", self, kind="i").take(axis)

    def shaped(self, *shape: int) -> "Value":
        """Reshapes the tensor; -1 is inferred."""
        return self.graph.op("Reshape", self, self.graph.constant(shape, "i"), kind=self.kind)

    def ordered(self, count: Any, axis: int, *, largest: bool) -> "Value":
        """Returns the `count` largest or smallest elements of an axis, sorted."""
        g = self.graph
        given = {"axis": axis, "largest": int(largest), "sorted": 1}
        return g.op("TopK", self, g.vector(count), kind=self.kind, outputs=2, **given)

    def places(self) -> "Value":
        """Returns the indices at which a condition `(n,)` is true."""
        return self.graph.op("NonZero", self, kind="i").shaped(-1)


class Graph:
    """A graph to which operators are added. With `outer` it is the body of a loop.

    Attributes:
        onnx: The package `onnx`.
    """

    def __init__(self, outer: Self | None = None) -> None:
        self.onnx = package("onnx", "onnx", "export: an ONNX file")
        self.nodes: list[Any] = []
        # Loop bodies share the constants of the outermost graph.
        self.constants: dict[tuple, Any] = {} if outer is None else outer.constants
        self._count: list[int] = [0] if outer is None else outer._count

    def op(
        self, operator: str, *inputs: Value, kind: str, outputs: int = 1, **given: Any
    ) -> Value:
        """Adds an operator, and returns its first output."""
        names = [self._name() for _ in range(outputs)]
        self.nodes.append(
            self.onnx.helper.make_node(operator, [v.name for v in inputs], names, **given)
        )
        return Value(self, names[0], kind)

    def constant(self, value: Any, kind: str = "f") -> Value:
        """Returns a constant. Equal constants are stored once."""
        array = np.asarray(value, _DTYPES[kind])
        key = (array.shape, kind, array.tobytes())
        if key not in self.constants:
            name = self._name()
            self.constants[key] = self.onnx.numpy_helper.from_array(array, name)
        return Value(self, self.constants[key].name, kind)

    def vector(self, value: Any) -> Value:
        """Returns a number or an index as a vector of length 1."""
        return value.shaped(1) if isinstance(value, Value) else self.constant([value], "i")

    def here(self, value: Value) -> Value:
        """Returns a value of an outer graph as a value of this graph."""
        return Value(self, value.name, value.kind)

    def range(self, count: Value) -> Value:
        """Returns 0, 1, ..., `count` - 1."""
        zero, one = (self.constant(number, "i") for number in (0, 1))
        return self.op("Range", zero, count, one, kind="i")

    def joined(self, *values: Value, axis: int = 0) -> Value:
        """Concatenates values along an axis."""
        return self.op("Concat", *values, kind=values[0].kind, axis=axis)

    def choose(self, condition: Value, yes: Any, no: Any) -> Value:
        """Returns `yes` where a condition is true, else `no`."""
        like = yes if isinstance(yes, Value) else no
        return self.op("Where", condition, like._like(yes), like._like(no), kind=like.kind)

    def zeros(self, count: Value) -> Value:
        """Returns `count` zeros."""
        zero = self.onnx.numpy_helper.from_array(np.zeros(1))
        return self.op("ConstantOfShape", count.shaped(1), kind="f", value=zero)

    def each(self, count: Value, body: Any) -> Value:
        """Returns what `body(graph, index)` returns for 0, 1, ..., `count` - 1, stacked."""
        inner = Graph(self)
        index, going = (self._name() for _ in range(2))
        result = body(inner, Value(inner, index, "i"))
        on = inner.op("Identity", Value(inner, going, "b"), kind="b")
        types = self.onnx.TensorProto
        info = self.onnx.helper.make_tensor_value_info
        graph = self.onnx.helper.make_graph(
            inner.nodes,
            self._name(),
            [info(index, types.INT64, []), info(going, types.BOOL, [])],
            [
                info(on.name, types.BOOL, []),
                info(result.name, getattr(types, _CASTS[result.kind]), None),
            ],
        )
        yes = self.constant(True, "b")
        return self.op("Loop", count, yes, kind=result.kind, body=graph)

    def _name(self) -> str:
        self._count[0] += 1
        return f"v{self._count[0]}"
