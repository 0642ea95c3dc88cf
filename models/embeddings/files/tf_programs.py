"""Runs SavedModel folders with TensorFlow, and Keras files with Keras."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.files.programs import Program, Tensor, opened
from kapre_like.running import package

_DEFAULT = "serving_default"


class SavedModelProgram(Program):
    """A signature of a SavedModel.

    Args:
        owner: Name of the caller, for error messages.
        path: The folder.
        signature: Name of the signature; `None` for the only one, or `serving_default`.
    """

    runtime = "TensorFlow"

    def __init__(self, owner: str, path: Path, signature: str | None) -> None:
        self.path = path
        tf = package("tensorflow", "tensorflow", f"{path}: a SavedModel")
        # Keep the loaded object, because the signature alone does not keep the variables alive.
        self._loaded = opened(path, self.runtime, lambda: tf.saved_model.load(str(path)))
        self._tensor = tf.constant
        known = list(self._loaded.signatures)
        name = signature or (known[0] if len(known) == 1 else _DEFAULT)
        if name not in known:
            rule = f"one of {known}" if known else "a signature, but there is none"
            _check.fail(owner, "signature", f"{rule} for {path.name}", signature)
        self._run = self._loaded.signatures[name]
        _, inputs = self._run.structured_input_signature
        self.inputs = tuple(_of_spec(*pair) for pair in inputs.items())
        self.outputs = tuple(_of_spec(*pair) for pair in self._run.structured_outputs.items())

    def run(self, feed: dict[str, np.ndarray], names: list[str]) -> list[np.ndarray]:
        found = self._run(**{name: self._tensor(value) for name, value in feed.items()})
        return [found[name].numpy() for name in names]

    @cached_property
    def n_parameters(self) -> int:
        return sum(int(np.prod(one.shape, dtype="int64")) for one in self._run.variables)


class KerasProgram(Program):
    """A Keras file, opened in Keras's safe mode: code inside the file is not run.

    Attributes:
        model: The Keras model.
        tensors: Its symbolic outputs by name.
    """

    runtime = "Keras"

    def __init__(self, path: Path) -> None:
        self.path = path
        keras = package("keras", "tensorflow", f"{path}: a Keras file")
        from kapre_like.models.artifact.load import load_model

        fix = "Import the module of its custom classes first, or export it to another format."
        self.model = opened(path, "Keras", lambda: load_model(path, compile=False), fix)
        self._keras = keras
        if not getattr(self.model, "inputs", None):
            raise ValueError(f"{path}: this Keras model has no fixed inputs. {fix}")
        self.inputs = tuple(_of_keras(one.name, one) for one in self.model.inputs)
        # A loaded Sequential model has no `input` and `output` before its first call.
        single = isinstance(self.model, keras.Sequential)
        self._taken = self.model.inputs[0] if single else self.model.input
        self.tensors = self.named(self.model.outputs[0] if single else self.model.output)
        self.outputs = tuple(_of_keras(*pair) for pair in self.tensors.items())

    def named(self, outputs: Any) -> dict[str, Any]:
        """Returns the outputs of a call by name; those without names are `output_0`, ..."""
        if isinstance(outputs, dict):
            return {str(name): value for name, value in outputs.items()}
        flat = self._keras.tree.flatten(outputs)
        names = list(getattr(self.model, "output_names", ()))
        if len({*names}) != len(flat):
            names = [f"output_{i}" for i in range(len(flat))]
        return dict(zip(names, flat, strict=True))

    def run(self, feed: dict[str, np.ndarray], names: list[str]) -> list[np.ndarray]:
        values = [feed[one.name] for one in self.inputs]
        inputs = self._keras.tree.pack_sequence_as(self._taken, values)
        found = self.named(self.model(inputs, training=False))
        return [self._keras.ops.convert_to_numpy(found[name]) for name in names]

    @cached_property
    def n_parameters(self) -> int:
        return int(self.model.count_params())


def _of_spec(name: str, spec: Any) -> Tensor:
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return Tensor(name, shape, spec.dtype.name)


def _of_keras(name: str, tensor: Any) -> Tensor:
    return Tensor(name, tuple(tensor.shape), tensor.dtype)
