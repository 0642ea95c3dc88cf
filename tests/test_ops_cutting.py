"""`cut` is a slice, with its gradient, where sizes are known and where they are not."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, to_numpy

from kapre_like.ops.sizes import cut

pytestmark = pytest.mark.backends(full=True)

X = np.arange(2 * 3 * 5, dtype="float32").reshape(2, 3, 5)


@pytest.mark.parametrize(
    ("axis", "start", "size"), [(0, 1, 1), (1, 0, 2), (2, 2, 3), (2, 5, 0)]
)
def test_it_is_the_slice_and_its_gradient_is_one_inside(axis, start, size):
    where = (slice(None),) * axis + (slice(start, start + size),)
    got = cut(keras.ops.convert_to_tensor(X), axis=axis, start=start, size=size)
    np.testing.assert_array_equal(to_numpy(got), X[where])
    inside = np.zeros_like(X)
    inside[where] = 1.0
    slope = gradient(lambda x: cut(x, axis=axis, start=start, size=size), X)
    np.testing.assert_array_equal(slope, inside)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="graphs of unknown sizes")
def test_a_graph_keeps_static_sizes():
    import tensorflow as tf

    seen = []

    @tf.function(input_signature=[tf.TensorSpec((2, None, 5))])
    def shorter(x):
        seen.append(cut(x, axis=1, start=1, size=tf.shape(x)[1] - 1))
        return seen[-1]

    np.testing.assert_array_equal(shorter(X), X[:, 1:])
    assert seen[-1].shape == (2, None, 5)
