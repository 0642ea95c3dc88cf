"""Few channels in bfloat16 are convolved in float32 on TensorFlow, where networks meet them."""

import keras
import numpy as np
import pytest
from keras import ops

from kapre_like.layers import FrequencyAwareConv2D
from kapre_like.models.vgg import vgg
from kapre_like.models.wav2vec2.backbone.frame_convolutions import PositionalConvolution
from kapre_like.ops.convolution import conv, conv_dtype

pytestmark = pytest.mark.backends(full=True)
WIDER = "float32" if keras.backend.backend() == "tensorflow" else "bfloat16"


@pytest.fixture
def convolved(monkeypatch):
    """The dtypes of all that `ops.conv` is given."""
    seen, real = [], ops.conv

    def spy(x, kernel, **kwargs):
        seen.extend(keras.backend.standardize_dtype(t.dtype) for t in (x, kernel))
        return real(x, kernel, **kwargs)

    monkeypatch.setattr(ops, "conv", spy)
    return seen


@pytest.mark.parametrize(
    ("dtype", "channels", "expected"),
    [
        ("bfloat16", 8, WIDER),
        ("bfloat16", 15, WIDER),
        ("bfloat16", 16, "bfloat16"),
        ("float16", 8, "float16"),
        ("float32", 8, "float32"),
        ("float64", 8, "float64"),
    ],
)
def test_only_bfloat16_with_few_channels_is_widened(dtype, channels, expected):
    assert conv_dtype(dtype, channels=channels) == expected


@pytest.mark.parametrize(("inside", "outside"), [(8, 32), (32, 8)])
def test_a_convolution_is_widened_by_its_fewest_channels_and_gives_what_it_got(
    inside, outside, convolved
):
    x = ops.ones((1, 6, inside), "bfloat16")
    y = conv(x, kernel=ops.ones((3, inside, outside), "bfloat16"), padding="valid")
    assert set(convolved) == {WIDER}
    assert keras.backend.standardize_dtype(y.dtype) == "bfloat16"
    assert (np.asarray(ops.convert_to_numpy(ops.cast(y, "float32"))) == 3 * inside).all()


@pytest.mark.parametrize(("channels", "dtype"), [(32, WIDER), (64, "bfloat16")])
def test_the_positional_convolution_is_guarded_by_the_channels_of_a_group(
    channels, dtype, convolved
):
    layer = PositionalConvolution(kernel_size=4, groups=4, dtype="mixed_bfloat16")
    y = layer(np.ones((1, 9, channels), "float32"))
    assert set(convolved) == {dtype}
    assert keras.backend.standardize_dtype(y.dtype) == "bfloat16"


def test_the_frequency_aware_convolution_is_guarded(convolved):
    layer = FrequencyAwareConv2D(filters=32, kernel_size=3, dtype="mixed_bfloat16")
    layer(np.ones((1, 9, 8, 1), "float32"))
    assert set(convolved) == {WIDER}


def test_vgg_convolves_few_channels_in_float32_and_many_in_the_policy():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = vgg("small", class_names=["no", "yes"])
    finally:
        keras.config.set_dtype_policy(before)
    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    few = [min(layer.input.shape[-1], layer.filters) < 16 for layer in layers]
    assert any(few)
    assert not all(few)
    for layer, widened in zip(layers, few, strict=True):
        assert layer.compute_dtype == (WIDER if widened else "bfloat16"), layer.name
