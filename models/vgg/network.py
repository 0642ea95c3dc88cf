"""The complete VGG, which maps a waveform and its length to probabilities or a score."""

import keras

from kapre_like import _check
from kapre_like.layers import LengthMask, MelSpectrogram
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.blocks import MaskedBatchNormalization, MaskedMean, UnpackMask
from kapre_like.models.blocks.masked_pooling import FrequencyMean, LogSum, MaxPlusMean
from kapre_like.models.vgg.backbone import residual_backbone, vgg_backbone
from kapre_like.models.vgg.defaults import DROPOUT, FRONT_END
from kapre_like.models.vgg.receptive import receptive_field, warn_if_shorter
from kapre_like.models.vgg.rows import ROWS


def _head(x, *, class_names, score_scale, score_offset):
    """Returns probabilities `(batch, classes)`, or scores `(batch,)` in the labels' unit."""
    # float32 under every policy, because a half-precision softmax does not sum to 1.
    if class_names is not None:
        outputs = len(class_names)
        return keras.layers.Dense(outputs, "softmax", dtype="float32", name="classes")(x)
    x = keras.layers.Dense(1, dtype="float32", name="dense")(x)
    x = keras.layers.Rescaling(score_scale, score_offset, dtype="float32", name="unit")(x)
    return keras.layers.Reshape((), dtype="float32", name="squeeze")(x)


def _pooled_clip(row, x, valid, *, scores):
    """Applies the stages of a row, and pools the frames of each clip: `(batch, channels)`."""
    backbone = residual_backbone if row.residual else vgg_backbone
    x, valid = backbone(x, valid, stages=row.stages)
    frames = FrequencyMean(name="frequency_mean")([x, valid])
    if row.residual:
        pooled = MaxPlusMean(name="max_plus_mean")(list(frames))
    else:
        pooled = MaskedMean(name="mean")([x, valid])
    if not scores:
        return pooled
    # A score may depend on the duration of a sound, which a mean does not contain.
    summed = LogSum(name="log_sum")(list(frames))
    return keras.layers.Concatenate(name="pooled")([pooled, summed])


def vgg(
    row="small",
    *,
    class_names=None,
    sample_rate=FRONT_END.sample_rate,
    n_fft=FRONT_END.n_fft,
    win_length=FRONT_END.win_length,
    hop_length=FRONT_END.hop_length,
    n_mels=FRONT_END.n_mels,
    fmin=FRONT_END.fmin,
    fmax=FRONT_END.fmax,
    top_db=FRONT_END.top_db,
    learn_stft=None,
    learn_mel=None,
    dropout=None,
    score_scale=1.0,
    score_offset=0.0,
    pattern_ms=None,
    augmentations=(),
    recipe=None,
    seed=None,
    name="vgg",
):
    """Builds a functional VGG on waveforms, which contains the log-mel front end.

    `waveform -> log-mel (dB relative to the clip's peak) -> 3x3 stages -> mean over valid
    frames -> dropout -> dense`. The padding of a batch does not change the output of a clip.

    Args:
        row: Name in `ROWS`: `"tiny"`, `"small"`, `"residual"`, `"vgg11"` or `"vgg16"`.
        class_names: List of strings for classification; `None` builds a regressor.
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, window length in samples.
        hop_length: Int > 0, samples between frames.
        n_mels: Int > 0, number of mel bands.
        fmin: Float >= 0, lowest frequency in Hz.
        fmax: Float, highest frequency in Hz; `None` means half of `sample_rate`.
        top_db: Float > 0, range in dB. Lower values are clipped to the clip's peak minus
            `top_db`.
        learn_stft: As in `MelSpectrogram`.
        learn_mel: As in `MelSpectrogram`.
        dropout: Float in [0, 1), dropout rate before the dense layer. `None` uses
            `defaults.DROPOUT` for classes and 0 for scores.
        score_scale: Float > 0. A regressor's output is `dense * score_scale + score_offset`.
            Good values are the standard deviation and mean of the labels.
        score_offset: Float, see `score_scale`.
        pattern_ms: Float, length in milliseconds of the longest pattern that the receptive
            field should cover. Warns if the field is shorter. `None` does not check.
        augmentations: Layers of `kapre_like.augment` for the log-mel spectrogram.
        recipe: Dict of JSON values for `kapre_like.metadata`.
        seed: Int or `None`, for the initial weights and the dropout.
        name: Name of the model.

    Returns:
        A `keras.Model` with inputs `waveform (batch, samples)` float32 in [-1, 1] and `length
        (batch,)` int32, and output `(batch, classes)` probabilities or `(batch,)` scores.

    Raises:
        ValueError: If an argument is out of its domain.
    """
    _check.one_of("vgg", list(ROWS), row=row)
    _check.positive("vgg", score_scale=score_scale)
    front = {
        "sample_rate": sample_rate,
        "n_fft": n_fft,
        "win_length": win_length,
        "hop_length": hop_length,
        "n_mels": n_mels,
        "fmin": fmin,
        "fmax": fmax,
        "mel_scale": FRONT_END.mel_scale,
    }
    warn_if_shorter(row, receptive_field(row, **front), pattern_ms, **front)
    if seed is not None:
        keras.utils.set_random_seed(seed)

    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = LengthMask(name="samples")([waveform, length])
    learn = {"learn_stft": learn_stft, "learn_mel": learn_mel}
    x = MelSpectrogram(**front, **learn, ref="max", top_db=top_db, name="log_mel")(x)
    for layer in augmentations:
        x = layer(x)
    x, valid = UnpackMask(name="frames")(x)
    x = MaskedBatchNormalization(name="log_mel_norm")([x, valid])
    x = _pooled_clip(ROWS[row], x, valid, scores=class_names is None)
    if dropout is None:
        dropout = 0.0 if class_names is None else DROPOUT
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    x = _head(x, class_names=class_names, score_scale=score_scale, score_offset=score_offset)
    card = ModelCard(
        task="regress" if class_names is None else "classify",
        sample_rate=sample_rate,
        class_names=class_names,
        recipe=recipe,
        dtype="float32",
        name="score" if class_names is None else "probabilities",
    )
    return keras.Model([waveform, length], card(x), name=name)
