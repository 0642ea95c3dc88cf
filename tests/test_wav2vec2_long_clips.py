"""Long recordings are processed in windows, whose frames have the times of the whole clip."""

import itertools

import keras
import numpy as np
import pytest
from test_wav2vec2_predict import CARD, small
from tolerances import FLOAT32, FLOAT32_SHORT

import kapre_like
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.text.stitching import joined_frames
from kapre_like.models.wav2vec2 import Wav2Vec2Config, wav2vec2
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock
from kapre_like.models.wav2vec2.family import long_clips
from kapre_like.models.wav2vec2.family.answering import CheckpointModel, in_windows
from kapre_like.models.wav2vec2.family.long_clips import windows_of

CLOCK = FrameClock.of(Wav2Vec2Config())


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100])
@pytest.mark.parametrize("adapter", [False, True])
def test_the_frames_of_all_windows_are_those_of_the_clip(rate, adapter):
    """Each frame once, in order, and each window small."""
    clock = FrameClock.of(Wav2Vec2Config(add_adapter=adapter), sample_rate=rate)
    for samples in (31 * rate, 36 * rate + 17, 60 * rate - 1, 480 * rate + 333):
        windows = windows_of(samples, clock)
        assert len(windows) > 1
        assert windows[0].start == 0
        assert windows[-1].end == samples
        step = clock.seconds * rate
        rows = []
        for window in windows:
            assert window.end - window.start <= 20.5 * rate
            assert window.start % step == pytest.approx(0, abs=1e-6) or (
                window.start % step == pytest.approx(step, abs=1e-6)
            )
            first = round(window.start / step)
            rows.append(first + np.arange(clock.count(window.end - window.start)))
        joined = joined_frames([row[:, None] for row in rows], windows)[:, 0]
        np.testing.assert_array_equal(joined, np.arange(len(joined)))
        # Where resampling rounds, the last frame may be one of padding.
        assert abs(len(joined) - clock.count(samples)) <= (rate not in (8000, 16000))


def test_a_frame_comes_from_the_window_whose_middle_is_nearest():
    windows = windows_of(100 * 16000, CLOCK)
    for before, after in itertools.pairwise(windows):
        seen_before = before.end - (after.start + 320 * after.first)
        seen_after = 320 * after.first
        assert abs(seen_before - seen_after) <= 320
        assert seen_after >= 1.9 * 16000


class _BatchSize(keras.layers.Layer):
    """Returns, for each clip, its length and the number of clips that it was run with."""

    def call(self, inputs):
        waveform, length = inputs
        rows = keras.ops.zeros_like(length) + keras.ops.shape(waveform)[0]
        return keras.ops.stack([length, rows], axis=1)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs[0].shape[0], 2), dtype="int32")


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        (None, [7] * 7),
        (15_000, [3] * 6 + [1]),
        (14_999, [2] * 6 + [1]),
        (4_000, [1] * 7),
    ],
)
def test_a_large_batch_is_run_in_parts(most, sizes):
    """The memory of a forward pass is that of its largest part."""
    ends = [keras.Input((None,)), keras.Input((), dtype="int32")]
    run = compiled(keras.Model(ends, _BatchSize()(ends)), max_samples=most)
    found = run(np.zeros((7, 5000), "float32"), np.arange(7, dtype="int32"))
    np.testing.assert_array_equal(found, np.stack([np.arange(7), sizes], axis=1))
    assert run(np.zeros((0, 5000), "float32"), np.zeros(0, "int32")).shape == (0, 2)


def test_an_opened_network_runs_no_more_than_a_window_at_once():
    x = np.random.default_rng(0).normal(0, 0.1, (5, 16000 * 12)).astype("float32")
    length = np.full(5, x.shape[1], "int32")
    model = small("ctc", card=CARD)
    np.testing.assert_allclose(
        in_windows(model)(x, length), compiled(model)(x, length), atol=FLOAT32
    )


def test_a_clip_of_half_a_minute_is_processed_whole():
    assert len(windows_of(30 * 16000, CLOCK)) == 1
    assert len(windows_of(30 * 16000 + 1, CLOCK)) == 2
    cut = FrameClock.of(Wav2Vec2Config(), max_samples=10 * 16000)
    (window,) = windows_of(600 * 16000, cut)
    assert window.end == 10 * 16000


