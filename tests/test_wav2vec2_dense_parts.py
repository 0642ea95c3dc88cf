"""Low-rank additions and int8 in the Dense layers inside the blocks: kept through a file."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32_SHORT
from wav2vec2_twins import LENGTHS, STABLE, TINY, clips

from kapre_like.models.wav2vec2.backbone.dense_parts import enable_lora
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.heads.network import wav2vec2

pytestmark = pytest.mark.backends(full=True)

INPUTS = [clips(), LENGTHS]
CLASSES = np.array([2, 0, 1])


def network(**values):
    # Spans are hidden in training: without them their vector has no gradient, and TensorFlow
    # warns of that.
    config = Wav2Vec2Config(**{**TINY, "apply_spec_augment": True, **values})
    return wav2vec2(config, "classify", labels=3, seed=0)


def dense(model):
    return [x for x in model._flatten_layers() if isinstance(x, keras.layers.Dense)]


def run(model):
    return to_numpy(model(INPUTS, training=False))


def step(model, rate=0.05):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss, jit_compile=False)
    return float(model.train_on_batch(INPUTS, CLASSES))


def saved(model, tmp_path):
    model.save(tmp_path / "m.keras")
    return keras.models.load_model(tmp_path / "m.keras")


@pytest.mark.usefixtures("eagerly")
def test_every_dense_layer_takes_a_low_rank_addition_and_keeps_it(tmp_path):
    model = network(**STABLE, adapter_attn_dim=8)
    before = run(model)
    # As a user of Keras does it, without the helper: 3 around, 8 in each of 2 blocks.
    for layer in dense(model):
        layer.enable_lora(8)
    assert len(dense(model)) == 3 + 2 * 8
    np.testing.assert_array_equal(run(model), before)
    kernels = [to_numpy(layer._kernel) for layer in dense(model)]
    for _ in range(2):
        step(model)
    for layer, kernel in zip(dense(model), kernels, strict=True):
        np.testing.assert_array_equal(to_numpy(layer._kernel), kernel)
        assert to_numpy(layer.lora_kernel_b).any(), layer.path
    after = run(model)
    assert np.abs(after - before).max() > 1e-3
    loaded = saved(model, tmp_path)
    # Kernel plus addition is what was computed, and what was saved.
    np.testing.assert_allclose(run(loaded), after, atol=FLOAT32_SHORT)
    assert [x.lora_rank for x in dense(loaded)] == [8] * 19


@pytest.mark.usefixtures("eagerly")
def test_the_helper_takes_queries_and_values_and_starts_again_after_loading(tmp_path):
    model = network()
    assert enable_lora(model, 4) == 4
    assert {x.name for x in dense(model) if x.lora_enabled} == {"q_proj", "v_proj"}
    step(model)
    with pytest.raises(ValueError, match=r"^enable_lora: `parts` must be layers without"):
        enable_lora(model, 4)
    loaded = saved(model, tmp_path)
    with pytest.raises(ValueError, match=r"^enable_lora: `rank` must be 4"):
        enable_lora(loaded, 8)
    before = run(loaded)
    assert enable_lora(loaded, 4) == 4
    np.testing.assert_array_equal(run(loaded), before)
    step(loaded)
    learned = [to_numpy(x.lora_kernel_b).any() for x in dense(loaded) if x.lora_enabled]
    assert learned == [True] * 4


def test_the_helper_names_what_it_does_not_find():
    model = network()
    with pytest.raises(ValueError, match=r"^enable_lora: `parts` must be some of \['class"):
        enable_lora(model, 4, parts=("query",))
    with pytest.raises(ValueError, match=r"^enable_lora: `rank` must be an int > 0"):
        enable_lora(model, 0)
    assert enable_lora(model, 2, parts=None) == 3 + 2 * 6


# Keras warns of every layer without an int8 form. Only Dense layers are quantized here.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method:UserWarning")
def test_int8_stays_near_and_is_kept(tmp_path):
    model = network()
    before = run(model)
    model.quantize("int8")
    assert {x.dtype_policy.name for x in dense(model)} == {"int8_from_float32"}
    after = run(model)
    # 8 bits per factor: a share of 1/254 of the largest value each, through 15 products.
    assert 0 < np.abs(after - before).max() < 0.1 * np.abs(before).max()
    loaded = saved(model, tmp_path)
    np.testing.assert_array_equal(run(loaded), after)
    assert all("int8" in str(x._kernel.dtype) for x in dense(loaded))
    # Additions learn on top of quantized kernels, too.
    assert enable_lora(loaded, 4) == 4
    assert np.isfinite(step(loaded))
    assert np.abs(run(loaded) - after).max() > 0
    again = saved(loaded, tmp_path)
    # The sum of kernel and addition is quantized anew.
    limit = 0.1 * np.abs(before).max()
    np.testing.assert_allclose(run(again), run(loaded), atol=limit)
