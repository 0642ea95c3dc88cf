"""Recordings that augmentations mix with the training data."""

import contextlib
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.audio.decode import info, read
from kapre_like.audio.folder import AUDIO_SUFFIXES
from kapre_like.audio.manifest import read_unlabelled
from kapre_like.layers._base.augmentation import Augmentation

RULE = "a folder, an audio file, a table, a list of these, or arrays of samples"
_AGAIN = "Arrays are not saved: set `layer.bank` before training."
# What `from_config` gives for a bank that was an array.
_LOST = object()


class Bank:
    """Where recordings come from, and what a layer made of them.

    Attributes:
        owner: Name of the layer, for messages.
        source: Path, list of paths, array, list of arrays, or `None`.
        tensors: What the layer made of the recordings, or `None`.
    """

    def __init__(self, owner, source):
        self.owner = owner
        self.source = None if source is _LOST else source
        self.tensors = None
        if source is not _LOST:
            self._check()

    def _check(self):
        if self.source is None or _is_path(self.source) or hasattr(self.source, "__array__"):
            return
        if not isinstance(self.source, (list, tuple)) or not len(self.source):
            _check.fail(self.owner, "bank", RULE, self.source)
        paths = [_is_path(item) for item in self.source]
        if any(paths) and not all(paths):
            _check.fail(self.owner, "bank", RULE, self.source)

    def saved(self):
        """Returns the paths as text for a config; `None` for arrays."""
        if _is_path(self.source):
            return str(self.source)
        if isinstance(self.source, (list, tuple)) and _is_path(self.source[0]):
            return [str(item) for item in self.source]
        return None

    def recordings(self, sample_rate, *, split):
        """Reads everything.

        Args:
            sample_rate: Int > 0, Hz. Files are resampled to it; arrays are taken as they are.
            split: Whether each channel of a file is a recording, or their mean is one.

        Returns:
            List of pairs of a name and a float32 array `(samples,)`.
        """
        if self.source is None:
            _check.fail(self.owner, "bank", f"{RULE} in training", None, _AGAIN)
        saved = self.saved()
        if saved is None:
            return self._arrays()
        found = [row for path in ([saved] if isinstance(saved, str) else saved)
                 for row in self._rows(path)]  # fmt: skip
        self._say_resampled([path for path, _, _ in found], sample_rate)
        # Decoding and resampling release Python's lock.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            rows = pool.map(lambda row: self._read(row, sample_rate, split), found)
            return [one for row in rows for one in row]

    def _arrays(self):
        named = [(f"recording {n}", np.asarray(clip)) for n, clip in enumerate(self.source)]
        if not named:
            _check.fail(self.owner, "bank", "at least one recording", [])
        for name, clip in named:
            if clip.ndim != 1 or not len(clip) or clip.dtype.kind != "f":
                rule = "arrays (clips, samples) of floats, or a list of arrays (samples,)"
                found = f"shape={clip.shape}, dtype={clip.dtype}"
                self._refuse(rule, f"{name} with {found}")
            if not np.isfinite(clip).all():
                self._refuse("finite", f"{name} with NaN or infinite samples")
        return [(name, clip.astype("float32")) for name, clip in named]

    def _refuse(self, rule, found):
        message = f"{self.owner}: `bank` must be {rule}. Received: {found}."
        raise ValueError(message)

    def _rows(self, path):
        """Returns `(path, start_s, end_s)` of each recording below a path."""
        file = Path(path).expanduser()
        if file.suffix.lower() in AUDIO_SUFFIXES:
            return [(str(file), None, None)]
        with self._named():
            table = read_unlabelled(file)
        if not len(table):
            self._refuse("at least one recording", f"bank={path!r} without a row")
        columns = (table[name] for name in ("path", "start_s", "end_s"))
        return list(zip(*columns, strict=True))

    def _read(self, row, sample_rate, split):
        path, start_s, end_s = row
        with self._named():
            channels = range(1, info(path).channels + 1) if split else ["mix"]
            return [
                (path, read(path, sample_rate=sample_rate, start_s=start_s, end_s=end_s,
                            channel=channel))
                for channel in channels
            ]  # fmt: skip

    def _say_resampled(self, paths, sample_rate):
        """Warns once for all files of another rate."""
        paths = list(dict.fromkeys(paths))
        with self._named():
            rates = [info(path).sample_rate for path in paths]
        other = sorted({rate for rate in rates if rate != sample_rate})
        if other:
            count = sum(rate != sample_rate for rate in rates)
            warnings.warn(
                f"{self.owner}: resamples {count} of {len(paths)} files of `bank` from "
                f"{', '.join(map(str, other))} Hz to sample_rate={sample_rate}.",
                stacklevel=2,
            )

    @contextlib.contextmanager
    def _named(self):
        """Adds the layer's name to the error of a file."""
        try:
            yield
        except ValueError as error:
            raise ValueError(
                f"{self.owner}: `bank` must be readable. Received: {error}"
            ) from error


class BankAugmentation(Augmentation):
    """An augmentation with recordings, which are read when training begins.

    A subclass implements `packed(recordings)` and takes `bank` and `sample_rate`.
    """

    # Whether each channel of a file is a recording.
    split_channels = False

    def __init__(self, *, bank, sample_rate=16000, **kwargs):
        super().__init__(**kwargs)
        _check.audio_rate(type(self).__name__, sample_rate=sample_rate)
        self.sample_rate = sample_rate
        self.bank = bank

    @property
    def bank(self):
        """Returns the recordings as they were given."""
        return self._bank.source

    @bank.setter
    def bank(self, source):
        self._bank = Bank(type(self).__name__, source)

    def packed(self, recordings):
        """Returns the arrays that `transform` needs, by name."""
        raise NotImplementedError

    def prepare(self):
        if self._bank.tensors is None:
            found = self._bank.recordings(self.sample_rate, split=self.split_channels)
            self._bank.tensors = Constants(self.packed(found))

    def get_config(self):
        return {**super().get_config(), "bank": self._bank.saved()}

    @classmethod
    def from_config(cls, config):
        lost = config.get("bank") is None and cls.needs_bank(config)
        return super().from_config({**config, "bank": _LOST} if lost else config)

    @classmethod
    def needs_bank(cls, config):  # noqa: ARG003
        """Returns whether a layer of this config has recordings."""
        return True


class Constants:
    """Arrays for use inside graphs that are not part of the graph or of a saved file."""

    def __init__(self, arrays):
        self._values = {name: _outside_graphs(array) for name, array in arrays.items()}

    def __getitem__(self, name):
        return ops.convert_to_tensor(self._values[name])


def scaled_index(share, count):
    """Returns an int32 index in `0 .. count - 1` for a number in 0 .. 1."""
    index = ops.cast(share * ops.cast(count, share.dtype), "int32")
    # A product just below `count` may be rounded to it.
    return ops.minimum(index, count - 1)


def _outside_graphs(array):
    """Returns a variable that exists outside the graph that is being traced, if any.

    A constant would be copied into each graph, and TensorFlow limits a graph to 2 GB.
    """
    # JAX makes no variables while it traces. Its arrays are constants anyway.
    if keras.config.backend() == "jax":
        return array
    dtype = str(array.dtype)
    # The scope delays the initial value until it ends, and Keras sets it outside of graphs.
    with keras.StatelessScope():
        return keras.Variable(
            lambda shape, dtype: ops.convert_to_tensor(array, dtype=dtype),  # noqa: ARG005
            shape=array.shape, dtype=dtype, trainable=False, autocast=False, name="bank",
        )  # fmt: skip


def _is_path(source):
    return isinstance(source, (str, Path))
