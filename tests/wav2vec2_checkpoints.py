"""Checkpoints of random weights, as transformers saves them."""

import json

import numpy as np
import pytest
from backend_tools import to_numpy

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.numpy")

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "vocab_size": 12,
    "classifier_proj_size": 20,
    "tdnn_dim": (24, 24, 24, 24, 40),
    "xvector_output_dim": 18,
    "codevector_dim": 16,
    "proj_codevector_dim": 12,
    "num_codevectors_per_group": 4,
}
LAYER = {"feat_extract_norm": "layer", "conv_bias": True, "do_stable_layer_norm": True}
ADAPTERS = {**LAYER, "adapter_attn_dim": 8, "add_adapter": True, "output_hidden_size": 24}

SAT, D2V = "UniSpeechSat", "Data2VecAudio"
# Several ranges of distances in a clip of half a second, and distances beyond the last.
WAVLM = {"num_buckets": 16, "max_bucket_distance": 20}
STACKED = {"num_conv_pos_embeddings": 3, "conv_pos_kernel_size": 6, "conv_bias": True}
# Class, head, and what differs from `TINY`.
KINDS = {
    "group": ("Wav2Vec2Model", None, {}),
    "layer": ("Wav2Vec2Model", None, LAYER),
    "stable group": ("Wav2Vec2Model", None, {"do_stable_layer_norm": True}),
    "adapters": ("Wav2Vec2Model", None, ADAPTERS),
    "hubert": ("HubertModel", None, {}),
    "hubert bare": (
        "HubertModel",
        None,
        {"feat_proj_layer_norm": False, "mask_time_prob": 0.0},
    ),
    "classify": (
        "Wav2Vec2ForSequenceClassification",
        "classify",
        {"num_labels": 3, "use_weighted_layer_sum": True},
    ),
    "regress": ("Wav2Vec2ForSequenceClassification", "regress", {"num_labels": 1}),
    "frames": ("Wav2Vec2ForAudioFrameClassification", "frames", {"num_labels": 4, **LAYER}),
    "xvector": ("Wav2Vec2ForXVector", "xvector", {"num_labels": 5}),
    "ctc": ("Wav2Vec2ForCTC", "ctc", LAYER),
    "hubert ctc": ("HubertForCTC", "ctc", {}),
    "hubert classify": ("HubertForSequenceClassification", "classify", {}),
    "unispeech": ("UniSpeechModel", None, LAYER),
    "unispeech ctc": ("UniSpeechForCTC", "ctc", {}),
    "sat": (f"{SAT}Model", None, {}),
    "sat xvector": (f"{SAT}ForXVector", "xvector", {"num_labels": 5}),
    "data2vec": (f"{D2V}Model", None, STACKED),
    "data2vec ctc": (
        f"{D2V}ForCTC",
        "ctc",
        {**STACKED, "add_adapter": True, "output_hidden_size": 24},
    ),
    "wavlm": ("WavLMModel", None, WAVLM),
    "wavlm ctc": ("WavLMForCTC", "ctc", {**WAVLM, **LAYER}),
    "wavlm classify": (
        "WavLMForSequenceClassification",
        "classify",
        {**WAVLM, "num_labels": 3, "use_weighted_layer_sum": True},
    ),
    "pretrain": ("Wav2Vec2ForPreTraining", "pretrain", {}),
}


def save(folder, name="Wav2Vec2Model", seed=0, size=None, **changes):
    """A model of transformers, saved into `folder` and returned.

    `name` is its class; `size` is what `TINY` is else.
    """
    torch.manual_seed(seed)
    config = getattr(transformers, name).config_class
    values = {**(TINY if size is None else size), **changes}
    model = getattr(transformers, name)(config(**values)).eval()
    with torch.no_grad():
        # Biases begin at 0 and gains at 1, where an exchange would not be seen.
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return model


def answer(model, *inputs, **kwargs):
    """What a model of transformers gives, as array: logits, or the last hidden states."""
    with torch.no_grad():
        given = model(*(torch.as_tensor(x) for x in inputs), **kwargs)
    return (given.logits if "logits" in given else given.last_hidden_state).numpy()


def difference(ours, theirs):
    """The greatest difference, by the greatest value."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return np.abs(ours.reshape(theirs.shape) - theirs).max() / np.abs(theirs).max()


def clips(*lengths, seed=0):
    """Clips of noise, each of its own loudness and offset."""
    rng = np.random.default_rng(seed)
    return [
        (rng.standard_normal(n) * 10.0**-i + 0.1 * i).astype("float32")
        for i, n in enumerate(lengths)
    ]


def batch(waveforms, padding=7.0):
    """`[waveform, length]`; the padding must have no influence."""
    lengths = np.array([len(clip) for clip in waveforms], "int32")
    padded = np.full((len(waveforms), lengths.max()), padding, "float32")
    for row, clip in zip(padded, waveforms, strict=True):
        row[: len(clip)] = clip
    return [padded, lengths]


def load_file(path):
    """The tensors of a file, by the format's own package."""
    return safetensors.load_file(path)


def run(model, inputs):
    """What a Keras model gives, as array."""
    return to_numpy(model(inputs))


class Saved:
    """`saved(kind)`: a model of transformers and its folder, made once."""

    def __init__(self, factory):
        self.factory, self.made = factory, {}

    def __call__(self, kind):
        if kind not in self.made:
            folder = self.factory.mktemp("checkpoint")
            name, _, changes = KINDS[kind]
            self.made[kind] = save(folder, name, **changes), folder
        return self.made[kind]


def copy(folder, to, *, rename=None, drop=(), change=None, config=None):
    """A folder like `folder`, with changes to its tensors and its configuration."""
    to.mkdir(exist_ok=True)
    arrays = load_file(folder / "model.safetensors")
    arrays = {k: v for k, v in arrays.items() if not any(part in k for part in drop)}
    arrays = {(rename(k) if rename else k): v for k, v in arrays.items()}
    arrays.update(change or {})
    safetensors.save_file(arrays, to / "model.safetensors", metadata={"format": "pt"})
    values = json.loads((folder / "config.json").read_text())
    (to / "config.json").write_text(json.dumps({**values, **(config or {})}))
    return to


def old_names(name):
    """The name of a tensor as files of before 2023 have it."""
    for i, letter in enumerate("gv"):
        name = name.replace(f"parametrizations.weight.original{i}", f"weight_{letter}")
    return name


def same(one, other):
    """Whether two files hold the same tensors bit for bit."""
    before, after = load_file(one), load_file(other)
    assert before.keys() == after.keys()
    for name, array in before.items():
        assert array.dtype == after[name].dtype
        np.testing.assert_array_equal(array, after[name], err_msg=name)
    return True
