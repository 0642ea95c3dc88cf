"""The complete Conformer: from a waveform and its length to log probabilities of tokens."""

import keras

from kapre_like import _check
from kapre_like.models.artifact.speech_frames import speech_frames
from kapre_like.models.blocks.speech import (
    SequenceMask,
    log_mel_frames,
    log_probabilities,
    strided_conv,
)
from kapre_like.models.conformer.blocks import conformer_block
from kapre_like.models.conformer.rows import ROWS

# Standard deviation, over channels, of what the blocks are given for silence.
SILENCE = 0.1


def conformer(
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
    name="conformer",
):
    """Builds a functional Conformer for CTC on raw audio, with the log-mel front end inside.

    `waveform -> normalized log-mel -> 2 convolutions with stride 2 -> dense -> blocks -> dense
    -> log-softmax`. The padding of a batch does not change the output of a clip.

    A causal network has convolutions that look to the past, attention to the last
    `left_context` frames, and a spectrogram that is normalized by averages of the training
    data. Output frame `i` depends on no sample after that of analysis frame `4 * i`, so it can
    run on a stream, in bounded memory.

    Attention of the other kind takes memory by the square of the frames, see
    `RelativeSelfAttention`: clips of more than a minute or two belong into windows.

    Args:
        row: Name in `ROWS`: `"tiny"` or `"small"`.
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
    _check.one_of("conformer", list(ROWS), row=row)
    _check.positive_int("conformer", n_tokens=n_tokens)
    _check.boolean("conformer", causal=causal)
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
    x, valid = _subsampled(x, valid, row, causal)
    mask, count = SequenceMask(name="mask")(valid)
    valid = keras.layers.Reshape((-1, 1), name="valid")(valid)
    for i in range(1, row.blocks + 1):
        x = conformer_block(x, valid, mask, row=row, causal=causal, name=f"block{i}")
    x = keras.layers.Dense(n_tokens, dtype="float32", name="logits")(x)
    return keras.Model([waveform, length], log_probabilities(x, count), name=name)


def _subsampled(x, valid, row, causal):
    """Two convolutions with stride 2 and ReLU, and a dense layer over each frame."""
    for i, stride in ((1, 2), (2, row.subsampling // 2)):
        conv = {"causal": causal, "stride": stride, "activation": "relu", "name": f"conv{i}"}
        x, valid = strided_conv(x, valid, row.convolution, **conv)
        x = keras.layers.Multiply(name=f"conv{i}_masked")([x, valid])
    x = keras.layers.Reshape((-1, x.shape[2] * x.shape[3]), name="flat")(x)
    # With biases of zero every frame of a silent clip would be zero, and each normalization
    # would multiply its gradient by 300.
    bias = keras.initializers.RandomNormal(stddev=SILENCE)
    x = keras.layers.Dense(row.channels, bias_initializer=bias, name="dense")(x)
    return keras.layers.Dropout(row.dropout, name="dense_dropout")(x), valid
