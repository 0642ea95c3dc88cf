"""A network of transformers with random weights, and the same one in Keras, copied by hand."""

import keras
import numpy as np
from backend_tools import to_numpy

from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.heads.network import wav2vec2

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "vocab_size": 12,
    "classifier_proj_size": 24,
    "tdnn_dim": (24, 24, 20, 20, 28),
    "tdnn_kernel": (5, 3, 3, 1, 1),
    "tdnn_dilation": (1, 2, 3, 1, 1),
    "xvector_output_dim": 18,
    "hidden_dropout": 0.0,
    "activation_dropout": 0.0,
    "attention_dropout": 0.0,
    "feat_proj_dropout": 0.0,
    "final_dropout": 0.0,
    "layerdrop": 0.0,
    "apply_spec_augment": False,
}
STABLE = {"feat_extract_norm": "layer", "conv_bias": True, "do_stable_layer_norm": True}
LENGTHS = np.array([9000, 7300, 6801], "int32")
CLASSES = {
    "classify": "ForSequenceClassification",
    "regress": "ForSequenceClassification",
    "frames": "ForAudioFrameClassification",
    "xvector": "ForXVector",
    "ctc": "ForCTC",
}


def clips(lengths=LENGTHS, fill=0.0):
    """Noise `(clips, longest)`, with `fill` past each clip's end."""
    rng = np.random.default_rng(0)
    waveform = np.full((len(lengths), max(lengths)), fill, "float32")
    for row, length in zip(waveform, lengths, strict=True):
        row[:length] = rng.standard_normal(length)
    return waveform


def original(head, *, labels=3, **values):
    """The network of transformers, in training mode: nothing in it is random."""
    import torch
    import transformers

    # 5.23 warns of its own use of PyTorch's weight norm; nothing of it is under test.
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(**{**TINY, **values}, num_labels=labels)
    model = getattr(transformers, "Wav2Vec2" + CLASSES[head])(config)
    with torch.no_grad():
        # Biases start as zeros and norms as ones: a mistake in them would not show.
        for name, p in model.named_parameters():
            # Heads start so small that only their biases would be seen.
            p.add_((0.05 if name.startswith("wav2vec2.") else 0.2) * torch.randn_like(p))
    return model.train()


def twin(hf, head, *, mask, labels=3, **arguments):
    """The same network in Keras, under `padding="huggingface"`."""
    values = {k: v for k, v in hf.config.to_dict().items() if k != "num_labels"}
    arguments = {"padding": "huggingface", "attention_mask": mask, **arguments}
    if head in ("classify", "frames", "xvector"):
        arguments["labels"] = labels
    model = wav2vec2(Wav2Vec2Config.from_json(values), head, normalize=False, **arguments)
    return copy_weights(model, hf)


def pairs(model, hf):
    """Each Keras variable with the name of the original and the way from there."""
    found = {}
    prefix = "wav2vec2."
    table = {
        "feature_norm": prefix + "feature_projection.layer_norm",
        "feature_projection": prefix + "feature_projection.projection",
        "encoder_norm": prefix + "encoder.layer_norm",
    }
    for name in ("projector", "classifier", "feature_extractor", "lm_head"):
        table[name] = name
    for layer in model.layers:
        if layer.name in table:
            found.update(_dense_or_norm(layer, table[layer.name]))
        elif layer.name.startswith("conv_"):
            found.update(_convolution(layer, prefix))
        elif layer.name.startswith("block_"):
            found.update(_block(layer, prefix))
        elif layer.name.startswith("tdnn_"):
            found.update(_dense_or_norm(layer, f"tdnn.{layer.name[5:]}.kernel"))
    found.update(_singles(model, prefix))
    return found


def _dense_or_norm(layer, name):
    if isinstance(layer, keras.layers.LayerNormalization):
        return {f"{name}.weight": (layer.gamma, as_is), f"{name}.bias": (layer.beta, as_is)}
    return {f"{name}.weight": (layer.kernel, np.transpose), f"{name}.bias": (layer.bias, as_is)}


