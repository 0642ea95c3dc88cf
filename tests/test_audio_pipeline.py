"""`audio.pipeline`: batches that depend on (seed, epoch) alone, padded, cropped, in order."""

import numpy as np
import pytest
import soundfile
import tensorflow as tf
from tolerances import FLOAT32_STEP

from kapre_like.audio import Pipeline, dataset, read_dataset

RATE = 8000
N = 23


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Clip i has 0.1 + 0.02 i seconds and rises slowly from i: samples determine places."""
    folder = tmp_path_factory.mktemp("clips")
    rows = []
    for i in range(N):
        samples = (i + np.linspace(0, 0.9, 800 + 160 * i)) / 32
        soundfile.write(folder / f"{i}.wav", samples, RATE, subtype="FLOAT")
        rows.append(f"{i}.wav,{'ab'[i % 2]},{i}")
    (folder / "m.csv").write_text("path,label,score\n" + "\n".join(rows) + "\n", "utf-8")
    return read_dataset(folder / "m.csv")


def make(table, **settings):
    return Pipeline(
        table, **{"sample_rate": RATE, "batch_size": 5, "class_names": ["a", "b"], **settings}
    )


def collect(batches):
    return [(w.numpy(), n.numpy(), y.numpy()) for (w, n), y in batches]


def clip_of(batch):
    """Returns the number of each row's clip, from its first sample."""
    return np.floor(batch[0][:, 0] * 32 + 1e-3).astype(int).tolist()


def order_of(batches):
    return [i for batch in collect(batches) for i in clip_of(batch)]


def test_without_shuffle_the_table_order_padded_to_the_longest(table):
    batches = collect(make(table).epoch(0))
    assert [len(batch[1]) for batch in batches] == [5, 5, 5, 5, 3]
    assert [i for batch in batches for i in clip_of(batch)] == list(range(N))
    for waveform, length, label in batches:
        assert (waveform.dtype, length.dtype, label.dtype) == ("float32", "int32", "int32")
        assert waveform.shape[1] == length.max()
        for row, n in zip(waveform, length, strict=True):
            assert (row[n:] == 0).all()
    lengths = np.concatenate([batch[1] for batch in batches])
    np.testing.assert_array_equal(lengths, 800 + 160 * np.arange(N))
    np.testing.assert_array_equal(np.concatenate([b[2] for b in batches]), np.arange(N) % 2)


