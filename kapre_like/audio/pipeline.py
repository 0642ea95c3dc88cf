"""A table of files becomes batches of `((waveform, length), label)` in `tf.data`.

The one file of `kapre_like.audio` that imports TensorFlow. Decoded clips live in memory as
NumPy arrays that every epoch shares, and a batch is put together by one NumPy call in
`tf.data`'s threads (libsndfile and soxr let go of Python's lock while they work). On 2 cores
this is as fast as `tf.data`'s own `cache`, `shuffle` and `padded_batch` (3,000 clips of 0.4 s:
1.7 s with decoding, 0.2 s from the cache, either way), and it can do what that chain cannot:
begin at epoch k, crop anew in every epoch, and hand similar lengths to one batch.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from kapre_like import _check
from kapre_like.audio import tfio
from kapre_like.audio.decode import info
from kapre_like.audio.rows import read_row, rows_of

# Clips sorted by length within this many batches: similar lengths, still mixed well.
_BUCKET_BATCHES = 16
# Batches that are put together while one is trained on.
_PREFETCHED = 2


def _without_autotune() -> tf.data.Options:
    """Returns options without `tf.data`'s tuning of its own threads and buffers.

    Its thread sleeps 10 ms, then twice as long each time, and an iterator that ends waits for
    it (TensorFlow 2.21). An epoch could take twice as long as its steps.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _encode(
    table: pd.DataFrame, class_names: Sequence[str] | None, targets: np.ndarray | None
) -> np.ndarray:
    """Labels as class numbers (int32), as float32 for regression, or as they are given."""
    if targets is not None:
        if len(targets) != len(table):
            _check.fail("Pipeline", "targets", f"{len(table)} rows, as the table", len(targets))
        return np.asarray(targets)
    if class_names is None:
        return table["label"].to_numpy(dtype="float32")
    number = {name: i for i, name in enumerate(class_names)}
    unknown = sorted(set(table["label"]) - set(number))
    if unknown:
        _check.fail("Pipeline", "class_names", f"a list that holds {unknown[0]!r}", class_names)
    return table["label"].map(number).to_numpy(dtype="int32")


