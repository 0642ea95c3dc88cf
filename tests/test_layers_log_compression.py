"""`LogCompression`: the formulas of known models."""

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.layers.log_compression import LogCompression

pytestmark = pytest.mark.backends(full=True)

ENERGY = (10 ** np.random.default_rng(0).uniform(-12, 4, (3, 5, 4, 2))).astype("float32")
KALDI = float(np.finfo("float32").eps)
# Of one model each: arguments and the same in NumPy.
FORMULAS = {
    "vggish": ({"offset": 0.01}, lambda x: np.log(x + 0.01)),
    "yamnet": ({"offset": 0.001}, lambda x: np.log(x + 0.001)),
    "kaldi": ({"offset": 0.0, "floor": KALDI}, lambda x: np.log(np.maximum(x, KALDI))),
    "whisper": (
        {"offset": 0.0, "floor": 1e-10, "base": 10.0},
        lambda x: np.log10(np.maximum(x, 1e-10)),
    ),
    "music": ({"scale": 100.0}, lambda x: np.log1p(100 * x)),
    "bits": ({"scale": 0.5, "offset": 2, "base": 2}, lambda x: np.log2(x / 2 + 2)),
}


@pytest.mark.parametrize("model", FORMULAS)
def test_it_is_the_formula(model):
    arguments, formula = FORMULAS[model]
    got = to_numpy(LogCompression(**arguments)(ENERGY))
    # float32 rounding of numbers up to 23.
    np.testing.assert_allclose(
        got, formula(ENERGY.astype("float64")), rtol=FLOAT32_SHORT, atol=2e-6
    )


@pytest.mark.parametrize("model", FORMULAS)
def test_what_is_not_positive_stays_finite(model):
    got = to_numpy(LogCompression(**FORMULAS[model][0])(-ENERGY))
    assert np.isfinite(got).all()


@pytest.mark.parametrize(
    "bad",
    [{"scale": 0}, {"offset": -1}, {"floor": 0.0}, {"base": 1}, {"base": "10"}, {"base": []}],
)
def test_bad_argument_is_named_in_the_error(bad):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"LogCompression: `{name}` must be .* Received: "):
        LogCompression(**bad)


def test_bad_use_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"`floor` must be a number > 0 if offset=0"):
        LogCompression(offset=0)
    with pytest.raises(ValueError, match="floating point"):
        LogCompression()(np.ones((1, 2), "int32"))
