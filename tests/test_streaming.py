"""`Streaming`: chunks of any size give the frames of the whole clip."""

import itertools

import keras
import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import noise
from tolerances import FLOAT32, FLOAT32_LONG

import kapre_like
from kapre_like.layers import (
    LFCC,
    MFCC,
    PCEN,
    STFT,
    ApplyFilterbank,
    Cepstrum,
    Chain,
    Delta,
    FitLength,
    FrontEndNormalization,
    GaborFrontEnd,
    KaldiFbank,
    MelSpectrogram,
    Pad,
    Power,
    PowerToDecibel,
    PreEmphasis,
    Resample,
    SincFrontEnd,
)

pytestmark = pytest.mark.backends

STFT_SIZES = {"n_fft": 64, "hop_length": 24}
MEL = {**STFT_SIZES, "sample_rate": 8000, "n_mels": 8, "top_db": None}
BANDS = {"sample_rate": 8000, "n_filters": 3, "hop_length": 24, "fmax": 3500.0}
FRONT_ENDS = {
    "stft": lambda: [STFT(**STFT_SIZES)],
    "mfcc": lambda: [MFCC(**STFT_SIZES, sample_rate=8000, n_mels=8, n_mfcc=4, top_db=None)],
    "kaldi": lambda: [KaldiFbank(sample_rate=8000, win_length=64, hop_length=24, n_mels=8)],
    "lfcc": lambda: [LFCC(**STFT_SIZES, sample_rate=8000, n_bands=8, n_lfcc=4, top_db=None)],
    "emphasis": lambda: [PreEmphasis(), STFT(**STFT_SIZES)],
    "emphasis_extrapolated": lambda: [PreEmphasis(start="extrapolate"), STFT(**STFT_SIZES)],
    "padded": lambda: [Pad(before=20, after=9), STFT(**STFT_SIZES, center=False)],
    "mirrored": lambda: [
        Pad(before=20, after=33, mode="reflect"),
        STFT(**STFT_SIZES, center=False),
    ],
    "cut": lambda: [FitLength(length=300), STFT(**STFT_SIZES), Power(), FitLength(length=9)],
    "resampled": lambda: [
        Resample(orig_sr=12000, target_sr=8000, lowpass_filter_width=6),
        STFT(**STFT_SIZES),
    ],
    # A period too long for one matrix.
    "resampled_in_chunks": lambda: [
        Resample(orig_sr=2003, target_sr=1999, quality="fast"),
        STFT(**STFT_SIZES),
    ],
    "same_rate": lambda: [Resample(), STFT(**STFT_SIZES)],
    "gabor": lambda: [GaborFrontEnd(**BANDS, win_length=101)],
    "gabor_linear": lambda: [
        GaborFrontEnd(**BANDS, win_length=101, compression=None, learn=None),
        Delta(win_length=3),
    ],
    "sinc": lambda: [SincFrontEnd(**BANDS, win_length=51, pool_length=101), Delta()],
    "sinc_linear": lambda: [
        SincFrontEnd(**BANDS, win_length=51, pool_length=101, compression=None)
    ],
    "sinc_outputs": lambda: [
        SincFrontEnd(**BANDS, win_length=51, pooling=None, compression=None)
    ],
    "pcen_after_delta": lambda: [
        Chain(layers=[MelSpectrogram(**{**MEL, "decibel": False}), Delta()]),
        PCEN(sample_rate=8000, hop_length=24, start="first"),
    ],
    "stft_reflect": lambda: [STFT(**STFT_SIZES, pad_mode="reflect", output="real_imag")],
    "stft_uncentered_odd": lambda: [STFT(n_fft=65, hop_length=24, center=False)],
    "stft_gaps": lambda: [STFT(n_fft=16, hop_length=40, center=False)],
    "stft_learned": lambda: [STFT(**STFT_SIZES, learn="kernels")],
    "mel": lambda: [MelSpectrogram(**MEL)],
    "mel_linear": lambda: [MelSpectrogram(**{**MEL, "decibel": False, "top_db": 80.0})],
    "chain": lambda: [
        STFT(**STFT_SIZES, output="real_imag"),
        Power(),
        ApplyFilterbank(sample_rate=8000, n_mels=8),
        PowerToDecibel(top_db=None),
    ],
    "complex": lambda: [STFT(**STFT_SIZES), Power()],
    "pcen": lambda: [
        MelSpectrogram(**{**MEL, "decibel": False}),
        PCEN(sample_rate=8000, hop_length=24),
    ],
    "delta": lambda: [MelSpectrogram(**MEL), Delta(win_length=5)],
    "delta_interp": lambda: [
        MelSpectrogram(**MEL),
        Delta(win_length=9, order=2, mode="interp"),
    ],
    "cepstra": lambda: [
        MelSpectrogram(**MEL),
        FrontEndNormalization(mode="dataset", mean=-30.0, variance=100.0),
        Cepstrum(n_cepstra=4),
        Delta(),
    ],
    "deltas": lambda: [MelSpectrogram(**MEL), Delta(mode="reflect"), Delta(mode="constant")],
}


