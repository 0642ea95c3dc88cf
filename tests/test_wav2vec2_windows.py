"""Long audio in overlapping windows: every frame once, from the nearest window."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from tolerances import FLOAT32_LONG, FLOAT32_SHORT
from wav2vec2_twins import TINY, assert_close, clips, parameter_gradients

from kapre_like.models.wav2vec2 import Wav2Vec2Config, frame_count, wav2vec2
from kapre_like.models.wav2vec2.backbone.windows import WindowJoin, WindowSplit

pytestmark = pytest.mark.backends(full=True)
CONFIG = Wav2Vec2Config(**TINY)
# 24 frames, of which neighbors share 10.
WINDOWS = {"max_seconds": 0.5, "overlap_seconds": 0.2}
LENGTHS = np.array([30000, 8000, 0, 13000, 8400], "int32")


def by_hand(x, count, size, overlap):
    """Which window each frame is of, its place there, and the windows themselves."""
    step = size - overlap
    starts = [0]
    while starts[-1] + size < count:
        starts.append(min(starts[-1] + step, count - size))
    middles = np.array(starts) + (size - 1) / 2
    nearest = [int(np.argmin(np.abs(middles - t))) for t in range(count)]
    return starts, nearest, [x[s : s + size] for s in starts]


@pytest.mark.parametrize(("size", "overlap"), [(6, 2), (6, 0), (5, 4), (1, 0)])
def test_windows_are_those_by_hand(size, overlap):
    rng = np.random.default_rng(0)
    longest = 20
    counts = [20, 6, 7, 10, 11, 1, 0, 19]
    x = rng.standard_normal((len(counts), longest, 3)).astype("float32")
    valid = np.arange(longest) < np.array(counts)[:, None]
    split, join = (
        WindowSplit(size=size, overlap=overlap),
        WindowJoin(size=size, overlap=overlap),
    )
    windows, heard = (to_numpy(y) for y in split([x, valid]))
    per_clip = windows.shape[0] // len(counts)
    # A frame's own window is written into it, so that the join can be read.
    marks = np.arange(len(windows), dtype="float32")[:, None, None] % per_clip
    joined = to_numpy(join([windows, x, valid]))
    chosen = to_numpy(join([marks + 0 * windows, x, valid]))[..., 0]
    for i, count in enumerate(counts):
        np.testing.assert_array_equal(joined[i, :count], x[i, :count])
        starts, nearest, parts = by_hand(x[i], count, size, overlap)
        assert len(starts) <= per_clip
        for k, part in enumerate(parts):
            got = windows[i * per_clip + k]
            np.testing.assert_array_equal(got[: len(part)], part)
            assert heard[i * per_clip + k].sum() == min(count - starts[k], size)
        center = np.array(starts) + (size - 1) / 2
        t = np.arange(count)
        # Of two middles equally near, either.
        away = np.abs(center[chosen[i, :count].astype(int)] - t)
        np.testing.assert_allclose(away, np.abs(center[nearest] - t))
    assert to_numpy(join([windows, x, valid])).shape == x.shape


@pytest.mark.slow
def test_short_clips_are_what_they_are_without_windows_and_long_ones_have_all_frames():
    plain, windowed = (wav2vec2(CONFIG, output="all", seed=0, **w) for w in ({}, WINDOWS))
    windowed.set_weights(plain.get_weights())
    for samples in (399, 7999, 8000, 8079):
        x, n = clips([samples]), np.array([samples], "int32")
        for name, y in plain([x, n]).items():
            np.testing.assert_allclose(
                to_numpy(windowed([x, n])[name]), to_numpy(y), rtol=0, atol=FLOAT32_SHORT
            )
    for samples in (8080, 8400, 12880, 13200, 17359, 17360):
        y = windowed([clips([samples]), np.array([samples], "int32")])
        assert y["last"].shape[1] == frame_count(samples) == y["hidden_1"].shape[1]


def test_blocks_that_look_at_one_frame_only_give_the_same_in_windows():
    plain, windowed = (wav2vec2(CONFIG, output="all", seed=0, **w) for w in ({}, WINDOWS))
    for i in range(2):
        # What attention brings from other frames is nothing: only its bias is left.
        out = plain.get_layer(f"block_{i}").attention.out_proj
        out.kernel.assign(0 * out.kernel)
    windowed.set_weights(plain.get_weights())
    inputs = [clips(LENGTHS, fill=np.nan), LENGTHS]
    y = windowed(inputs)
    for name, expected in plain(inputs).items():
        for i, length in enumerate(LENGTHS):
            count = frame_count(int(length))
            assert_close(y[name][i, :count], to_numpy(expected)[i, :count], 1e-5)


def test_longer_windows_come_nearer_to_the_whole():
    plain = wav2vec2(CONFIG, seed=0)
    inputs = [clips([48000]), np.array([48000], "int32")]
    expected = to_numpy(plain(inputs))
    errors = []
    for seconds in (0.25, 1.0, 2.5):
        model = wav2vec2(CONFIG, seed=0, max_seconds=seconds)
        model.set_weights(plain.get_weights())
        errors.append(np.sqrt(np.mean((to_numpy(model(inputs)) - expected) ** 2)))
    assert errors[0] > 1.5 * errors[1] > 2 * errors[2]
    assert errors[2] < 0.1


@pytest.mark.parametrize("head", [None, "ctc", "frames", "classify"])
def test_a_clip_in_a_batch_is_itself_alone(head):
    labels = 3 if head in ("frames", "classify") else None
    model = wav2vec2(CONFIG, head, labels=labels, seed=0, **WINDOWS)
    batch = to_numpy(model([clips(LENGTHS, fill=np.nan), LENGTHS]))
    waveform = clips(LENGTHS)
    for i in (2, 3, 4):
        length = LENGTHS[i]
        alone = to_numpy(model([waveform[i : i + 1, :length], LENGTHS[i : i + 1]]))[0]
        own = batch[i] if head == "classify" else batch[i, : len(alone)]
        np.testing.assert_allclose(own, alone, rtol=0, atol=2e-5)


def test_huggingface_padding_in_windows():
    # Lengths do not count there: the batch is one clip of its own length for every row.
    values = {"padding": "huggingface", "normalize": False}
    plain, windowed = (wav2vec2(CONFIG, seed=0, **values, **w) for w in ({}, WINDOWS))
    windowed.set_weights(plain.get_weights())
    lengths = np.array([7900, 5000], "int32")
    x = clips(lengths)
    assert_close(windowed([x, lengths]), to_numpy(plain([x, lengths])), 1e-6)
    long = np.array([20000, 5000], "int32")
    assert windowed([clips(long), long]).shape == (2, frame_count(20000), 32)


def test_saved_and_trained(tmp_path):
    lengths = np.array([13000, 9000], "int32")
    inputs = [clips(lengths), lengths]
    config = Wav2Vec2Config(**{**TINY, "mask_time_prob": 0.0})
    model = wav2vec2(config, "ctc", seed=0, feature_encoder="logmel", **WINDOWS)
    expected = to_numpy(model(inputs))
    model.save(tmp_path / "m.keras")
    assert_close(keras.models.load_model(tmp_path / "m.keras")(inputs), expected, 1e-6)
    grad = parameter_gradients(model, inputs, lambda y: keras.ops.sum(y[:, ::5, :4] ** 2))
    assert all(np.isfinite(value).all() for value in grad.values())
    assert len(grad) == len(model.trainable_variables)
    if BACKEND == "tensorflow":
        again = wav2vec2(
            config, "ctc", seed=0, feature_encoder="logmel", gradient_checkpointing=True,
            **WINDOWS,
        )  # fmt: skip
        other = parameter_gradients(again, inputs, lambda y: keras.ops.sum(y[:, ::5, :4] ** 2))
        for one, two in zip(grad.values(), other.values(), strict=True):
            np.testing.assert_allclose(
                one, two, rtol=0, atol=FLOAT32_LONG * max(1, np.abs(one).max())
            )


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"max_seconds": 0}, "max_seconds"),
        ({"max_seconds": "long"}, "max_seconds"),
        ({"max_seconds": float("nan")}, "max_seconds"),
        ({"max_seconds": 1.0, "overlap_seconds": 1.0}, "overlap_seconds"),
        ({"max_seconds": 1.0, "overlap_seconds": -0.1}, "overlap_seconds"),
        ({"overlap_seconds": 0.1}, "overlap_seconds"),
    ],
    ids=["zero", "word", "nan", "as long", "negative", "without windows"],
)
def test_wrong_windows(arguments, name):
    with pytest.raises(ValueError, match=f"wav2vec2: `{name}` must be"):
        wav2vec2(CONFIG, **arguments)
