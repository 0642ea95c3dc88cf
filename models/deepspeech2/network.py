"""The complete DeepSpeech2: from a waveform and its length to log probabilities of tokens."""

import keras

from kapre_like import _check
from kapre_like.models.artifact.speech_frames import speech_frames
from kapre_like.models.blocks.causal import TimePadding
from kapre_like.models.blocks.recurrent import FasterGRU
from kapre_like.models.blocks.speech import (
    FrequencyNormalization,
    SequenceMask,
    log_mel_frames,
    log_probabilities,
    strided_conv,
)
from kapre_like.models.deepspeech2.rows import ROWS


def deepspeech2(
    row="tiny",
    *,
    n_tokens,
    sample_rate=16000,
    n_fft=None,
    win_length=None,
    hop_length=None,
    n_mels=None,
    fmin=20.0,
    fmax=None,
    top_db=80.0,
    learn_stft=None,
    learn_mel=None,
    dropout=None,
    causal=False,
    augmentations=(),
    seed=0,
    name="deepspeech2",
):
    """Builds a functional DeepSpeech2 on raw audio, with the log-mel front end inside.

    `waveform -> normalized log-mel -> 3x3 convolutions with stride 2 -> residual blocks ->
    dense -> bidirectional GRUs -> two dense layers -> log-softmax`. The padding of a batch does
    not change the output of a clip.

    A causal network has convolutions that look to the past, GRUs of one direction, and a
    spectrogram that is normalized by averages of the training data. Output frame `i` depends on
    no sample after that of analysis frame `subsampling * i`, so it can run on a stream.

    Args:
        row: Name in `ROWS`: `"tiny"`, `"small"` or `"published"`.
        n_tokens: Int > 1, size of the vocabulary; token 0 is the blank.
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, samples; `None` is the first power of two that holds a window.
        win_length: Int > 0, samples; `None` is 25 ms.
        hop_length: Int > 0, samples between analysis frames; `None` is 10 ms.
        n_mels: Int > 0, mel bands; `None` is the row's.
        fmin: Float >= 0, Hz.
        fmax: Float, Hz; `None` means half of `sample_rate`.
        top_db: Float > 0, dB kept below the clip's peak; not used if causal.
        learn_stft: As in `MelSpectrogram`.
        learn_mel: As in `MelSpectrogram`.
        dropout: Float in [0, 1); `None` is the row's.
        causal: Whether no output depends on later frames.
        augmentations: Layers of `kapre_like.augment` for the log-mel spectrogram in decibels.
        seed: Int or `None`, for the initial weights and the dropout.
        name: Name of the model.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` float32 in [-1, 1] and `length
        (batch,)` int32; output float32 log probabilities `(batch, frames, n_tokens)`, see
        `output_frames`. Frames past a clip's end have 0 for the blank and -1e9 for the others.

    Raises:
        ValueError: If an argument is out of its domain.

    Source: `rows.py`.
    """
    _check.one_of("deepspeech2", list(ROWS), row=row)
    _check.positive_int("deepspeech2", n_tokens=n_tokens)
    _check.boolean("deepspeech2", causal=causal)
    frames = speech_frames(
        sample_rate, n_fft=n_fft, win_length=win_length, hop_length=hop_length
    )
    row = ROWS[row]
    row = row if dropout is None else row._replace(dropout=dropout)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x, valid = log_mel_frames(
        waveform,
        length,
        frames=frames,
        causal=causal,
        top_db=top_db,
        augmentations=augmentations,
        learn={"learn_stft": learn_stft, "learn_mel": learn_mel},
        n_mels=row.n_mels if n_mels is None else n_mels,
        fmin=fmin,
        fmax=fmax,
    )
    x, valid = _convolutions(x, valid, row, causal)
    mask, count = SequenceMask(name="mask")(valid)
    x = _recurrent(x, mask, row, causal)
    x = keras.layers.Dense(row.units, "gelu", name="hidden")(x)
    x = keras.layers.Dropout(row.dropout, name="hidden_dropout")(x)
    x = keras.layers.Dense(n_tokens, dtype="float32", name="logits")(x)
    return keras.Model([waveform, length], log_probabilities(x, count), name=name)


def _convolutions(x, valid, row, causal):
    """Convolutions with stride 2, residual blocks, and a dense layer over each frame."""
    for i, stride in enumerate(row.strides, start=1):
        if i > 1:
            x = keras.layers.Activation("gelu", name=f"conv{i - 1}_gelu")(x)
            x = keras.layers.Multiply(name=f"conv{i - 1}_masked")([x, valid])
        conv = {"causal": causal, "stride": stride, "name": f"conv{i}"}
        x, valid = strided_conv(x, valid, row.channels, **conv)
    for i in range(1, row.blocks + 1):
        y = x
        for part in ("a", "b"):
            y = _normalized_conv(y, valid, row, causal, name=f"block{i}{part}")
        x = keras.layers.Add(name=f"block{i}")([x, y])
    x = keras.layers.Reshape((-1, x.shape[2] * x.shape[3]), name="flat")(x)
    return keras.layers.Dense(row.units, name="dense")(x), valid


def _normalized_conv(x, valid, row, causal, *, name):
    """Layer normalization over frequency, GELU, dropout, and a 3x3 convolution.

    Padded frames become zero before the convolution, as beyond the end of a clip alone.
    """
    x = FrequencyNormalization(name=f"{name}_norm")(x)
    x = keras.layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = keras.layers.Dropout(row.dropout, name=f"{name}_dropout")(x)
    x = keras.layers.Multiply(name=f"{name}_masked")([x, valid])
    before, after = (2, 0) if causal else (1, 1)
    x = TimePadding(before=before, after=after, freqs=1, name=f"{name}_padding")(x)
    return keras.layers.Conv2D(row.channels, 3, name=f"{name}_conv")(x)


def _recurrent(x, mask, row, causal):
    """Recurrent layers, each behind layer normalization and GELU."""
    for i in range(1, row.layers + 1):
        x = keras.layers.LayerNormalization(epsilon=1e-5, name=f"gru{i}_norm")(x)
        x = keras.layers.Activation("gelu", name=f"gru{i}_gelu")(x)
        gru = FasterGRU(row.units, return_sequences=True, name=f"gru{i}")
        if not causal:
            gru = keras.layers.Bidirectional(gru, name=f"gru{i}")
        x = gru(x, mask=mask)
        x = keras.layers.Dropout(row.dropout, name=f"gru{i}_dropout")(x)
    return x
