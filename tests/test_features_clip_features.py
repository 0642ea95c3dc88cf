"""`ClipFeatures`: scikit-learn's contract, and no Keras on the way."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from kapre_like.features import ClipFeatures

RATE = 8000
EXCEPTED = {
    "check_n_features_in": "a clip has any length: the number of samples is not kept",
    "check_n_features_in_after_fitting": "a clip has any length",
    "check_estimators_dtypes": "integer audio is refused, with the fix (x / 32768)",
    "check_estimators_empty_data_messages": "a clip of no samples is legal, and silent",
}


@parametrize_with_checks(
    [ClipFeatures(sample_rate=RATE, n_mels=8)],
    expected_failed_checks=lambda estimator: EXCEPTED,
)
@pytest.mark.filterwarnings("ignore:Skipping check:sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def clips(n=24, seed=0):
    """Low and high tones in noise, of different lengths."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    waves = [
        np.sin(2 * np.pi * (300 + 900 * label) * np.arange(1500 + 50 * i) / RATE)
        + 0.1 * rng.normal(size=1500 + 50 * i)
        for i, label in enumerate(labels)
    ]
    return waves, labels


def test_names_count_the_columns_and_tables_carry_them():
    waves, _ = clips(3)
    features = ClipFeatures(sample_rate=RATE)
    got = features.fit_transform(waves)
    assert got.dtype == np.float32
    assert got.shape == (3, len(features.get_feature_names_out()))
    table = features.set_output(transform="pandas").transform(waves)
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == list(features.get_feature_names_out())


def test_a_clip_is_the_same_alone_and_among_others():
    waves, _ = clips(4)
    features = ClipFeatures(sample_rate=RATE)
    together = features.transform(waves)
    for row, wave in zip(together, waves, strict=True):
        np.testing.assert_array_equal(row, features.transform([wave])[0])


def test_clone_keeps_the_arguments():
    features = ClipFeatures(sample_rate=RATE, n_mels=20, fmax=3000.0, top_db=60.0)
    assert clone(features).get_params() == features.get_params()


def test_pipeline_cross_validation_and_search():
    waves, labels = clips()
    model = make_pipeline(
        ClipFeatures(sample_rate=RATE), StandardScaler(), LogisticRegression(max_iter=500)
    )
    assert cross_val_score(model, waves, labels, cv=3).mean() == 1.0
    search = GridSearchCV(model, {"clipfeatures__n_mels": [8, 16]}, cv=2)
    assert search.fit(waves, labels).best_score_ == 1.0


@pytest.mark.parametrize("method", ["fit", "transform", "get_feature_names_out"])
def test_bad_arguments_are_named(method):
    features = ClipFeatures(n_mels=0)
    arguments = () if method == "get_feature_names_out" else ([np.zeros(10)],)
    with pytest.raises(ValueError, match="ClipFeatures: `n_mels` must be an int > 0"):
        getattr(features, method)(*arguments)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="clip 1 must be finite"):
        ClipFeatures().transform([np.zeros(10), np.array([np.nan])])


def test_neither_keras_nor_tensorflow_is_imported():
    code = (
        "import sys, numpy as np\n"
        "from kapre_like.features import ClipFeatures, feature_table, band_center_hz\n"
        "import kapre_like.audio.decode, kapre_like.audio.manifest, kapre_like.audio.scan\n"
        "ClipFeatures().fit_transform([np.zeros(800)])\n"
        "heavy = {'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_one_vector_needs_no_scikit_learn():
    code = (
        "import sys, numpy as np\n"
        "from kapre_like.features.settings import resolve\n"
        "from kapre_like.features.vector import clip_vector\n"
        "clip_vector(np.zeros(800), resolve())\n"
        "heavy = {'sklearn', 'pandas', 'scipy.signal', 'keras'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