def cuts(samples, sizes, seed=0):
    """Chunk borders: sizes drawn at random, an empty chunk among them."""
    rng, at = np.random.default_rng(seed), 0
    borders = [0, 0]
    while at < samples:
        at = min(samples, at + int(rng.integers(*sizes)))
        borders.append(at)
    return borders


def streamed(stream, x, borders):
    """The frames of one clip, after which the stream is ready for the next."""
    parts = [stream.push(x[:, a:b]) for a, b in itertools.pairwise(borders)]
    parts.append(stream.finish())
    stream.reset()
    return np.concatenate(parts, axis=1)


# What the others have too, in other arguments: JAX takes seconds for each.
ALIKE = (
    "gabor_linear", "sinc", "sinc_linear", "sinc_outputs", "pcen_after_delta", "delta_interp",
    "deltas", "cepstra", "resampled_in_chunks", "mel_linear", "stft_uncentered_odd",
)  # fmt: skip
ONCE = [
    pytest.param(name, marks=pytest.mark.backends(full=True)) if name in ALIKE else name
    for name in FRONT_ENDS
]


@pytest.mark.parametrize("name", ONCE)
def test_chunks_give_the_frames_of_the_whole_clip(name):
    layers = FRONT_ENDS[name]()
    model = keras.Sequential(layers)
    model.build((2, None, 2))  # nothing may be made inside a program of JAX
    whole, stream = quick(model), kapre_like.Streaming(layers)
    for samples, sizes in [(1, 9), (20, 9), (33, 9), (65, 9), (700, 9), (700, 300)]:
        x = noise(2, samples, 2)
        expected = to_numpy(whole(x))
        got = streamed(stream, x, cuts(samples, (1 if sizes < 10 else 100, sizes)))
        assert got.shape == expected.shape
        # Decibels, or linear values relative to their peak.
        scale = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(got, expected, atol=FLOAT32 * scale, rtol=0)


def test_a_clip_without_samples_gives_its_one_frame():
    stream = kapre_like.Streaming(MelSpectrogram(**MEL))
    empty = np.zeros((1, 0, 1), "float32")
    assert stream.push(empty).shape == (1, 0, 8, 1)
    np.testing.assert_array_equal(stream.finish(), to_numpy(MelSpectrogram(**MEL)(empty)))


def test_a_frame_comes_as_soon_as_its_samples_are_there():
    stream = kapre_like.Streaming([STFT(**STFT_SIZES)])
    x = noise(1, 200, 1)
    counts = [stream.push(x[:, n : n + 1]).shape[1] for n in range(200)]
    # Frame t has its last sample at 24 t + 31.
    assert np.nonzero(counts)[0].tolist() == list(range(31, 200, 24))


def test_reset_begins_another_clip_with_the_weights_of_then():
    layer = STFT(**STFT_SIZES, learn="window", output="real_imag")
    stream = kapre_like.Streaming(layer)
    x = noise(1, 100, 1)
    stream.push(x)
    layer.set_weights([2 * layer.get_weights()[0]])
    stream.reset()
    got = np.concatenate([stream.push(x), stream.finish()], axis=1)
    np.testing.assert_allclose(got, to_numpy(layer(x)), atol=FLOAT32)


def test_filters_are_those_of_when_the_clip_began():
    layer = GaborFrontEnd(**{**BANDS, "n_filters": 8}, win_length=201, compression=None)
    x = noise(1, 400, 1)
    before = to_numpy(layer(x))
    stream = kapre_like.Streaming(layer)
    parts = [stream.push(x[:, :200])]
    # So short that their outputs have to be taken at every sample: by the direct method.
    layer.width_weight.assign(0.3 * layer.width_weight)
    assert [layer.stream_filters()[0], layer.method] == [True, "decimated"]
    parts += [stream.push(x[:, 200:]), stream.finish()]
    np.testing.assert_allclose(np.concatenate(parts, 1), before, atol=FLOAT32 * before.max())
    stream.reset()
    after = to_numpy(layer(x))
    got = streamed(stream, x, [0, 200, 400])
    np.testing.assert_allclose(got, after, atol=FLOAT32 * after.max())


