"""The VGG network whole: from a waveform and its length to probabilities or a score."""

import keras

from kapre_like import _check
from kapre_like.layers import LengthMask, MelSpectrogram
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.blocks import MaskedBatchNormalization, MaskedMean, UnpackMask
from kapre_like.models.vgg.backbone import vgg_backbone
from kapre_like.models.vgg.front_end import DEFAULT
from kapre_like.models.vgg.receptive import receptive_field, warn_if_shorter
from kapre_like.models.vgg.rows import ROWS


def _head(x, *, class_names, score_scale, score_offset):
    """Probabilities `(batch, classes)`, or scores `(batch,)` in the labels' own unit."""
    # float32 under every policy: a softmax in half precision does not add up to 1.
    if class_names is not None:
        outputs = len(class_names)
        return keras.layers.Dense(outputs, "softmax", dtype="float32", name="classes")(x)
    x = keras.layers.Dense(1, dtype="float32", name="dense")(x)
    x = keras.layers.Rescaling(score_scale, score_offset, dtype="float32", name="unit")(x)
    return keras.layers.Reshape((), dtype="float32", name="squeeze")(x)


def vgg(
    row="small",
    *,
    class_names=None,
    sample_rate=DEFAULT.sample_rate,
    n_fft=DEFAULT.n_fft,
    win_length=DEFAULT.win_length,
    hop_length=DEFAULT.hop_length,
    n_mels=DEFAULT.n_mels,
    fmin=DEFAULT.fmin,
    fmax=DEFAULT.fmax,
    top_db=DEFAULT.top_db,
    learn_stft=None,
    learn_mel=None,
    dropout=None,
    score_scale=1.0,
    score_offset=0.0,
    pattern_ms=None,
    recipe=None,
    seed=None,
    name="vgg",
):
    """Builds a functional VGG on raw audio, with the log-mel front end inside.

    `waveform -> log-mel (dB below the clip's own peak) -> 3x3 stages -> mean over valid
    frames -> dropout -> dense`. A clip's answer does not depend on the padding of its batch.

    Args:
        row: Name in `ROWS`: `"tiny"`, `"small"`, `"vgg11"` or `"vgg16"`.
        class_names: List of strings for classification; `None` builds a regressor.
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, samples.
        win_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames.
        n_mels: Int > 0, mel bands.
        fmin: Float >= 0, Hz.
        fmax: Float, Hz; `None` means half of `sample_rate`.
        top_db: Float > 0, dB kept below the clip's peak.
        learn_stft: As in `MelSpectrogram`.
        learn_mel: As in `MelSpectrogram`.
        dropout: Float in [0, 1), before the dense layer. `None` is 0.3 for classes and 0 for
            a score: its noise adds to a score, while a softmax only grows less sure.
        score_scale: Float > 0. A regressor's output is `dense * score_scale + score_offset`:
            give the labels' standard deviation and mean.
        score_offset: Float, see `score_scale`.
        pattern_ms: Float, the longest pattern that must be seen whole, in milliseconds;
            building warns if the receptive field is shorter. `None` asks nothing.
        recipe: Dict of JSON values for `kapre_like.metadata`.
        seed: Int or `None`, for the initial weights and the dropout.
        name: Name of the model.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` float32 in [-1, 1] and `length
        (batch,)` int32; output `(batch, classes)` probabilities or `(batch,)` scores.

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
        "mel_scale": DEFAULT.mel_scale,
    }
    warn_if_shorter(row, receptive_field(row, **front), pattern_ms, **front)
    if seed is not None:
        keras.utils.set_random_seed(seed)

    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = LengthMask(name="samples")([waveform, length])
    learn = {"learn_stft": learn_stft, "learn_mel": learn_mel}
    x = MelSpectrogram(**front, **learn, ref="max", top_db=top_db, name="log_mel")(x)
    x, valid = UnpackMask(name="frames")(x)
    x = MaskedBatchNormalization(name="log_mel_norm")([x, valid])
    x, valid = vgg_backbone(x, valid, stages=ROWS[row])
    x = MaskedMean(name="mean")([x, valid])
    if dropout is None:
        dropout = 0.0 if class_names is None else 0.3
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
