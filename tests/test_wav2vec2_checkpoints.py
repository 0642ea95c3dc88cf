"""Checkpoints of Hugging Face read and written: numbers of transformers, bit for bit back."""

import json
import sys

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32
from wav2vec2_checkpoints import (
    KINDS,
    LAYER,
    Saved,
    answer,
    batch,
    clips,
    copy,
    difference,
    load_file,
    old_names,
    run,
    same,
    save,
    torch,
    transformers,
)  # fmt: skip

from kapre_like.models.wav2vec2 import Wav2Vec2Config, from_huggingface, to_huggingface
from kapre_like.models.wav2vec2.checkpoint.tensors import tensors

pytestmark = [
    pytest.mark.backends(full=True),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return Saved(tmp_path_factory)


# What these are made of, the other kinds have: the family, the head, the norms.
REPEATED = (
    "layer", "stable group", "hubert", "hubert classify", "unispeech ctc", "sat", "data2vec",
    "wavlm",
)  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.slow) if kind in REPEATED else kind
        for kind in KINDS
        if kind != "pretrain"
    ],
)
def test_numbers_are_those_of_transformers_and_come_back_bit_for_bit(kind, saved, tmp_path):
    theirs, folder = saved(kind)
    head = KINDS[kind][1]
    log = []
    model = from_huggingface(
        folder, head, padding="huggingface", normalize=False, report=log.append
    )
    assert not log[0].fresh
    assert not log[0].unused
    x = np.random.default_rng(0).standard_normal((2, 8000)).astype("float32")
    expected = answer(theirs, x)
    assert difference(run(model, [x, np.array([8000, 8000], "int32")]), expected) < 1e-4
    written = to_huggingface(model, tmp_path)
    assert not written.dropped
    assert same(folder / "model.safetensors", tmp_path / "model.safetensors")
    assert {*written.written} == {*load_file(tmp_path / "model.safetensors")}
    again, info = type(theirs).from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values()), info
    assert again.config.architectures == [type(theirs).__name__]
    assert difference(answer(again.eval(), x), expected) < 1e-6


def test_pretraining_comes_back_bit_for_bit(saved, tmp_path):
    theirs, folder = saved("pretrain")
    log = []
    model = from_huggingface(folder, "pretrain", report=log.append)
    assert (log[0].fresh, log[0].unused) == ([], [])
    to_huggingface(model, tmp_path)
    assert same(folder / "model.safetensors", tmp_path / "model.safetensors")
    _, info = type(theirs).from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values()), info


def test_every_variable_of_every_kind_is_in_the_table(saved):
    for kind, (_, head, _changes) in KINDS.items():
        theirs, folder = saved(kind)
        config = Wav2Vec2Config.from_json(json.loads((folder / "config.json").read_text()))
        prefix = theirs.base_model_prefix + "." if head else ""
        names = [(prefix if row.backbone else "") + row.name for row in tensors(config, head)]
        assert sorted(names) == sorted(theirs.state_dict()), kind


@pytest.mark.parametrize("kind", ["group", "layer", "masked group"])
def test_the_preprocessing_of_the_checkpoint_is_taken_over(kind, saved, tmp_path):
    mask = kind != "group"
    theirs, folder = saved(kind.removeprefix("masked "))
    copy(folder, tmp_path)
    # The moments over time of the first normalization see what a batch is padded with.
    extractor = transformers.Wav2Vec2FeatureExtractor(
        return_attention_mask=mask, padding_value=0.5 if kind == "masked group" else 0.0
    )
    extractor.save_pretrained(tmp_path)
    waveforms = clips(5000, 3000, 400)
    inputs = extractor(waveforms, sampling_rate=16000, padding=True, return_tensors="pt")
    model = from_huggingface(tmp_path, padding="huggingface")
    # Without a mask padding is sound, there and here.
    x = batch(waveforms, padding=7.0 if mask else 0.0)
    ours, expected = run(model, x), answer(theirs, **inputs)
    assert difference(ours, expected) < 1e-4
    to_huggingface(model, tmp_path / "again")
    again = transformers.AutoFeatureExtractor.from_pretrained(tmp_path / "again")
    assert again.to_dict() == extractor.to_dict()


def test_hidden_states_by_name(saved):
    theirs, folder = saved("layer")
    model = from_huggingface(folder, output="all", padding="huggingface", normalize=False)
    x = batch(clips(3000))
    ours = model(x)
    with torch.no_grad():
        expected = theirs(torch.tensor(x[0]), output_hidden_states=True).hidden_states
    for i, state in enumerate(expected):
        assert difference(to_numpy(ours[f"hidden_{i}"]), state.numpy()) < 1e-4


