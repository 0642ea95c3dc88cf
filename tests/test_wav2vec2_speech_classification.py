"""Heads of emotion models: mean over the frames, dense layer with tanh, dense layer."""

import json

import numpy as np
import pytest
from backend_tools import to_numpy
from test_wav2vec2_fields import SIZE
from tolerances import FLOAT32
from wav2vec2_checkpoints import clips, difference, run, safetensors, torch, transformers

import kapre_like
from kapre_like.models.wav2vec2 import (
    Wav2Vec2Config,
    from_huggingface,
    to_huggingface,
    wav2vec2,
)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
NAMES = ["arousal", "dominance", "valence"]


class Head(torch.nn.Module):
    """`dense`, tanh, `out_proj`, on a mean over the frames."""

    def __init__(self, config):
        super().__init__()
        self.dense = torch.nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = torch.nn.Dropout(config.final_dropout)
        self.out_proj = torch.nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, pooled):
        hidden = torch.tanh(self.dense(self.dropout(pooled)))
        return self.out_proj(self.dropout(hidden))


class Wav2Vec2ForSpeechClassification(transformers.Wav2Vec2PreTrainedModel):
    """The published structure; its class is in no release of transformers."""

    def __init__(self, config):
        super().__init__(config)
        self.wav2vec2 = transformers.Wav2Vec2Model(config)
        self.classifier = Head(config)
        self.post_init()

    def forward(self, waveform):
        return self.classifier(self.wav2vec2(waveform).last_hidden_state.mean(dim=1))


def twin(folder, problem="regression", **changes):
    """A network of random weights as such models are published, in `folder` and returned."""
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        **SIZE, do_stable_layer_norm=True, feat_extract_norm="layer", conv_bias=True,
        id2label=dict(enumerate(NAMES)), problem_type=problem, finetuning_task="wav2vec2_reg",
        **{"pooling_mode": "mean", **changes},
    )  # fmt: skip
    model = Wav2Vec2ForSpeechClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    path = folder / "config.json"
    # As published: no CTC head, hence no vocabulary.
    path.write_text(json.dumps({**json.loads(path.read_text()), "vocab_size": None}))
    return model


def outputs_of(model, x):
    x = (x - x.mean()) / np.sqrt(x.var() + 1e-7)
    with torch.no_grad():
        return model(torch.as_tensor(x[None])).numpy()[0]


@pytest.mark.parametrize("changes", [{}, {"pooling_mode": None}], ids=["mean", "not said"])
def test_scores_are_those_of_the_published_structure(tmp_path, changes):
    theirs = twin(tmp_path, **changes)
    model = from_huggingface(tmp_path, "regress")
    waveforms = clips(2000, 900)
    padded = np.full((2, 2000), 7, "float32")
    padded[0], padded[1, :900] = waveforms
    got = run(model, [padded, np.array([2000, 900], "int32")])
    for row, x in zip(got, waveforms, strict=True):
        assert difference(row, outputs_of(theirs, x)) < 1e-5
    (record,) = kapre_like.load_predictor(tmp_path)(waveforms[0])
    assert list(record["scores"]) == NAMES
    np.testing.assert_allclose([*record["scores"].values()], got[0], atol=FLOAT32)


def test_it_is_written_as_it_was_read(tmp_path):
    twin(tmp_path / "in")
    model = from_huggingface(tmp_path / "in", "regress")
    model.save(tmp_path / "m.keras")
    written = to_huggingface(kapre_like.load_model(tmp_path / "m.keras"), tmp_path / "out")
    assert not written.dropped
    before, after = (
        safetensors.load_file(tmp_path / name / "model.safetensors") for name in ("in", "out")
    )
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)
    values = json.loads((tmp_path / "out/config.json").read_text())
    assert values["architectures"] == ["Wav2Vec2ForSpeechClassification"]
    assert (values["pooling_mode"], values["problem_type"]) == ("mean", "regression")
    assert values["id2label"] == {str(i): name for i, name in enumerate(NAMES)}


def test_its_classes_have_probabilities(tmp_path):
    theirs = twin(tmp_path, problem="single_label_classification")
    (x,) = clips(2000)
    (record,) = kapre_like.load_predictor(tmp_path)(x)
    powers = np.exp(outputs_of(theirs, x))
    got = [record["probabilities"][name] for name in NAMES]
    np.testing.assert_allclose(got, powers / powers.sum(), atol=FLOAT32)


def test_a_new_head_is_that_of_transformers(tmp_path):
    twin(tmp_path)
    model = from_huggingface(tmp_path, "regress", fresh_head=True, report=lambda _: None)
    names = [layer.name for layer in model.layers]
    assert "projector" in names
    assert "classifier_dense" not in names


@pytest.mark.slow
def test_it_learns_from_random_weights():
    config = Wav2Vec2Config(**SIZE, pooling_mode="mean")
    model = wav2vec2(config, "regress", labels=NAMES, seed=0)
    model.compile("adam", "mse", jit_compile=False)
    x = [np.stack(clips(900, 900)), np.array([900, 900], "int32")]
    before = to_numpy(model.get_layer("classifier_dense").kernel)
    history = model.fit(x, np.ones((2, 3), "float32"), verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert np.abs(to_numpy(model.get_layer("classifier_dense").kernel) - before).max() > 0


def test_other_poolings_are_refused_by_name(tmp_path):
    twin(tmp_path, pooling_mode="max")
    with pytest.raises(ValueError, match=r"config\.pooling_mode` must be .*Received.*'max'"):
        from_huggingface(tmp_path, "regress")
    assert from_huggingface(tmp_path, report=lambda _: None) is not None
    config = Wav2Vec2Config(**SIZE, pooling_mode="mean")
    with pytest.raises(ValueError, match="`pooling` must be 'mean' with pooling_mode='mean'"):
        wav2vec2(config, "classify", labels=2, pooling="attentive")