@pytest.fixture
def short(monkeypatch):
    """Windows of a second, so that clips of seconds are long."""
    for name, seconds in (("LONG", 1.5), ("WINDOW", 1.0), ("OVERLAP", 0.4)):
        monkeypatch.setattr(long_clips, f"{name}_SECONDS", seconds)


def most_samples(opened):
    """Runs the network as before, and keeps the longest clip that it was given."""
    seen, run = [], opened._run

    def watched(waveform, length):
        seen.append(waveform.shape[1])
        return run(waveform, length)

    opened._run = watched
    return seen


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("head", ["ctc", "frames"])
@pytest.mark.parametrize("padding", ["exact", "huggingface"])
def test_no_window_is_longer_than_it_may_be_and_frames_are_as_many(head, padding):
    labels = ["a", "b"] if head == "frames" else None
    card = CARD if head == "ctc" else None
    opened = CheckpointModel(small(head, labels=labels, card=card, padding=padding), "x")
    seen = most_samples(opened)
    rng = np.random.default_rng(0)
    waveforms = [rng.standard_normal(n).astype("float32") for n in (16000 * 5, 9000)]
    rows = opened._outputs(waveforms)
    assert max(seen) <= 16000
    assert [len(row) for row in rows] == [CLOCK.count(80000), CLOCK.count(9000)]
    assert len(opened.answers(waveforms)) == 2


@pytest.mark.usefixtures("short")
def test_frames_of_windows_are_nearly_those_of_the_whole_clip():
    """Where nothing reaches a frame from afar, a window gives what the whole clip gives."""
    config = Wav2Vec2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer",
    )  # fmt: skip
    model = wav2vec2(config, "frames", labels=["a", "b"], seed=0, normalize=False)
    attention = model.get_layer("block_0").attention
    # Without attention nothing reaches a frame from further than a window's overlap.
    attention.out_proj.kernel.assign(keras.ops.zeros_like(attention.out_proj.kernel))
    opened = CheckpointModel(model, "x")
    x = np.random.default_rng(0).standard_normal(16000 * 4).astype("float32")
    whole = opened._run(x[None], np.array([len(x)], "int32"))[0]
    (joined,) = opened._outputs([x])
    np.testing.assert_allclose(joined, np.asarray(whole), atol=FLOAT32)


@pytest.mark.usefixtures("short")
def test_a_classifier_averages_its_windows():
    opened = CheckpointModel(small("classify", labels=["a", "b"]), "x")
    seen = most_samples(opened)
    x = np.random.default_rng(0).standard_normal(16000 * 3).astype("float32")
    (row,) = opened.predict([x])
    windows = windows_of(len(x), CLOCK)
    assert len(windows) > 2
    assert max(seen) <= 16000
    alone = opened.predict([x[w.start : w.end] for w in windows])
    weights = [w.end - w.start for w in windows]
    np.testing.assert_allclose(
        row, np.average(alone, axis=0, weights=weights), atol=FLOAT32_SHORT
    )


def test_a_checkpoint_predicts_files_and_arrays_of_any_rate(tmp_path):
    """A file and an array, of any rate and width, in one call."""
    import soundfile

    from kapre_like.models.wav2vec2 import to_huggingface

    to_huggingface(small("ctc", card=CARD), tmp_path / "checkpoint")
    x = np.random.default_rng(0).normal(0, 0.1, (16000, 2)).astype("float32")
    soundfile.write(tmp_path / "a.wav", x, 16000, subtype="FLOAT")
    predictor = kapre_like.load_predictor(tmp_path / "checkpoint")
    one, other = predictor([tmp_path / "a.wav", x])
    assert one["path"] == str(tmp_path / "a.wav")
    assert (one["text"], one["words"]) == (other["text"], other["words"])
    named = predictor({"raw": x.mean(axis=1), "sampling_rate": 16000})
    assert named[0]["text"] == one["text"]
    small("ctc", card=CARD).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="load_predictor: `options` must be none for a"):
        kapre_like.load_predictor(tmp_path / "m.keras", target_lang="fra")