def test_a_finished_clip_takes_no_more_chunks():
    stream = kapre_like.Streaming(STFT(**STFT_SIZES))
    with pytest.raises(ValueError, match=r"Call push\(chunk\) first"):
        stream.finish()
    stream.push(noise(1, 10, 1))
    stream.finish()
    with pytest.raises(ValueError, match=r"Call reset\(\)"):
        stream.push(noise(1, 10, 1))
    with pytest.raises(ValueError, match="no clip to finish"):
        stream.finish()


@pytest.mark.parametrize(
    ("front_end", "words"),
    [
        (MelSpectrogram(n_fft=64), "top_db=80.0. Use a number as ref and top_db=None"),
        (MelSpectrogram(n_fft=64, top_db=None, ref="max"), "ref='max'"),
        ([STFT(), PowerToDecibel(ref="max", top_db=None)], "ref='max'"),
        ([STFT(), FrontEndNormalization()], "mode='clip'. Use mode='dataset'"),
        (Power(), "STFT, .*MelSpectrogram.* as the first layer. Received: Power"),
        ([STFT(), STFT()], "as a later layer. Received: STFT"),
        (keras.layers.Dense(1), "Received: Dense"),
        ([], "a front-end layer, a list"),
        ("mel", "a front-end layer, a list"),
    ],
)
def test_what_cannot_stream_is_refused_with_the_reason(front_end, words):
    with pytest.raises(ValueError, match=f"Streaming: .*{words}"):
        kapre_like.Streaming(front_end)


class Derived(MelSpectrogram):
    """A class of a user that does not declare how it streams."""


class Declared(MelSpectrogram):
    """A class of a user that streams as its parent does."""

    stream_stage = MelSpectrogram.stream_stage


def test_a_derived_class_streams_only_if_it_declares_so():
    arguments = {"n_fft": 64, "n_mels": 8, "top_db": None}
    with pytest.raises(ValueError, match=r"as the first layer. Received: Derived"):
        kapre_like.Streaming(Derived(**arguments))
    x = noise(1, 500, 1)
    got = streamed(kapre_like.Streaming(Declared(**arguments)), x, [0, 200, 500])
    np.testing.assert_allclose(got, to_numpy(Declared(**arguments)(x)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "chunk", [np.zeros((1, 4, 1), "int16"), np.zeros(4), np.zeros((1, 4, 0)), "x", None]
)
def test_a_wrong_chunk_is_named_in_the_error(chunk):
    with pytest.raises(ValueError, match="Streaming: `chunk` must be"):
        kapre_like.Streaming(STFT()).push(chunk)


def test_batch_and_channels_stay_the_same():
    stream = kapre_like.Streaming(STFT())
    stream.push(noise(1, 10, 1))
    with pytest.raises(ValueError, match="a chunk of 1 clips with 1 channels"):
        stream.push(noise(2, 10, 1))


@pytest.mark.filterwarnings("ignore:.*bands contain no FFT bin")
@pytest.mark.parametrize(
    "name", ["ast", "kaldi", "librosa", "panns", "torchaudio", "vggish", "yamnet"]
)
def test_presets_that_do_not_look_at_the_whole_clip_stream(name):
    front_end, x = getattr(kapre_like.presets, name)(), noise(1, 5000, 1)
    expected = to_numpy(front_end(x))
    got = streamed(kapre_like.Streaming(front_end), x, [0, 2000, 5000])
    assert got.shape == expected.shape
    # Energies reach 1e3 where they are not compressed.
    np.testing.assert_allclose(got, expected, rtol=FLOAT32_LONG, atol=FLOAT32_LONG)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wav2vec2", "FrontEndNormalization must not depend on the whole clip.*mode='clip'"),
        ("whisper", "MelSpectrogram must not depend on the clip's peak.*top_db=80.0"),
    ],
)
def test_presets_that_look_at_the_whole_clip_are_refused_with_the_reason(name, words):
    with pytest.raises(ValueError, match=f"Streaming: {words}"):
        kapre_like.Streaming(getattr(kapre_like.presets, name)())
