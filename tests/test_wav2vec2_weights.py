"""Weights that are no plain floats: multiplied out, merged, or refused in one clear line."""

import json

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32_SHORT
from wav2vec2_checkpoints import (
    Saved,
    answer,
    batch,
    clips,
    copy,
    difference,
    load_file,
    run,
    safetensors,
    torch,
)

from kapre_like.models.wav2vec2 import from_huggingface, to_huggingface

pytestmark = [
    pytest.mark.backends(full=True),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
BNB = {"quant_method": "bitsandbytes", "load_in_8bit": True, "load_in_4bit": False}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return Saved(tmp_path_factory)


def refused(folder, *words, head=None):
    with pytest.raises(ValueError, match=r".") as caught:
        from_huggingface(folder, head)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word in line for word in words), line


def in_int8(folder, to, **config):
    """A copy with int8 projections, and their values as floats."""
    floats, changed = load_file(folder / "model.safetensors"), {}
    for name in [name for name in floats if name.endswith("_proj.weight")]:
        scale = np.abs(floats[name]).max(axis=1)
        whole = np.round(floats[name] / scale[:, None] * 127).astype("int8")
        changed[name] = whole
        changed[name.replace("weight", "SCB")] = scale
        changed[name.replace("weight", "weight_format")] = np.array(0, "uint8")
        floats[name] = whole * (scale[:, None] / 127)
    return copy(folder, to, change=changed, config=config), floats


def test_int8_of_bitsandbytes_is_dequantized_with_a_note(saved, tmp_path):
    theirs, folder = saved("ctc")
    int8, floats = in_int8(folder, tmp_path / "int8", quantization_config=BNB)
    log = []
    model = from_huggingface(
        int8, "ctc", padding="huggingface", normalize=False, report=log.append
    )
    assert "int8 tensors were dequantized" in str(log[0])
    assert (log[0].fresh, log[0].unused) == ([], [])
    import copy as copying

    same = copying.deepcopy(theirs)
    same.load_state_dict({k: torch.as_tensor(v) for k, v in floats.items()})
    x = batch(clips(4000))
    assert difference(run(model, x), answer(same, x[0])) < 1e-4
    to_huggingface(model, tmp_path / "out", source=int8)
    written = load_file(tmp_path / "out/model.safetensors")
    assert written.keys() == floats.keys()
    assert "quantization_config" not in json.loads((tmp_path / "out/config.json").read_text())


@pytest.mark.parametrize(
    "config",
    [
        {"quant_method": "gptq", "bits": 4},
        {"quant_method": "compressed-tensors", "format": "int-quantized"},
        {"quant_method": "fp8"},
        {"load_in_4bit": True, "quant_method": "bitsandbytes", "load_in_8bit": False},
        {"bits": 8},
    ],
)
def test_another_quantised_format_is_refused_by_name(config, saved, tmp_path):
    int8, _ = in_int8(saved("ctc")[1], tmp_path, quantization_config=config)
    name = repr(config.get("quant_method"))
    refused(int8, "quantized", name, "dequantize()", head="ctc")


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "bool"])
def test_integers_without_a_quantization_config_are_an_error(dtype, saved, tmp_path):
    folder = saved("ctc")[1]
    name = "wav2vec2.encoder.layers.0.attention.q_proj.weight"
    array = load_file(folder / "model.safetensors")[name]
    copy(folder, tmp_path, change={name: (array * 50).astype(dtype)})
    refused(tmp_path, name, dtype, "not floats", head="ctc")


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_floats_are_read(dtype, saved, tmp_path):
    theirs, folder = saved("ctc")
    arrays = load_file(folder / "model.safetensors")
    copy(folder, tmp_path, change={k: v.astype(dtype) for k, v in arrays.items()})
    x = batch(clips(2000))
    model = from_huggingface(tmp_path, "ctc", padding="huggingface", normalize=False)
    limit = 1e-4 if dtype == "float64" else 5e-3
    assert difference(run(model, x), answer(theirs, x[0])) < limit


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_named(bad, saved, tmp_path):
    folder = saved("ctc")[1]
    name = "wav2vec2.encoder.layers.1.feed_forward.output_dense.bias"
    array = load_file(folder / "model.safetensors")[name].copy()
    array[3] = bad
    copy(folder, tmp_path, change={name: array})
    refused(tmp_path, name, "1 of 32", "NaN or infinite", head="ctc")


# --- pytorch_model.bin and the positional convolution


