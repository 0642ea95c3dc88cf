"""Front ends in the place of Wav2Vec2's convolutions: frames, times, heads, files, learning."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from wav2vec2_twins import TINY, assert_close, clips

import kapre_like
from kapre_like.models.wav2vec2 import (
    Wav2Vec2Config,
    enable_lora,
    frame_count,
    frame_labels,
    frame_seconds,
    from_huggingface,
    to_huggingface,
    wav2vec2,
    wav2vec2_for_pretraining,
)
from kapre_like.models.wav2vec2.backbone.front_ends import frame_clock, logmel

pytestmark = pytest.mark.backends(full=True)
CONFIG = Wav2Vec2Config(**TINY)
LENGTHS = np.array([5000, 3700, 399, 0], "int32")
SMALL = {"n_fft": 256, "hop_length": 320, "n_mels": 20}


def chain(*layers):
    return kapre_like.Chain(layers=list(layers))


def half_rate():
    resample = kapre_like.Resample(orig_sr=16000, target_sr=8000, quality="fast")
    mel = kapre_like.MelSpectrogram(sample_rate=8000, n_fft=256, hop_length=160, n_mels=20)
    return chain(resample, mel)


def energies():
    return kapre_like.MelSpectrogram(**SMALL, decibel=False)


# A front end, seconds from frame to frame, and when the first frame's middle is.
FRONT_ENDS = {
    "logmel": (lambda: "logmel", 0.02, 0.0125),
    "learned": (lambda: kapre_like.MelSpectrogram(**SMALL, learn_mel="matrix"), 0.02, 0.0),
    "pcen": (lambda: chain(energies(), kapre_like.PCEN(hop_length=320)), 0.02, 0.0),
    "kaldi": (lambda: kapre_like.presets.kaldi(n_mels=40), 0.01, 0.0125),
    "whisper": (lambda: kapre_like.presets.whisper(seconds=None), 0.01, 0.0),
    "half rate": (half_rate, 0.02, 0.0),
    "fixed": (lambda: chain(energies(), kapre_like.FitLength(length=7)), 0.02, 0.0),
}


@pytest.mark.parametrize("kind", FRONT_ENDS)
def test_a_clip_in_a_batch_is_itself_alone_and_its_frames_are_counted(kind):
    make, seconds, first = FRONT_ENDS[kind]
    model = wav2vec2(CONFIG, output="all", feature_encoder=make(), seed=0)
    batch = {
        name: to_numpy(y) for name, y in model([clips(LENGTHS, fill=np.nan), LENGTHS]).items()
    }
    waveform = clips(LENGTHS)
    for i in (1, 3):
        length = int(LENGTHS[i])
        alone = model([waveform[i : i + 1, :length], LENGTHS[i : i + 1]])
        for name, y in alone.items():
            y = to_numpy(y)[0]
            assert len(y) == frame_count(length, model)
            np.testing.assert_allclose(batch[name][i, : len(y)], y, rtol=0, atol=2e-5)
    assert frame_seconds(model) == pytest.approx(seconds)
    front_end = model.get_layer("feature_encoder").front_end
    # To half a sample: a filter of odd length has its middle on one.
    assert frame_clock(front_end)[1] / 16000 == pytest.approx(first, abs=0.5 / 16000)


def measured_clock(chain):
    """Step and first middle from the numbers of samples that give 2 and 1026 frames."""

    def min_samples(frames):
        low, high = 0, 1 << 24
        while high - low > 1:
            middle = (low + high) // 2
            enough = chain.compute_output_shape((1, middle, 1))[1] >= frames
            low, high = (low, middle) if enough else (middle, high)
        return high

    second, later = min_samples(2), min_samples(1026)
    step = (later - second) / 1024
    return step, (second - step) / 2


@pytest.mark.parametrize(
    "layers",
    [
        [kapre_like.MelSpectrogram(**SMALL)],
        [kapre_like.presets.kaldi(n_mels=40)],
        [kapre_like.Pad(before=100, after=100), kapre_like.MelSpectrogram(**SMALL)],
        [
            kapre_like.MelSpectrogram(**SMALL, center=False),
            kapre_like.FrequencyAwareConv2D(filters=2, kernel_size=3, strides=2),
        ],
        [kapre_like.GaborFrontEnd(n_filters=4), kapre_like.Delta()],
    ],
)
def test_the_clock_is_the_one_that_counts_of_frames_show(layers):
    assert frame_clock(chain(*layers)) == measured_clock(chain(*layers))


class EverySecondFrame(keras.layers.Layer):
    """A layer that nobody can know the positions of."""

    def call(self, inputs):
        return inputs[:, ::2]

    def compute_output_shape(self, input_shape):
        batch, frames, *rest = input_shape
        return (batch, (frames + 1) // 2, *rest)


def test_padding_of_more_than_a_step_moves_the_first_frame():
    padded = chain(kapre_like.Pad(before=1000), kapre_like.MelSpectrogram(**SMALL))
    assert frame_clock(padded) == (320.0, -1000.0)


def test_a_layer_that_hides_its_frames_is_named():
    with pytest.raises(ValueError, match="EverySecondFrame changes the number of frames"):
        frame_clock(chain(energies(), EverySecondFrame()))


def test_log_mel_has_the_frames_of_the_convolutions():
    light, raw = (wav2vec2(CONFIG, feature_encoder=name, seed=0) for name in ("logmel", None))
    for samples in (0, 399, 400, 719, 720, 16000, 100_001):
        assert frame_count(samples, light) == frame_count(samples, raw) == frame_count(samples)
    segments = [(0.1, 0.2, 1), (0.5, 2.0, 2)]
    np.testing.assert_array_equal(
        frame_labels(segments, 16000, light), frame_labels(segments, 16000)
    )


def test_features_are_of_mean_0_and_variance_1_whatever_the_loudness():
    model = wav2vec2(CONFIG, output="all", feature_encoder="logmel", normalize=False, seed=0)
    x, length = clips([5000]), np.array([5000], "int32")
    y = to_numpy(model([x, length])["features"])
    assert y.shape == (1, 15, 80)
    assert abs(y.mean()) < 1e-5
    assert y.std() == pytest.approx(1, abs=1e-3)
    # 40 dB less is one number less everywhere.
    assert_close(model([x * 0.01, length])["features"], y)
    silence = model([0 * x, length])
    assert not to_numpy(silence["features"]).any()
    assert np.isfinite(to_numpy(silence["last"])).all()
    # What 80 dB under the peak is: the spectrum of the layer itself.
    mel = to_numpy(logmel()(x[..., None]))[..., 0]
    assert_close(y, (mel - mel.mean()) / mel.std())


@pytest.mark.parametrize("head", ["classify", "regress", "frames", "xvector", "ctc"])
def test_every_head(head):
    labels = 3 if head in ("classify", "frames", "xvector") else None
    model = wav2vec2(CONFIG, head, labels=labels, feature_encoder=energies(), seed=0)
    lengths = np.array([9000, 7000], "int32")
    y = to_numpy(model([clips(lengths, fill=9.0), lengths]))
    alone = to_numpy(model([clips(lengths)[1:, :7000], lengths[1:]]))
    own = y[1:, : alone.shape[1]] if head in ("frames", "ctc") else y[1:]
    np.testing.assert_allclose(own, alone, rtol=0, atol=2e-5)
    if head == "ctc":
        assert (y[1, frame_count(7000, model) :, 0] == 0).all()


@pytest.mark.usefixtures("eagerly")
def test_pretraining_learns_and_a_learned_front_end_with_it():
    values = {**TINY, "num_codevectors_per_group": 8, "codevector_dim": 16, "num_negatives": 5}
    front_end = kapre_like.MelSpectrogram(**SMALL, learn_mel="bands")
    model = wav2vec2_for_pretraining(
        Wav2Vec2Config(**values), feature_encoder=front_end, mask_length=3, seed=0
    )
    lengths = np.array([9000, 6801], "int32")
    x = [clips(lengths, fill=9.0), lengths]
    bands = model.get_layer("feature_encoder").trainable_variables
    before = [to_numpy(value) for value in bands]
    model.compile(keras.optimizers.SGD(1.0), jit_compile=BACKEND == "jax")
    history = model.fit(x, batch_size=2, epochs=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert len(before) == 2
    for old, new in zip(before, bands, strict=True):
        assert np.isfinite(to_numpy(new)).all()
        assert (to_numpy(new) != old).any()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_files_clones_additions_and_integers(tmp_path):
    model = wav2vec2(CONFIG, feature_encoder=FRONT_ENDS["learned"][0](), seed=0)
    inputs = [clips(LENGTHS), LENGTHS]
    expected = to_numpy(model(inputs))
    model.save(tmp_path / "m.keras")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    loaded = keras.models.load_model(tmp_path / "m.keras")
    for other in (clone, loaded):
        assert_close(other(inputs), expected, 1e-5)
        assert frame_seconds(other) == 0.02
    with pytest.raises(ValueError, match="transformers has no network with a front end"):
        to_huggingface(model, tmp_path / "folder")
    with pytest.raises(ValueError, match="`feature_encoder` must be None"):
        from_huggingface(tmp_path, feature_encoder="logmel")
    assert enable_lora(loaded, 4) == 4
    assert_close(loaded(inputs), expected, 1e-5)
    if BACKEND == "tensorflow":
        model.quantize("int8")
        assert_close(model(inputs), expected, 0.1)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision(policy):
    before = keras.config.dtype_policy()
    full = wav2vec2(CONFIG, feature_encoder="logmel", seed=0)
    keras.config.set_dtype_policy(policy)
    try:
        half = wav2vec2(CONFIG, feature_encoder="logmel", seed=0)
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(full.get_weights())
    lengths = np.array([5000, 0], "int32")
    inputs = [clips(lengths), lengths]
    assert_close(keras.ops.cast(half(inputs), "float32")[0], to_numpy(full(inputs))[0], 0.05)


def wrong():
    """Name, front end, and message."""
    mel = kapre_like.MelSpectrogram
    yield "name", "mel", "must be None"
    yield "number", -1, "must be None"
    yield "class", mel, "must be None"
    yield "rate", mel(sample_rate=8000, n_fft=256), "must be a front end for 16000 Hz"
    yield (
        "rate behind resampling",
        chain(kapre_like.Resample(orig_sr=16000, target_sr=8000), mel(n_fft=256)),
        "MelSpectrogram has sample_rate=16000. Set sample_rate=8000",
    )
    yield "waveform to waveform", kapre_like.Pad(before=3), r"It returns \(None, None, 1\)"
    yield "complex", kapre_like.STFT(n_fft=256), "complex64"
    yield "spectrogram", kapre_like.PCEN(), "must be None"
    yield "another's layer", keras.layers.Dense(3), "Use a layer of"
    yield (
        "mask lost",
        chain(mel(n_fft=256), keras.layers.Conv2D(3, 3, strides=2)),
        "frames and a mask of",
    )


@pytest.mark.parametrize(
    ("value", "message"), [pytest.param(*case, id=name) for name, *case in wrong()]
)
def test_wrong_front_ends(value, message):
    with pytest.raises(ValueError, match=message):
        wav2vec2(CONFIG, feature_encoder=value)