def test_exact_padding_leaves_a_clip_what_it_is_alone(saved):
    model = from_huggingface(saved("ctc")[1], "ctc")
    waveforms = clips(3000, 900)
    whole = run(model, batch(waveforms))
    alone = run(model, batch(waveforms[1:]))
    np.testing.assert_allclose(whole[1:, : alone.shape[1]], alone, atol=FLOAT32)


def no_prefix(name):
    return name.removeprefix("wav2vec2.")


def deeper(name):
    return f"model.{name}"


@pytest.mark.parametrize("rename", [old_names, no_prefix, deeper])
def test_older_names_and_any_prefix(rename, saved, tmp_path):
    _, folder = saved("ctc")
    copy(folder, tmp_path, rename=rename)
    log = []
    model = from_huggingface(tmp_path, "ctc", report=log.append)
    assert (log[0].fresh, log[0].unused) == ([], [])
    inputs = batch(clips(2000))
    np.testing.assert_array_equal(
        run(model, inputs), run(from_huggingface(folder, "ctc"), inputs)
    )
    to_huggingface(model, tmp_path / "again", source=tmp_path)
    assert load_file(tmp_path / "again/model.safetensors").keys() == (
        load_file(folder / "model.safetensors").keys()
    )


@pytest.mark.parametrize(
    ("dtype", "shards"), [("float32", True), ("float16", False), ("bfloat16", True)]
)
def test_shards_and_half_precision(dtype, shards, saved, tmp_path):
    theirs, folder = saved("layer")
    half = type(theirs).from_pretrained(folder, dtype=dtype)
    half.save_pretrained(tmp_path, max_shard_size="20KB" if shards else "5GB")
    assert shards == (len([*tmp_path.glob("*.safetensors")]) > 1)
    model = from_huggingface(tmp_path, padding="huggingface", normalize=False)
    x = clips(2000)
    assert difference(run(model, batch(x)), answer(half.float(), x[0][None])) < 1e-4


@pytest.mark.parametrize("shards", [False, True])
def test_pytorch_files_are_read_as_tensors_only(shards, saved, tmp_path):
    theirs, folder = saved("group")
    values = {old_names(k): v for k, v in theirs.state_dict().items()}
    values["masked_spec_embed"] = values["masked_spec_embed"].bfloat16().float()
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    if shards:
        names = sorted(values)
        parts = {"a.bin": names[::2], "b.bin": names[1::2]}
        for file, part in parts.items():
            torch.save({name: values[name] for name in part}, tmp_path / file)
        index = {"weight_map": {name: file for file, part in parts.items() for name in part}}
        (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    else:
        torch.save(values, tmp_path / "pytorch_model.bin")
    x = batch(clips(2000))
    model = from_huggingface(tmp_path)
    np.testing.assert_array_equal(run(model, x), run(from_huggingface(folder), x))


def test_the_error_for_a_pytorch_file_without_pytorch_has_the_fix(saved, tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text((saved("group")[1] / "config.json").read_text())
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"pytorch_model\.bin is truncated, or contains other"):
        from_huggingface(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        ImportError, match=r"pytorch_model\.bin, PyTorch is needed.*pip install"
    ):
        from_huggingface(tmp_path)


def test_a_program_in_a_pytorch_file_does_not_run(saved, tmp_path):

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    (tmp_path / "config.json").write_text((saved("group")[1] / "config.json").read_text())
    torch.save({"x": Evil()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="contains other objects than tensors"):
        from_huggingface(tmp_path)
    assert not (tmp_path / "harm").exists()


# The full size -----------------------------------------------------------------------------

LARGE = {
    **LAYER,
    "hidden_size": 1024,
    "num_hidden_layers": 4,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [{}, LARGE], ids=["base", "large, four layers"])
def test_full_size(size, tmp_path):
    theirs = save(tmp_path / "a", "Wav2Vec2ForCTC", size=size)
    model = from_huggingface(tmp_path / "a", "ctc", padding="huggingface", normalize=False)
    for samples in (400, 16000, 160000):
        x = batch(clips(samples))
        assert difference(run(model, x), answer(theirs, x[0])) < 1e-4
    to_huggingface(model, tmp_path / "b")
    assert same(tmp_path / "a/model.safetensors", tmp_path / "b/model.safetensors")
    # Every depth, of clips of unlike length in one batch.
    x, lengths = batch(clips(50001, 16000, 400), padding=0.0)
    valid = torch.tensor(np.arange(50001) < lengths[:, None]).long()
    for mask in (True, False):
        model = from_huggingface(
            tmp_path / "a", output="all", padding="huggingface", normalize=False,
            attention_mask=mask,
        )  # fmt: skip
        ours = model([x, lengths])
        with torch.no_grad():
            given = {"attention_mask": valid if mask else None, "output_hidden_states": True}
            expected = theirs(torch.tensor(x), **given).hidden_states
        for i, state in enumerate(expected):
            assert difference(to_numpy(ours[f"hidden_{i}"]), state.numpy()) < 1e-4