class Pipeline:
    """Batches of the clips of a table, epoch by epoch, from one cache of decoded clips.

    What epoch `k` holds depends on `(seed, k)` alone, never on what ran before: training that
    was cut off goes on with `epoch(k)` as if nothing had happened. A batch is padded with
    zeros to its longest clip, so its shape changes; the element spec says `(None, None)`, and
    a `tf.function` or `fit` traces once.

    Args:
        table: As from `read_dataset` (or `scan`): `path`, `label`, `start_s`, `end_s`, and
            optionally `channel`.
        sample_rate: Int > 0, Hz.
        seconds: Float > 0, or `None`. Longer clips are cropped to it: at a random place in
            each epoch if `shuffle`, else to the middle; batches are padded to it. `None`
            keeps clips whole and pads to the longest of the batch.
        pad_to_seconds: Bool. Whether batches are padded to `seconds`; else to the longest of
            the batch, whatever `seconds` says.
        batch_size: Int > 0, clips.
        shuffle: Bool. A new order and new crops in every epoch; else the table's order.
        seed: Int >= 0.
        cache: Bool. Keep decoded clips in memory (64 kB per second at 16 kHz).
        class_names: Classes in the order of their numbers; `None` for regression.
        targets: Array `(rows, ...)` of labels in place of the column `label`, such as the
            padded numbers of letters; `None` takes the column.
        short_first: Bool. With `shuffle`, epoch 0 begins with the shortest clips and ends with
            the longest: a network that learns text finds the short ones easier to align.
        bucket: Bool. With `shuffle`, batches hold clips of similar length: less padding.
        pad_multiple: Int > 0, samples. Batches are padded to a multiple of it, so that XLA
            meets few shapes. 1 pads no more than needed.
        drop_remainder: Bool. Leave out the last batch if it is smaller.
        decoder: `"soundfile"`, or `"tensorflow-io"`: files are decoded inside the graph, by
            `audio.tfio.read`, anew in every epoch whatever `cache` says. For TensorFlow 2.16.

    Raises:
        ValueError: A bad argument, or a label that is not in `class_names`.
        ImportError: If `decoder="tensorflow-io"` and it does not load; says what to install.

    Example:
        >>> pipeline = Pipeline(table, sample_rate=16000, shuffle=True, class_names=["a", "b"])
        >>> for (waveform, length), label in pipeline.epoch(0): ...
    """

    def __init__(
        self,
        table: pd.DataFrame,
        *,
        sample_rate: int,
        seconds: float | None = None,
        pad_to_seconds: bool = True,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        cache: bool = True,
        class_names: Sequence[str] | None = None,
        targets: np.ndarray | None = None,
        short_first: bool = False,
        bucket: bool = False,
        pad_multiple: int = 1,
        drop_remainder: bool = False,
        decoder: str = "soundfile",
    ) -> None:
        _check.positive_int("Pipeline", sample_rate=sample_rate, batch_size=batch_size)
        _check.positive_int("Pipeline", pad_multiple=pad_multiple)
        _check.non_negative_int("Pipeline", seed=seed)
        _check.boolean("Pipeline", shuffle=shuffle, cache=cache, bucket=bucket)
        _check.boolean("Pipeline", pad_to_seconds=pad_to_seconds, short_first=short_first)
        _check.one_of("Pipeline", ("soundfile", "tensorflow-io"), decoder=decoder)
        if decoder == "tensorflow-io":
            tfio.packages("Pipeline")
        if seconds is not None:
            _check.positive("Pipeline", seconds=seconds)
        if not len(table):
            raise ValueError("Pipeline: `table` has no rows. Nothing is left to learn from.")
        self.sample_rate, self.seconds, self.batch_size = sample_rate, seconds, batch_size
        self.shuffle, self.seed, self.cache, self.bucket = shuffle, seed, cache, bucket
        self.pad_multiple, self.drop_remainder = pad_multiple, drop_remainder
        self.pad_to_seconds, self.decoder = pad_to_seconds, decoder
        self.short_first = short_first
        self.labels = _encode(table, class_names, targets)
        self._rows = rows_of(table)
        by_length = shuffle and (bucket or short_first)
        self._durations = self._lengths_s(table) if by_length else None
        self._clips: list[np.ndarray | None] = [None] * len(table)

    @property
    def n_batches(self) -> int:
        """Batches per epoch."""
        whole, rest = divmod(len(self._rows), self.batch_size)
        return whole + (rest > 0 and not self.drop_remainder)

    def _lengths_s(self, table: pd.DataFrame) -> np.ndarray:
        """Seconds per clip, to sort by: as scanned, or from the files' headers."""
        if "duration_s" in table:
            return table["duration_s"].to_numpy()
        whole = np.array([info(path).duration_s for path in table["path"]])
        end = np.fmin(whole, table["end_s"].to_numpy())
        return end - np.nan_to_num(table["start_s"].to_numpy())

    @property
    def _limit(self) -> int | None:
        """Samples that longer clips are cropped to."""
        return None if self.seconds is None else max(1, round(self.seconds * self.sample_rate))

    def _clip(self, index: int) -> np.ndarray:
        """The decoded clip; random crops need all of it, centre crops the middle only."""
        clip = self._clips[index]
        if clip is None:
            seconds = None if self.shuffle else self.seconds
            clip = read_row(self._rows[index], sample_rate=self.sample_rate, seconds=seconds)
            if self.cache:
                self._clips[index] = clip
        return clip

    def _batch(self, rows: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Waveforms `(batch, samples)` and lengths `(batch,)` of the clips `rows`.

        `where` in [0, 1) per row places the random crop.
        """
        clips = [self._clip(int(row)) for row in rows]
        limit = self._limit
        lengths = np.array([len(clip) for clip in clips], dtype="int32")
        if limit is not None:
            starts = (where * np.maximum(lengths - limit + 1, 1)).astype(int)
            lengths = np.minimum(lengths, limit)
            clips = [
                clip[start : start + limit] for clip, start in zip(clips, starts, strict=True)
            ]
        longest = (limit if self.pad_to_seconds else None) or int(lengths.max())
        width = -(-longest // self.pad_multiple) * self.pad_multiple
        waveform = np.zeros((len(clips), width), dtype="float32")
        for padded, clip in zip(waveform, clips, strict=True):
            padded[: len(clip)] = clip
        return waveform, lengths

    def _order(self, rng: np.random.Generator, epoch: int) -> np.ndarray:
        """The clips of one epoch, in order: the table's, a shuffle, or a bucketed shuffle."""
        if not self.shuffle:
            return np.arange(len(self._rows))
        if self.short_first and epoch == 0:
            return np.argsort(self._durations, kind="stable")
        order = rng.permutation(len(self._rows))
        if not self.bucket:
            return order
        pool = _BUCKET_BATCHES * self.batch_size
        pools = [order[i : i + pool] for i in range(0, len(order), pool)]
        order = np.concatenate(
            [p[np.argsort(self._durations[p], kind="stable")] for p in pools]
        )
        batches = [
            order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)
        ]
        # A smaller last batch stays last, so that steps per epoch and shapes are as ever.
        shuffled = rng.permutation(len(order) // self.batch_size).tolist()
        return np.concatenate([batches[i] for i in shuffled] + batches[len(shuffled) :])

    def epoch(self, epoch: int = 0) -> "tf.data.Dataset":
        """The batches of one epoch, as a `tf.data.Dataset`.

        Args:
            epoch: Int >= 0. With `shuffle`, decides order and crops together with `seed`.

        Returns:
            A dataset of `((waveform, length), label)`: float32 `(batch, samples)`, int32
            `(batch,)` valid samples, and int32 class numbers or float32 values `(batch,)`, or
            the rows of `targets`.
            A file that cannot be read ends the iteration with its `PATH: reason` in a
            TensorFlow error; `scan` finds such files before.
        """
        _check.non_negative_int("Pipeline", epoch=epoch)
        rng = np.random.default_rng([self.seed, epoch])
        order, where = self._order(rng, epoch), rng.random(len(self._rows))
        indices = tf.data.Dataset.from_tensor_slices((order, where[order], self.labels[order]))
        batches = indices.batch(self.batch_size, drop_remainder=self.drop_remainder)
        load = self._load if self.decoder == "soundfile" else self._load_in_graph
        ready = batches.map(load, num_parallel_calls=os.cpu_count(), deterministic=True)
        ready = ready.apply(tf.data.experimental.assert_cardinality(self.n_batches))
        return ready.prefetch(_PREFETCHED).with_options(_without_autotune())

    def _load(
        self, rows: tf.Tensor, where: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        """One batch of indices to one batch of sound; the graph side of `_batch`."""
        waveform, length = tf.numpy_function(
            self._batch, [rows, where], [tf.float32, tf.int32], stateful=False
        )
        waveform.set_shape([rows.shape[0], None])
        length.set_shape([rows.shape[0]])
        return (waveform, length), labels

    def _load_in_graph(
        self, rows: tf.Tensor, where: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        """What `_load` gives, without Python."""
        paths = tf.constant([str(row.path) for row in self._rows])
        times = tf.constant([(row.start_s, row.end_s) for row in self._rows], tf.float64)
        channels = tf.constant([tfio.channel_number(row.channel) for row in self._rows])
        limit, seconds = self._limit, None if self.shuffle else self.seconds

        def clip(row_and_place):
            row, place = row_and_place
            start_s, end_s = tf.unstack(times[row])
            x = tfio.read(
                paths[row], sample_rate=self.sample_rate, start_s=start_s, end_s=end_s,
                seconds=seconds, channel=channels[row],
            )  # fmt: skip
            if limit is None:
                return x
            room = tf.cast(tf.maximum(tf.shape(x)[0] - limit + 1, 1), where.dtype)
            start = tf.cast(place * room, tf.int32)
            return x[start : start + limit]

        spec = tf.RaggedTensorSpec((None,), tf.float32, ragged_rank=0)
        clips = tf.map_fn(clip, (rows, where), fn_output_signature=spec)
        length = tf.cast(clips.row_lengths(), tf.int32)
        longest = (limit if self.pad_to_seconds else None) or tf.reduce_max(length)
        width = -(-longest // self.pad_multiple) * self.pad_multiple
        waveform = clips.to_tensor(shape=(None, None))
        waveform = tf.pad(waveform, [(0, 0), (0, width - tf.shape(waveform)[1])])
        return (waveform, length), labels


def dataset(table: pd.DataFrame, *, epoch: int = 0, **settings: Any) -> "tf.data.Dataset":
    """One epoch of `Pipeline(table, **settings)`; see there for the settings.

    Its cache is its own: iterated again it decodes nothing twice, but gives the same order.
    Training over several epochs keeps a `Pipeline` and asks for each `epoch(k)`.
    """
    return Pipeline(table, **settings).epoch(epoch)
