"""Random shift of pitch as a layer. Arithmetic: `ops.pitch`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.pitch import pitch_shifted

# Two octaves are a speed of 4, the largest that the resampler supports.
_MAX_SEMITONES = 24


@keras.saving.register_keras_serializable(package="kapre_like")
class PitchShift(Augmentation):
    """Shifts the pitch of each example by a random number of semitones; keeps its length.

    A frequency `f` becomes `f * 2 ** (semitones / 12)`, with uniform `semitones`. The example
    is resampled, and a phase vocoder restores its duration. The RMS of the frequencies that
    remain below half the sample rate does not change. Steady tones remain steady; noise and
    attacks are smeared over `n_fft` samples. All channels of an example have the same shift.
    At inference the result is the input.

    The gradient of the input flows through the magnitudes of the vocoder. Its phases are
    treated as constants.

    `y = c * ISTFT(Y)` with `|Y[t, k]| = (1 - a) * |X[i, k]| + a * |X[i + 1, k]|`, where
    `i = floor(t / ratio)`, `a = t / ratio - i`, `ratio = 2 ** (semitones / 12)`, and `X` is the
    short-time Fourier transform of `x(ratio * n)` with a hop of `n_fft / 4`. The phase of
    `Y[t, k]` is that of `X[i, k]` plus an offset that continues the phase of the loudest bin
    within 3 bins of `k` from frame to frame. The factor `c` restores the RMS.

    Args:
        min_semitones: Number >= -24, semitones, the smallest shift; below 0 is lower.
        max_semitones: Number >= `min_semitones`, at most 24, semitones, the largest shift.
        n_fft: Int > 0, divisible by 4, samples per frame of the vocoder. About 0.06 seconds
            are usual, which are 1024 samples at 16 kHz.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> octave = kapre_like.augment.PitchShift(min_semitones=12, max_semitones=12)
        >>> tone = np.sin(2 * np.pi * 500 / 16000 * np.arange(16000))[None]
        >>> y = keras.ops.convert_to_numpy(octave(tone, training=True))
        >>> int(np.argmax(np.abs(np.fft.rfft(y[0]))))
        1000

    Source: J. Flanagan, R. Golden, Phase vocoder, 1966.
    """

    def __init__(
        self,
        *,
        min_semitones=-2.0,
        max_semitones=2.0,
        n_fft=1024,
        probability=1.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "PitchShift"
        _check.ordered(owner, min_semitones=min_semitones, max_semitones=max_semitones)
        if min_semitones < -_MAX_SEMITONES:
            _check.fail(owner, "min_semitones", f"at least {-_MAX_SEMITONES}", min_semitones)
        if max_semitones > _MAX_SEMITONES:
            _check.fail(owner, "max_semitones", f"at most {_MAX_SEMITONES}", max_semitones)
        _check.positive_int(owner, n_fft=n_fft)
        if n_fft % 4:
            _check.fail(owner, "n_fft", "divisible by 4", n_fft)
        self.min_semitones, self.max_semitones = min_semitones, max_semitones
        self.n_fft = n_fft

    def draw(self, shape):
        return {"semitones": self.uniform(shape[:1], self.min_semitones, self.max_semitones)}

    def transform(self, x, length, draws):
        return pitch_shifted(
            x,
            length=length,
            ratio=ops.power(2.0, draws["semitones"] / 12.0),
            min_ratio=2.0 ** (self.min_semitones / 12.0),
            max_ratio=2.0 ** (self.max_semitones / 12.0),
            n_fft=self.n_fft,
        )