def _convolution(layer, prefix):
    name = f"{prefix}feature_extractor.conv_layers.{layer.name[5:]}."
    found = {f"{name}conv.weight": (layer.kernel, np.transpose)}
    if layer.use_bias:
        found[f"{name}conv.bias"] = (layer.bias, as_is)
    if layer.norm:
        found[f"{name}layer_norm.weight"] = (layer.gamma, as_is)
        found[f"{name}layer_norm.bias"] = (layer.beta, as_is)
    return found


def _block(block, prefix):
    name = f"{prefix}encoder.layers.{block.name[6:]}."
    found = {}
    for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
        layer = getattr(block.attention, part)
        found.update(_dense_or_norm(layer, f"{name}attention.{part}"))
    for part in ("layer_norm", "final_layer_norm"):
        found.update(_dense_or_norm(getattr(block, part), name + part))
    for part in ("intermediate_dense", "output_dense"):
        found.update(_dense_or_norm(getattr(block, part), f"{name}feed_forward.{part}"))
    return found


def _singles(model, prefix):
    layers = {layer.name: layer for layer in model.layers}
    conv, name = layers["positional"], prefix + "encoder.pos_conv_embed.conv."
    found = {
        f"{name}bias": (conv.bias, as_is),
        f"{name}parametrizations.weight.original0": (conv.g, np.ravel),
        f"{name}parametrizations.weight.original1": (conv.v, np.transpose),
    }
    if "layer_weights" in layers:
        found["layer_weights"] = (layers["layer_weights"].layer_weights, as_is)
    if "objective" in layers:
        found["objective.weight"] = (layers["objective"].weight, as_is)
    if "span_masking" in layers:
        found[prefix + "masked_spec_embed"] = (layers["span_masking"].embedding, as_is)
    return found


def as_is(x):
    return x


def copy_weights(model, hf):
    """Fills every variable of `model`; each tensor of the original must find its place."""
    tensors = {k: v.detach().numpy() for k, v in hf.state_dict().items()}
    found = pairs(model, hf)
    unread = set(tensors) - set(found)
    if hf.config.do_stable_layer_norm and hf.config.use_weighted_layer_sum:
        # The last norm is after all states that are summed: it has no influence.
        unread -= {f"wav2vec2.encoder.layer_norm.{name}" for name in ("weight", "bias")}
    assert not unread, unread
    for name, (variable, turn) in found.items():
        variable.assign(turn(tensors[name]))
    return model


def assert_close(got, expected, share=1e-4):
    """Within a share of the reference's largest value."""
    expected = np.asarray(expected)
    got = to_numpy(got)
    assert got.shape == expected.shape, (got.shape, expected.shape)
    limit = share * np.abs(expected).max()
    np.testing.assert_allclose(got, expected, rtol=0, atol=limit)


def attention_mask(lengths=LENGTHS):
    return (np.arange(max(lengths))[None] < np.asarray(lengths)[:, None]).astype("int64")


def parameter_gradients(model, inputs, loss):
    """The gradient of `loss(model(inputs))` by every variable it depends on, by its path."""
    return answer_loss_and_gradients(model, inputs, loss)[2]


def answer_loss_and_gradients(model, inputs, loss):
    """What the network gives in training, the loss of it, and the gradients by path."""
    variables = model.trainable_variables
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        fixed = [v.value for v in model.non_trainable_variables]

        def run(values):
            outputs, _ = model.stateless_call(values, fixed, inputs, training=True)
            return loss(outputs), outputs

        program = jax.jit(jax.value_and_grad(run, has_aux=True))
        (value, y), gradients = program([v.value for v in variables])
    elif backend == "torch":
        for v in variables:
            v.value.grad = None
        y = model(inputs, training=True)
        value = loss(y)
        value.backward()
        gradients = [v.value.grad for v in variables]
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            y = model(inputs, training=True)
            value = loss(y)
        gradients = tape.gradient(value, [v.value for v in variables])
    pairs = zip(variables, gradients, strict=True)
    found = {v.path: to_numpy(g) for v, g in pairs if g is not None}
    return y, float(to_numpy(value)), found
