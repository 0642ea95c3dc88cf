"""Reads checkpoints of TensorFlow 1 and 2, including those in SavedModels."""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.running import package

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_COUNTERS = ("save_counter", "global_step", "beta1_power", "beta2_power")
# Starts of the last part of an optimizer variable's name, which follows the weight's name.
_SLOTS = ("Adam", "Momentum", "ExponentialMovingAverage")


class TensorFlowCheckpoint:
    """The variables of a checkpoint by name. Has the reading methods of `SafetensorsFile`.

    Args:
        path: The folder of a SavedModel, the prefix of a checkpoint (`model.ckpt`), one of its
            files (`model.ckpt.index`), or a folder with files without a prefix (`.index`).

    Raises:
        ImportError: If TensorFlow is not installed.
        ValueError: If it is not a checkpoint, or is truncated.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        package("tensorflow", "tensorflow", f"{path}: a TensorFlow checkpoint")
        import tensorflow as tf

        self._errors = (tf.errors.OpError, IndexError, RuntimeError, ValueError)
        try:
            self._reader = tf.compat.v1.train.NewCheckpointReader(_prefix(self.path))
            self._shapes = self._reader.get_variable_to_shape_map()
            self._keys = self._by_name()
        except self._errors as error:
            raise ValueError(
                f"{path} is not a TensorFlow checkpoint, or is truncated. Copy or download all "
                "of its files again."
            ) from error

    def names(self) -> list[str]:
        """Returns the names of the variables, without counters and optimizer variables."""
        return list(self._keys)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a variable without reading it."""
        return tuple(self._shapes[self._keys[name]])

    def read(self, name: str) -> np.ndarray:
        """Returns a variable.

        Raises:
            ValueError: If the file with its values is missing, truncated or damaged.
        """
        try:
            return np.asarray(self._reader.get_tensor(self._keys[name]))
        except self._errors as error:
            raise ValueError(
                f"{self.path}: {name} cannot be read, because the file with its values is "
                "missing, truncated or damaged. Copy or download it again."
            ) from error

    def _by_name(self) -> dict[str, str]:
        """Returns the keys of the checkpoint by the names of the variables."""
        keys = [key for key in self._shapes if key != _GRAPH]
        named = self._object_names() if _GRAPH in self._shapes else {}
        names = {named.get(key, key): key for key in keys}
        if len(names) < len(keys):
            # Names of objects may repeat, but keys are unique.
            names = {key: key for key in keys}
        return {name: key for name, key in sorted(names.items()) if not _is_state(name)}

    def _object_names(self) -> dict[str, str]:
        """Returns the full names of variables by key, from the checkpoint's object graph."""
        from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

        graph: Any = TrackableObjectGraph()
        graph.ParseFromString(self._reader.get_tensor(_GRAPH))
        values = (value for node in graph.nodes for value in node.attributes)
        return {value.checkpoint_key: value.full_name for value in values if value.full_name}


def _prefix(path: Path) -> str:
    """Returns the prefix of the checkpoint's files."""
    if path.is_dir():
        # Without a prefix the files have the names `.index` and `.data-00000-of-00001`.
        bare = (path / ".index").is_file()
        return f"{path}/" if bare else str(path / "variables" / "variables")
    if path.suffix == ".index" or ".data-" in path.suffix:
        return str(path.with_suffix(""))
    return str(path)


def _is_state(name: str) -> bool:
    """Returns whether a variable is a counter or belongs to an optimizer."""
    last = name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE").rpartition("/")[2]
    return last in _COUNTERS or last.startswith(_SLOTS)
