"""Normalization over pitch classes: `librosa.util.normalize`, and silence."""

import numpy as np
import pytest
from backend_tools import gradient, to_numpy
from keras import ops
from tolerances import FLOAT32

from kapre_like.ops.normalization import normalize

pytestmark = pytest.mark.backends(full=True)

X = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0], [1e-25, 2e-25, 3e-25]], "float32")


@pytest.mark.parametrize("norm", ["max", 1, 2, None])
def test_frames_have_norm_one_and_silence_stays(norm):
    librosa = pytest.importorskip("librosa")
    wide = np.inf if norm == "max" else norm
    expected = librosa.util.normalize(X.astype("float64"), norm=wide, axis=-1)
    np.testing.assert_allclose(
        to_numpy(normalize(ops.convert_to_tensor(X), norm=norm)), expected, rtol=FLOAT32
    )


@pytest.mark.parametrize("norm", ["max", 1, 2, None])
def test_gradients_are_finite_on_silence(norm):
    assert np.isfinite(gradient(lambda x: normalize(x, norm=norm), X)).all()