@pytest.mark.parametrize("wrap", ["state_dict", "model_state_dict", "model"])
def test_a_bin_file_as_trainers_write_it(wrap, saved, tmp_path):
    theirs, folder = saved("ctc")
    tensors = {f"model.{k}": v for k, v in theirs.state_dict().items()}
    copy(folder, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    whole = {wrap: tensors, "epoch": 3, "optimizer": {"state": {}, "lr": 0.1}}
    torch.save(whole, tmp_path / "pytorch_model.bin")
    log, x = [], batch(clips(2000))
    model = from_huggingface(
        tmp_path, "ctc", padding="huggingface", normalize=False, report=log.append
    )
    assert (log[0].fresh, log[0].unused) == ([], [])
    assert difference(run(model, x), answer(theirs, x[0])) < 1e-4


def test_a_bin_file_without_tensors_is_one_line(saved, tmp_path):
    copy(saved("ctc")[1], tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save({"weights": {"a": torch.zeros(2)}}, tmp_path / "pytorch_model.bin")
    refused(tmp_path, "not a dict of tensors", "state_dict")


@pytest.mark.parametrize("tap", [None, 5])
def test_a_positional_convolution_without_weight_norm(tap, saved, tmp_path):
    """`remove_weight_norm` leaves one kernel; a tap of zeros has no direction."""
    theirs, folder = saved("ctc")
    conv = theirs.wav2vec2.encoder.pos_conv_embed.conv
    kernel = conv.weight.detach().numpy().copy()
    if tap is not None:
        kernel[..., tap] = 0
    name = "wav2vec2.encoder.pos_conv_embed.conv.weight"
    copy(folder, tmp_path, drop=["pos_conv_embed.conv.parametrizations"], change={name: kernel})
    log, x = [], batch(clips(3000))
    model = from_huggingface(
        tmp_path, "ctc", padding="huggingface", normalize=False, report=log.append
    )
    assert (log[0].fresh, log[0].unused) == ([], [])
    got = model.get_layer("positional").kernel()
    np.testing.assert_allclose(to_numpy(got).T, kernel, atol=FLOAT32_SHORT)
    if tap is None:
        assert difference(run(model, x), answer(theirs, x[0])) < 1e-4


# --- adapters of PEFT

LORA = {
    "peft_type": "LORA", "r": 4, "lora_alpha": 6, "target_modules": ["q_proj", "v_proj"],
    "bias": "none", "use_dora": False, "fan_in_fan_out": False, "use_rslora": False,
    "alpha_pattern": {}, "rank_pattern": {}, "modules_to_save": ["lm_head"],
    "init_lora_weights": True, "lora_dropout": 0.1, "inference_mode": True,
}  # fmt: skip


def with_adapter(folder, to, *, names="base_model.model.{}", suffix="", **settings):
    """A checkpoint with an adapter beside its weights, and the merged tensors."""
    values = {**LORA, **settings}
    arrays, adapter = load_file(folder / "model.safetensors"), {}
    rng = np.random.default_rng(0)
    scale = values["lora_alpha"] / (4**0.5 if values["use_rslora"] else 4)
    for name in [n for n in arrays if n.endswith(("q_proj.weight", "v_proj.weight"))]:
        rows, columns = arrays[name].shape
        a, b = rng.normal(0, 0.3, (4, columns)), rng.normal(0, 0.3, (rows, 4))
        stem = names.format(name.removesuffix(".weight"))
        adapter[f"{stem}.lora_A{suffix}.weight"] = a.astype("float32")
        adapter[f"{stem}.lora_B{suffix}.weight"] = b.astype("float32")
        arrays[name] = (arrays[name] + scale * b @ a).astype("float32")
    bias = rng.normal(0, 1, arrays["lm_head.bias"].shape).astype("float32")
    for name, array in (("lm_head.weight", arrays["lm_head.weight"]), ("lm_head.bias", bias)):
        adapter[names.format(name)] = array
    arrays["lm_head.bias"] = bias
    copy(folder, to)
    safetensors.save_file(adapter, to / "adapter_model.safetensors")
    (to / "adapter_config.json").write_text(json.dumps(values))
    return arrays


@pytest.mark.parametrize(
    "settings", [{}, {"use_rslora": True}, {"suffix": ".default"}], ids=["plain", "rs", "old"]
)
def test_an_adapter_of_peft_is_merged_with_a_note(settings, saved, tmp_path):
    import copy as copying

    theirs, folder = saved("ctc")
    merged = with_adapter(folder, tmp_path / "lora", **settings)
    same = copying.deepcopy(theirs)
    same.load_state_dict({k: torch.as_tensor(v) for k, v in merged.items()})
    log, x = [], batch(clips(4000))
    model = from_huggingface(
        tmp_path / "lora", "ctc", padding="huggingface", normalize=False, report=log.append
    )
    assert "LoRA adapter were merged" in str(log[0])
    assert (log[0].fresh, log[0].unused) == ([], [])
    expected = answer(same, x[0])
    assert difference(run(model, x), expected) < 1e-4
    assert difference(answer(theirs, x[0]), expected) > 1e-2
    to_huggingface(model, tmp_path / "out", source=tmp_path / "lora")
    assert load_file(tmp_path / "out/model.safetensors").keys() == merged.keys()


@pytest.mark.parametrize(
    "settings",
    [
        {"peft_type": "IA3"},
        {"use_dora": True},
        {"fan_in_fan_out": True},
        {"alpha_pattern": {"q_proj": 3}},
        {"init_lora_weights": "pissa"},
        {"names": "base_model.model.other.{}"},
        {"modules_to_save": None, "names": "base_model.model.x{}"},
    ],
)
def test_an_adapter_that_is_more_than_a_sum_is_refused(settings, saved, tmp_path):
    with_adapter(saved("ctc")[1], tmp_path, **settings)
    refused(tmp_path, "adapter", "merge_and_unload", head="ctc")


def test_an_adapter_without_its_weights_or_without_its_base_is_one_line(saved, tmp_path):
    with_adapter(saved("ctc")[1], tmp_path)
    (tmp_path / "adapter_model.safetensors").unlink()
    refused(tmp_path, "adapter_config.json", "without its weights", head="ctc")
    (tmp_path / "config.json").unlink()
    refused(tmp_path, "only a PEFT adapter", head="ctc")
