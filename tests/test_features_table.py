"""`feature_table`: files to rows, in order, with any number of workers."""

import numpy as np
import pytest
import soundfile

from kapre_like.audio import read, read_dataset
from kapre_like.features import ClipFeatures, feature_table

RATE = 8000


@pytest.fixture
def table(tmp_path):
    for i in range(9):
        wave = np.random.default_rng(i).uniform(-0.5, 0.5, 1000 + 500 * i)
        soundfile.write(tmp_path / f"{i}.flac", wave, RATE)
    rows = [f"{i}.flac,{i % 2}" for i in range(9)]
    (tmp_path / "m.csv").write_text("path,label\n" + "\n".join(rows) + "\n", "utf-8")
    return read_dataset(tmp_path / "m.csv")


def test_rows_are_those_of_clip_features_in_order(table):
    features = ClipFeatures(sample_rate=RATE, n_mels=20)
    got, columns = feature_table(table, features)
    waves = [read(path, sample_rate=RATE) for path in table["path"]]
    np.testing.assert_array_equal(got, features.transform(waves))
    assert columns == list(features.get_feature_names_out())
    same, _ = feature_table(table, {"sample_rate": RATE, "n_mels": 20}, workers=1)
    np.testing.assert_array_equal(got, same)


def test_parts_and_crops_are_what_is_described(table):
    part = table[-1:].assign(start_s=0.1, end_s=0.4)
    got, columns = feature_table(part, {"sample_rate": RATE})
    assert got[0, columns.index("duration_s")] == pytest.approx(0.3)
    got, _ = feature_table(table, {"sample_rate": RATE}, seconds=0.125)
    np.testing.assert_allclose(got[:, columns.index("duration_s")], 0.125)


def test_no_rows_make_an_empty_table(table):
    got, columns = feature_table(table[:0])
    assert got.shape == (0, len(columns))


def test_a_bad_file_is_named(table):
    with pytest.raises(ValueError, match=r"nowhere\.wav: no such file"):
        feature_table(table.assign(path="nowhere.wav"))