@pytest.mark.parametrize("bucket", [False, True])
def test_an_epoch_depends_on_seed_and_number_alone(table, bucket):
    settings = {"shuffle": True, "bucket": bucket, "seconds": 0.2, "seed": 3}
    through = make(table, **settings)
    epochs = [collect(through.epoch(k)) for k in range(3)]
    resumed = collect(make(table, **settings).epoch(2))
    for ours, theirs in zip(epochs[2], resumed, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
    orders = [order_of(through.epoch(k)) for k in range(3)]
    assert orders[0] != orders[1] != orders[2]
    assert all(sorted(order) == list(range(N)) for order in orders)
    assert order_of(make(table, **{**settings, "seed": 4}).epoch(0)) != orders[0]


def test_shuffling_crops_at_random_and_else_in_the_middle(table):
    def first_sample_of_the_last_clip(pipeline, k):
        for waveform, _, _ in collect(pipeline.epoch(k)):
            for row, i in zip(waveform, clip_of((waveform,)), strict=True):
                assert waveform.shape[1] == 800
                if i == N - 1:
                    return row[0]

    random = make(table, shuffle=True, seconds=0.1)
    assert len({first_sample_of_the_last_clip(random, k) for k in range(4)}) == 4
    middle = first_sample_of_the_last_clip(make(table, seconds=0.1), 0)
    n = 800 + 160 * (N - 1)
    expected = (N - 1 + 0.9 * ((n - 800) // 2) / (n - 1)) / 32
    assert middle == pytest.approx(expected, abs=1e-6)


def test_batches_can_be_as_long_as_their_longest_crop(table):
    settings = {"seconds": 0.2, "pad_to_seconds": False}
    for waveform, length, _ in collect(make(table, **settings).epoch(0)):
        assert waveform.shape[1] == length.max() <= 0.2 * RATE


def test_shorter_clips_are_padded_to_the_seconds(table):
    waveform, length, _ = collect(make(table, seconds=1.0).epoch(0))[0]
    assert waveform.shape == (5, RATE)
    assert length.tolist() == [800, 960, 1120, 1280, 1440]


def test_buckets_cut_the_padding(table):
    def padded(bucket):
        pipeline = make(table, shuffle=True, bucket=bucket)
        batches = collect(pipeline.epoch(0))
        assert len(batches[-1][1]) == N % 5
        return sum(w.size - n.sum() for w, n, _ in batches)

    assert padded(True) < padded(False) / 2


def test_widths_are_a_multiple_of_the_argument(table):
    widths = {w.shape[1] for w, _, _ in collect(make(table, pad_multiple=1000).epoch(0))}
    assert widths == {2000, 3000, 4000, 5000}


def test_one_trace_serves_every_width(table):
    traces = []

    @tf.function
    def step(waveform, length):
        traces.append(waveform.shape)
        return tf.reduce_sum(waveform) + tf.cast(tf.reduce_sum(length), tf.float32)

    pipeline = make(table, shuffle=True)
    spec = pipeline.epoch(0).element_spec
    assert spec[0][0].shape.as_list() == [None, None]
    step = step.get_concrete_function(*spec[0])
    for k in range(2):
        for (waveform, length), _ in pipeline.epoch(k):
            step(waveform, length)
    assert len(traces) == 1


def test_files_are_decoded_once_and_shared_by_epochs(table, monkeypatch):
    import kapre_like.audio.pipeline as module

    calls = []

    def counted(path, **settings):
        calls.append(path)
        return real(path, **settings)

    real = module.read_row
    monkeypatch.setattr(module, "read_row", counted)
    pipeline = make(table, shuffle=True)
    for k in range(3):
        collect(pipeline.epoch(k))
    assert len(calls) == N
    collect(make(table, cache=False).epoch(0))
    collect(make(table, cache=False).epoch(1))
    assert len(calls) == 3 * N


def test_counts_and_remainder(table):
    assert make(table).n_batches == int(make(table).epoch(0).cardinality()) == 5
    whole = make(table, drop_remainder=True)
    assert whole.n_batches == len(collect(whole.epoch(0))) == 4
    assert whole.epoch(0).element_spec[1].shape.as_list() == [5]


def test_regression_labels_are_floats(table):
    scores = table.assign(label=np.arange(N) / 10)
    label = next(iter(dataset(scores, sample_rate=RATE, batch_size=4)))[1]
    assert label.dtype == tf.float32
    np.testing.assert_allclose(label, [0, 0.1, 0.2, 0.3], atol=FLOAT32_STEP)


def test_parts_of_files_are_clips_of_their_own(table):
    parts = table[-1:].assign(start_s=0.1, end_s=0.2)
    (waveform, length), _ = next(iter(make(parts).epoch(0)))
    assert waveform.shape == (1, 800)
    assert int(length[0]) == 800


def test_a_bad_file_ends_the_epoch_with_its_name(table):
    broken = table[:3].assign(path=["/nowhere/x.wav"] * 3)
    with pytest.raises(tf.errors.OpError, match=r"/nowhere/x\.wav: no such file"):
        collect(make(broken).epoch(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, r"`batch_size` must be an int > 0"),
        ({"seed": -1}, r"`seed` must be an int >= 0"),
        ({"pad_to_seconds": 1}, r"`pad_to_seconds` must be"),
        ({"seconds": 0.0}, r"`seconds` must be a number > 0"),
        ({"shuffle": 1}, r"`shuffle` must be True or False"),
        ({"class_names": ["a"]}, r"`class_names` must be a list that contains 'b'"),
    ],
)
def test_bad_arguments_are_named(table, settings, message):
    with pytest.raises(ValueError, match=message):
        make(table, **settings)


def test_an_empty_table_is_refused(table):
    with pytest.raises(ValueError, match="has no rows"):
        make(table[:0])


def test_tf_data_does_not_tune_itself(table):
    # An iterator that ends waits for the tuning thread, up to as long as the epoch took.
    data = make(table).epoch(0)
    assert data.options().autotune.enabled is False
