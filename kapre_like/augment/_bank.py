"""Banks of recordings that augmentations mix with the training data."""

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
from kapre_like.audio.manifest import read_unlabeled
from kapre_like.layers._base.augmentation import Augmentation

RULE = "a folder, an audio file, a table, a list of these, or arrays of samples"
_NOT_SAVED = "Arrays are not saved: set `layer.bank` before training."
# Value of `bank` in `from_config` if the bank was an array, which a config does not store.
_LOST = object()


class Bank:
    """The source of recordings, and the tensors that a layer makes of them.

    Attributes:
        owner: Name of the layer, for messages.
        source: Path, list of paths, array, list of arrays, or `None`.
        tensors: `Constants`; `None` until the layer has read the recordings.
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
        """Reads all recordings.

        Args:
            sample_rate: Int > 0, Hz. Files are resampled to it; arrays are not.
            split: Whether each channel of a file is a recording. Otherwise the mean of its
                channels is one recording.

        Returns:
            List of pairs of a name and a float32 array `(samples,)`.
        """
        if self.source is None:
            _check.fail(self.owner, "bank", f"{RULE} in training", None, _NOT_SAVED)
        saved = self.saved()
        if saved is None:
            return self._arrays()
        found = [row for path in ([saved] if isinstance(saved, str) else saved)
                 for row in self._rows(path)]  # fmt: skip
        self._warn_resampled([path for path, _, _ in found], sample_rate)
        # Decoding and resampling release the GIL.
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
            table = read_unlabeled(file)
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

    def _warn_resampled(self, paths, sample_rate):
        """Warns once about all files of another sample rate."""
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
    """Base class of augmentations that read recordings when training begins.

    A subclass implements `packed(recordings)`, and has the arguments `bank` and `sample_rate`.
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
        """The argument `bank`, unchanged."""
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
    """Arrays that graphs use, but that are not stored in graphs or saved files."""

    def __init__(self, arrays):
        self._values = {name: _outside_graphs(array) for name, array in arrays.items()}

    def __getitem__(self, name):
        return ops.convert_to_tensor(self._values[name])


def scaled_index(share, count):
    """Returns an int32 index in `0 .. count - 1` for a number in 0 .. 1."""
    index = ops.cast(share * ops.cast(count, share.dtype), "int32")
    # Rounding may turn a product just below `count` into `count`.
    return ops.minimum(index, count - 1)


def _outside_graphs(array):
    """Returns a variable outside of the graph that is being traced.

    A constant would be copied into each graph, and TensorFlow limits a graph to 2 GB.
    """
    # JAX cannot create variables while it traces. Its arrays are constants anyway.
    if keras.config.backend() == "jax":
        return array
    dtype = str(array.dtype)
    # The scope defers initialization to its end, and Keras then initializes outside of graphs.
    with keras.StatelessScope():
        return keras.Variable(
            lambda shape, dtype: ops.convert_to_tensor(array, dtype=dtype),  # noqa: ARG005
            shape=array.shape, dtype=dtype, trainable=False, autocast=False, name="bank",
        )  # fmt: skip


def _is_path(source):
    return isinstance(source, (str, Path))
