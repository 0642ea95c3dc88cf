"""Noise at a random signal-to-noise ratio as a layer. Arithmetic: `ops.mixing`, `ops.noise`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.augment._bank import RULE, BankAugmentation, scaled_index
from kapre_like.filters.augmentation import color_amplitudes, noise_size
from kapre_like.ops.convolution import PIECES
from kapre_like.ops.lowering import over_clips
from kapre_like.ops.mixing import add_noise_at_snr, take_repeated
from kapre_like.ops.noise import colored_noise, noise_blocks, two_numbers

KINDS = ("bank", "brown", "pink", "white")
_GENERATED = KINDS[1:]
# Noise of a bank starts at a multiple of 16 samples. A row of 16 is gathered as fast as one
# sample. White noise is also made in rows of 16.
_BLOCK = 16
# A recording shorter than this is repeated `_BLOCK` times, so that no sample is dropped.
_SHORT = 100 * _BLOCK


@keras.saving.register_keras_serializable(package="kapre_like")
class AddNoise(BankAugmentation):
    """Adds noise at a signal-to-noise ratio that is uniform in decibels.

    The ratio is that of the energies of signal and noise over the valid samples of an example,
    all channels together. A silent example is not changed. At inference the result is the
    input.

    Each channel has its own generated noise. Its power falls with frequency by 0 dB (white),
    10 dB (pink) or 20 dB (brown) per decade above 20 Hz, and is constant below. The samples of
    white noise are independent; they are uniformly distributed, or normally if `kind` is a list
    with another kind. If `kind` is a list, the cost is little more than that of one kind.

    With `kind="bank"` each example gets a random recording from a random start, the same in
    all channels. A recording that is shorter than the example is repeated. Up to 15 samples at
    its end are left out if it is longer than 1600. The files are read at the first training
    call or by `prepare()`, and must fit into memory. A saved layer keeps the paths. It does not
    keep arrays: set `layer.bank` again before training.

    `y = x + g * noise` with `g = sqrt(sum(x ** 2) / sum(noise ** 2) * 10 ** (-snr_db / 10))`.
    The sums run over the valid samples of an example and over its channels.

    Args:
        kind: `"white"`, `"pink"`, `"brown"` or `"bank"`; or a list of the first three, of which
            each example gets one at random.
        bank: For `kind="bank"`: a folder with audio files at any depth, an audio file, a table
            (CSV, TSV, Parquet) with a column `path`, or a list of these. Or an array
            `(clips, samples)`, or a list of arrays `(samples,)`, at `sample_rate`.
        sample_rate: Int > 0, Hz, of the input. Files of another rate are resampled, files of
            several channels are mixed to one.
        min_snr_db: Number, dB, the smallest signal-to-noise ratio.
        max_snr_db: Number >= `min_snr_db`, dB, the largest.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, the bank cannot be read or is empty,
            or the input has another rank, or is not floating point.

    Warns:
        UserWarning: Files are resampled.

    Example:
        >>> x = np.ones((1, 16000), "float32")
        >>> layer = kapre_like.augment.AddNoise(kind="pink", min_snr_db=20, max_snr_db=20)
        >>> y = layer(x, training=True)
        >>> round(float(keras.ops.mean((y - x) ** 2)), 4)
        0.01

    Source: audiomentations, `AddColorNoise` and `AddBackgroundNoise`.
    """

    def __init__(
        self, *, kind="white", bank=None, sample_rate=16000, min_snr_db=0.0, max_snr_db=30.0,
        probability=1.0, seed=None, **kwargs,
    ):  # fmt: skip
        _check_kind(kind)
        if kind != "bank" and bank is not None:
            fix = 'Set kind="bank" to use it.'
            _check.fail("AddNoise", "bank", f"None for kind={kind!r}", bank, fix)
        if kind == "bank" and bank is None:
            _check.fail("AddNoise", "bank", f"{RULE} for kind='bank'", bank)
        super().__init__(
            bank=bank, sample_rate=sample_rate, probability=probability, seed=seed, **kwargs
        )
        _check.ordered("AddNoise", min_snr_db=min_snr_db, max_snr_db=max_snr_db)
        self.kind = kind
        self.min_snr_db, self.max_snr_db = min_snr_db, max_snr_db
        self._amplitudes = _amplitudes(kind, sample_rate=sample_rate)

    @classmethod
    def needs_bank(cls, config):
        return config.get("kind") == "bank"

    def prepare(self):
        if self.kind == "bank":
            super().prepare()

    def packed(self, recordings):
        blocks = [_blocks(clip) for _, clip in recordings]
        counts = np.array([len(clip) for clip in blocks], "int32")
        first = np.cumsum(counts, dtype="int32") - counts
        return {"blocks": np.concatenate(blocks), "first": first, "count": counts}

    def draw(self, shape):
        draws = {"snr_db": self.uniform(shape[:1], self.min_snr_db, self.max_snr_db)}
        if self.kind == "bank":
            return {**draws, "clip": self.uniform(shape[:1]), "start": self.uniform(shape[:1])}
        batch, samples, channels = shape
        # Uniform numbers take a third of the time of normal ones. Their spectrum is as flat.
        if self._amplitudes is None:
            pairs = (samples + 2 * _BLOCK - 1) // (2 * _BLOCK)
            return {**draws, "noise": self.uniform((batch, pairs, _BLOCK, channels))}
        kinds, freqs = self._amplitudes.shape
        if kinds > 1:
            draws["which"] = self.uniform((batch,))
        blocks = noise_blocks(samples, size=2 * (freqs - 1))
        return {**draws, "noise": self.uniform((batch, channels, blocks, freqs))}

    def transform(self, x, length, draws):
        snr_db = ops.cast(draws["snr_db"], x.dtype)
        if self.kind == "bank":
            make, given = _as_it_is, (self._recorded(x, draws),)
        elif self._amplitudes is None:
            make, given = _white, (draws["noise"],)
        else:
            make, given = _colored, (draws["noise"], self._amplitude(draws))
        given = [ops.cast(one, x.dtype) for one in given]

        def noisy(x, snr_db, length, *given):
            noise = make(*given, samples=ops.shape(x)[1])
            return add_noise_at_snr(x, noise=noise, snr_db=snr_db, length=length)

        return over_clips(noisy, x, snr_db, length, *given, max_pieces=PIECES)

    def _amplitude(self, draws):
        """Returns the spectrum of the noise of each example, `(batch, freqs)`."""
        # Without several kinds, 0 for each example.
        which = draws.get("which", ops.zeros_like(draws["snr_db"]))
        kind = scaled_index(which, len(self._amplitudes))
        return ops.take(ops.convert_to_tensor(self._amplitudes, dtype="float32"), kind, axis=0)

    def _recorded(self, x, draws):
        """Returns a segment of a recording for each example, `(batch, samples, 1)`."""
        bank = self._bank.tensors
        clip = scaled_index(draws["clip"], ops.shape(bank["count"])[0])
        count = ops.take(bank["count"], clip)
        noise = take_repeated(
            bank["blocks"], first=ops.take(bank["first"], clip), count=count,
            begin=scaled_index(draws["start"], count), samples=ops.shape(x)[1],
        )  # fmt: skip
        return ops.expand_dims(noise, axis=-1)


def _check_kind(kind):
    """Raises unless `kind` is one of `KINDS`, or a list of kinds of generated noise."""
    if not isinstance(kind, (list, tuple)):
        _check.one_of("AddNoise", KINDS, kind=kind)
    elif not kind or any(one not in _GENERATED for one in kind):
        names = ", ".join(map(repr, _GENERATED))
        _check.fail("AddNoise", "kind", f"one of {KINDS}, or a list of some of {names}", kind)


def _amplitudes(kind, *, sample_rate):
    """Returns the spectra of the kinds of noise, `(kinds, freqs)`; `None` if not needed."""
    kinds = [kind] if isinstance(kind, str) else kind
    if set(kinds) <= {"bank", "white"}:
        return None
    size = noise_size(sample_rate)
    return np.stack(
        [color_amplitudes(one, sample_rate=sample_rate, size=size) for one in kinds]
    )


def _as_it_is(noise, *, samples):  # noqa: ARG001
    return noise


def _white(draws, *, samples):
    # Rows of both results alternate, so that a longer clip begins with the same noise.
    pairs = ops.stack(two_numbers(draws), axis=2)
    batch, blocks, two, size, channels = ops.shape(pairs)
    return ops.reshape(pairs, (batch, blocks * two * size, channels))[:, :samples]


def _colored(draws, amplitude, *, samples):
    return colored_noise(two_numbers(draws), amplitude=amplitude, samples=samples)


def _blocks(clip):
    """Returns a recording as rows of `_BLOCK` samples."""
    if len(clip) < _SHORT:
        return np.tile(clip, _BLOCK).reshape(-1, _BLOCK)
    return clip[: len(clip) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
