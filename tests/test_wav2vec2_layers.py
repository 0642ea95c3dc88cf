"""The layers below a Wav2Vec2 network, each against transformers or PyTorch."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, to_numpy
from tolerances import FLOAT32

from kapre_like.models.blocks.clip_rate import ClipInput
from kapre_like.models.blocks.learning_rates import GradientScale
from kapre_like.models.blocks.masked import ValidFrames
from kapre_like.models.wav2vec2.backbone.encoder_block import EncoderBlock
from kapre_like.models.wav2vec2.backbone.feature_convolution import FeatureConvolution
from kapre_like.models.wav2vec2.backbone.frame_convolutions import (
    AdapterConvolution,
    PositionalConvolution,
)
from kapre_like.models.wav2vec2.backbone.span_masking import (
    SpanMasking,
    SpanSampling,
    random_spans,
)
from kapre_like.models.wav2vec2.backbone.waveform_input import ClipNormalization
from kapre_like.models.wav2vec2.pretraining.gumbel_quantizer import GumbelQuantizer

pytestmark = pytest.mark.backends(full=True)


def noise(*shape):
    return np.random.default_rng(len(shape)).standard_normal(shape).astype("float32")


def close(got, expected, atol=FLOAT32):
    np.testing.assert_allclose(to_numpy(got), expected, rtol=0, atol=atol)


@pytest.mark.parametrize("masked", [True, False])
def test_normalisation_of_the_feature_extractor(masked):
    from transformers import Wav2Vec2FeatureExtractor

    waves = [0.1 * noise(3000) + 0.05, 2 * noise(1700, 1)[:, 0], noise(450, 1)[:, 0]]
    extractor = Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=masked)
    expected = extractor(waves, sampling_rate=16000, padding=True, return_tensors="np")
    lengths = np.array([3000, 1700, 450], "int32")
    # Zeros, as the extractor pads with, or anything where lengths count.
    x = np.full((3, 3000), np.nan if masked else 0.0, "float32")
    for row, wave in zip(x, waves, strict=True):
        row[: len(wave)] = wave
    y, length = ClipNormalization(masked=masked)([x, lengths])
    close(y, expected["input_values"])
    assert to_numpy(length).tolist() == (lengths.tolist() if masked else [3000] * 3)


def test_normalisation_fills_short_clips_and_survives_silence():
    x = np.zeros((3, 100), "float32")
    x[0] = noise(100)
    y, length = ClipNormalization(min_samples=400)([x, np.array([100, 7, 0], "int32")])
    assert y.shape == (3, 400)
    assert to_numpy(length).tolist() == [400, 400, 400]
    close(to_numpy(y)[0, :100].std(), 1.0, 1e-4)
    assert not to_numpy(y)[0, 100:].any()
    assert not to_numpy(y)[1:].any()
    empty, _ = ClipNormalization(min_samples=400)([x[:, :0], np.zeros(3, "int32")])
    assert empty.shape == (3, 400)
    layer, lengths = ClipNormalization(min_samples=40), np.array([100, 0, 30], "int32")
    weights = noise(3, 100)
    grad = gradient(
        lambda v: keras.ops.multiply(layer([v, lengths])[0], weights),
        np.zeros((3, 100), "float32"),
    )
    assert np.isfinite(grad).all()
    plain, _ = ClipNormalization(normalize=False, min_samples=40)([x + 1, lengths])
    close(plain, (x + 1) * (np.arange(100) < lengths[:, None]))


@pytest.mark.parametrize("norm", [None, "group", "layer"])
def test_feature_convolution(norm):
    import torch

    layer = FeatureConvolution(
        filters=6, kernel_size=5, strides=3, use_bias=True, norm=norm, masked=False
    )
    x, lengths = noise(2, 50, 4), np.array([50, 31], "int32")
    layer.build([x.shape, (2,)])
    for variable in layer.weights:
        variable.assign(0.5 * noise(*variable.shape) + 0.2)
    y, length = layer([x, lengths])
    weights = {v.name: torch.tensor(to_numpy(v)) for v in layer.weights}
    z = torch.nn.functional.conv1d(
        torch.tensor(x).mT, weights["kernel"].permute(2, 1, 0), weights["bias"], stride=3
    )
    if norm == "group":
        z = torch.nn.functional.group_norm(z, 6, weights["gamma"], weights["beta"])
    if norm == "layer":
        norms = (weights["gamma"], weights["beta"])
        z = torch.nn.functional.layer_norm(z.mT, (6,), *norms).mT
    close(y, torch.nn.functional.gelu(z).mT.numpy())
    assert to_numpy(length).tolist() == [16, 9]
    assert tuple(layer.compute_output_shape([x.shape, (2,)])[0]) == y.shape
    # Left to its valid frames a clip is as it is alone, with any padding.
    layer.masked = True
    x[1, 31:] = 1e3
    batch = to_numpy(layer([x, lengths])[0])
    close(batch[1:, :9], to_numpy(layer([x[1:, :31], lengths[1:]])[0]))


@pytest.mark.parametrize(("size", "before"), [(128, 64), (5, 2)])
def test_positional_convolution_of_pytorch(size, before):
    import torch

    conv = torch.nn.Conv1d(8, 8, size, padding=before, groups=2)
    conv = torch.nn.utils.parametrizations.weight_norm(conv, dim=2)
    tensors = {k: v.detach().numpy() for k, v in conv.state_dict().items()}
    layer = PositionalConvolution(kernel_size=size, groups=2)
    x = noise(2, 20, 8)
    layer.build(x.shape)
    layer.g.assign(tensors["parametrizations.weight.original0"][0, 0])
    layer.v.assign(tensors["parametrizations.weight.original1"].transpose(2, 1, 0))
    layer.bias.assign(tensors["bias"])
    with torch.no_grad():
        expected = conv(torch.tensor(x).mT)[..., :20]
        close(layer(x), torch.nn.functional.gelu(expected).mT.numpy())
    # Fresh weights begin with the norm that they were drawn with.
    fresh = PositionalConvolution(kernel_size=size, groups=2)
    fresh.build((None, None, 64))
    spread = to_numpy(fresh.kernel()).std()
    np.testing.assert_allclose(spread, 2 * (size * 64) ** -0.5, rtol=0.05)


def spans(valid, count=1, **settings):
    seed = keras.random.SeedGenerator(7)
    settings = {"probability": 0.3, "length": 4, "min_spans": 0, **settings}
    return np.stack(
        [to_numpy(random_spans(valid, seed=seed, **settings)) for _ in range(count)]
    )


def original_spans(valid, count, probability, length, least):
    import torch
    from transformers.models.wav2vec2 import modeling_wav2vec2 as source

    np.random.seed(1)  # noqa: NPY002
    mask = torch.tensor(valid.astype("int64"))
    return np.stack(
        [
            source._compute_mask_indices(valid.shape, probability, length, mask, least)
            for _ in range(count)
        ]
    )


@pytest.mark.parametrize(
    ("probability", "length", "least"), [(0.65, 10, 2), (0.05, 10, 2), (0.33, 4, 0)]
)
def test_spans_have_the_statistics_of_the_original(probability, length, least):
    valid = np.arange(60) < np.array([60, 25, 15, 9, 10])[:, None]
    expected = original_spans(valid, 400, probability, length, least)
    # For a clip too short the original hides a frame of the padding.
    expected &= valid
    # The number of spans is rounded alike in a batch, so one batch is not enough.
    got = spans(
        np.tile(valid, (8, 1)), 80, probability=probability, length=length, min_spans=least
    )
    got = got.reshape(-1, *valid.shape)
    # How much of each clip is hidden on average, and how often each frame is. The rounding
    # makes most of the deviation: half a clip hidden or not, 80 times, is 0.03 of a mean.
    np.testing.assert_allclose(got.mean(axis=(0, 2)), expected.mean(axis=(0, 2)), atol=0.05)
    np.testing.assert_allclose(got.mean(axis=0), expected.mean(axis=0), atol=0.2)
    assert not got[:, ~valid].any()
    for mask in got[:20].reshape(-1, 60):
        edges = np.flatnonzero(np.diff(np.pad(mask.astype(int), 1)))
        runs = edges[1::2] - edges[::2]
        assert (runs >= length).all()


def test_spans_round_at_random_and_their_number_is_limited():
    valid = np.ones((1, 40), bool)
    hidden = spans(valid, 10, probability=0.1, length=1).sum(axis=(1, 2))
    assert set(hidden.tolist()) == {4}
    # 4.6 spans: 5 in six draws of ten; 60 draws have a deviation of 0.06.
    hidden = spans(valid, 60, probability=0.115, length=1).sum(axis=(1, 2))
    assert set(hidden.tolist()) == {4, 5}
    assert abs(np.mean(hidden) - 4.6) < 0.2
    # No more spans than fit side by side, as in the original.
    assert spans(valid[:, :7], 20, min_spans=5).sum(axis=2).tolist() == [[4]] * 20
    assert not spans(valid[:, :3], 5, min_spans=2).any()


def test_masking_hides_by_its_vector():
    layer = SpanMasking(probability=0.5, length=3, min_spans=1)
    x, valid = noise(2, 30, 5), np.arange(30) < np.array([30, 12])[:, None]
    close(layer([x, valid]), x, 0)
    first, second = (to_numpy(layer([x, valid], training=True)) for _ in range(2))
    for y in (first, second):
        changed = (y != x).any(axis=2)
        assert changed.any(axis=1).all()
        assert not changed[~valid].any()
        assert (y[changed] == to_numpy(layer.embedding)).all()
    assert (first != second).any()
    # Given frames are hidden in inference too.
    given = np.zeros((2, 30), bool)
    given[0, [3, 8]] = True
    y = to_numpy(layer([x, valid, given]))
    assert ((y != x).any(axis=2) == given).all()


def test_masking_of_channels_and_none_at_random():
    x, valid = noise(3, 10, 40), np.ones((3, 10), bool)
    layer = SpanMasking(probability=0.0, channel_probability=0.3, channel_length=4)
    y = to_numpy(layer([x, valid], training=True))
    silent = (y == 0).all(axis=1)
    assert (silent.sum(axis=1) >= 3).all()
    assert (silent.sum(axis=1) <= 16).all()
    assert (y[~np.broadcast_to(silent[:, None], y.shape)] != 0).all()
    still = SpanMasking(probability=0.5, channel_probability=0.3, random=False)
    close(still([x, valid], training=True), x, 0)


def test_sampling_draws_anew_for_each_batch_of_a_graph_in_inference_too():
    inputs = keras.Input((None,), dtype="bool")
    model = keras.Model(inputs, SpanSampling(probability=0.5, length=3)(inputs))
    model.compile(jit_compile=BACKEND == "jax")
    valid = np.arange(30) < np.array([30, 12])[:, None]
    draws = [to_numpy(model.predict_on_batch(valid)) for _ in range(5)]
    assert len({draw.tobytes() for draw in draws}) == 5
    assert all(draw.any(axis=1).all() and not draw[~valid].any() for draw in draws)


def test_block_may_be_left_out_in_training():
    layer = EncoderBlock(heads=2, intermediate=12, layer_drop=0.4)
    x, valid = noise(2, 9, 8), np.arange(9) < np.array([9, 4])[:, None]
    always = to_numpy(layer([x, valid]))
    counts = {"passed": 0, "done": 0}
    for _ in range(40):
        y = to_numpy(layer([x, valid], training=True))
        passed = (y == x).all()
        counts["passed" if passed else "done"] += 1
        close(y, x if passed else always)
    # 16 of 40 expected, standard deviation 3.1.
    assert 3 < counts["passed"] < 29
    close(layer([x, valid]), always, 0)


@pytest.mark.parametrize("stable", [False, True])
def test_block_attends_to_valid_frames_only(stable):
    adapter = 3 if stable else None
    layer = EncoderBlock(heads=2, intermediate=12, stable=stable, adapter=adapter)
    x, valid = noise(2, 9, 8), np.arange(9) < np.array([9, 4])[:, None]
    first = to_numpy(layer([x, valid]))
    x[1, 4:] = 50.0
    second = to_numpy(layer([x, valid]))
    close(second[1, :4], first[1, :4])
    close(layer([x[1:, :4], valid[1:, :4]])[0], first[1, :4])
    again = EncoderBlock.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_attention_adapter_of_transformers():
    import torch
    from transformers import Wav2Vec2Config
    from transformers.models.wav2vec2.modeling_wav2vec2 import Wav2Vec2AttnAdapterLayer

    hf = Wav2Vec2AttnAdapterLayer(Wav2Vec2Config(hidden_size=8, adapter_attn_dim=3))
    x, valid = noise(2, 9, 8), np.ones((2, 9), bool)
    layer = EncoderBlock(heads=2, intermediate=12, stable=True, adapter=3)
    y = to_numpy(layer([x, valid]))
    tensors = {k: v.detach().numpy() for k, v in hf.state_dict().items()}
    layer.adapter_norm.set_weights([tensors["norm.weight"], tensors["norm.bias"]])
    layer.adapter_out.set_weights([np.zeros((3, 8)), np.zeros(8)])
    before = to_numpy(layer([x, valid]))
    layer.adapter_in.set_weights([tensors["linear_1.weight"].T, tensors["linear_1.bias"]])
    layer.adapter_out.set_weights([tensors["linear_2.weight"].T, tensors["linear_2.bias"]])
    with torch.no_grad():
        expected = before + hf(torch.tensor(before)).numpy()
    close(layer([x, valid]), expected)
    assert y.shape == expected.shape


def test_adapter_convolution_of_pytorch():
    import torch

    layer = AdapterConvolution(masked=False)
    x, lengths = noise(2, 21, 6), np.array([21, 10], "int32")
    y, length = layer([x, lengths])
    kernel, bias = (torch.tensor(to_numpy(w)) for w in layer.conv.weights)
    expected = torch.nn.functional.conv1d(
        torch.tensor(x).mT, kernel.permute(2, 1, 0), bias, stride=2, padding=1
    )
    close(y, torch.nn.functional.glu(expected, dim=1).mT.numpy())
    assert to_numpy(length).tolist() == [11, 5]
    layer.masked = True
    x[1, 10:] = np.nan
    batch = to_numpy(layer([x, lengths])[0])
    close(batch[1:, :5], to_numpy(layer([x[1:, :10], lengths[1:]])[0]))


def test_valid_frames():
    x, lengths = noise(3, 6, 2), np.array([6, 2, 0], "int32")
    x[1, 2:] = np.nan
    y, valid = ValidFrames()([x, lengths])
    expected = np.arange(6) < lengths[:, None]
    assert (to_numpy(valid) == expected).all()
    close(y, np.where(expected[..., None], x, 0.0), 0)


def test_gradient_scale():
    x = noise(2, 5)
    layer = GradientScale(scale=0.25)
    assert (to_numpy(layer(x)) == x).all()
    assert (to_numpy(gradient(layer, x)) == 0.25).all()


@pytest.mark.parametrize(
    ("make", "bad"),
    [
        (ClipNormalization, {"normalize": 1}),
        (ClipNormalization, {"min_samples": 0}),
        (FeatureConvolution, {"filters": 0, "kernel_size": 3, "strides": 1}),
        (FeatureConvolution, {"filters": 2, "kernel_size": 3, "strides": 1, "norm": "batch"}),
        (PositionalConvolution, {"groups": 0}),
        (SpanMasking, {"length": 0}),
        (SpanMasking, {"min_spans": -1}),
        (SpanSampling, {"probability": 0.0}),
        (EncoderBlock, {"heads": 0, "intermediate": 4}),
        (AdapterConvolution, {"strides": 0}),
        (GradientScale, {"scale": -1.0}),
    ],
)
def test_wrong_arguments(make, bad):
    with pytest.raises(ValueError, match="must be"):
        make(**bad)


@pytest.mark.parametrize(
    ("layer", "old"),
    [
        (ClipInput(max_samples=7), {"most": "max_samples"}),
        (ClipNormalization(min_samples=7), {"least": "min_samples"}),
        (
            SpanMasking(min_spans=7, min_channel_spans=5),
            {"least": "min_spans", "channel_least": "min_channel_spans"},
        ),
        (SpanSampling(min_spans=7), {"least": "min_spans"}),
        (GumbelQuantizer(min_temperature=0.7), {"least_temperature": "min_temperature"}),
    ],
)
def test_a_configuration_from_before_arguments_were_renamed_is_read(layer, old):
    config = layer.get_config()
    before = dict(config)
    for was, name in old.items():
        before[was] = before.pop(name)
    assert type(layer).from_config(before).get_config() == config
