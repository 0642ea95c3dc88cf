"""Wav2Vec2 of transformers and of this library, from the same checkpoint."""

import os
import sys

import numpy as np

TORCH = "transformers float32"
DETERMINISTIC = {
    "hidden_dropout": 0.0, "activation_dropout": 0.0, "attention_dropout": 0.0,
    "feat_proj_dropout": 0.0, "final_dropout": 0.0, "layerdrop": 0.0,
    "apply_spec_augment": False,
}  # fmt: skip
SMALL = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "intermediate_size": 48, "conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}  # fmt: skip
CLASSIFIER, LABELS = "ForSequenceClassification", 4


def save_checkpoints(folder, quick):
    """Saves random weights with a CTC head and with a classifier, in one folder each."""
    import torch
    import transformers

    torch.manual_seed(0)
    values = {**DETERMINISTIC, **(SMALL if quick else {}), "num_labels": LABELS}
    for name in ("ForCTC", CLASSIFIER):
        config = transformers.Wav2Vec2Config(**values)
        getattr(transformers, f"Wav2Vec2{name}")(config).save_pretrained(folder / name)


def waveforms(clips, seconds):
    x = np.random.default_rng(0).standard_normal((clips, int(16000 * seconds)))
    return x.astype("float32"), np.full(clips, x.shape[1], "int32")


def original(folder, name, dtype):
    import torch
    import transformers

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model = getattr(transformers, f"Wav2Vec2{name}").from_pretrained(folder / name)
    return model.to(getattr(torch, dtype)).eval()


def torch_forward(folder, dtype):
    import torch

    model = original(folder, "ForCTC", dtype)

    def run(x, _):
        with torch.inference_mode():
            y = model(torch.from_numpy(x).to(model.dtype)).logits
        return y.float().numpy()

    return run


def ours(folder, name, dtype, **options):
    import keras

    from kapre_like.models.wav2vec2 import from_huggingface

    head = "ctc" if name == "ForCTC" else "classify"
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        return from_huggingface(folder / name, head, normalize=False, **options)
    finally:
        keras.config.set_dtype_policy(before)


def our_forward(folder, dtype):
    import keras

    from kapre_like.models.wav2vec2.family.answering import in_windows

    run = in_windows(ours(folder, "ForCTC", dtype))
    return lambda x, length: keras.ops.convert_to_numpy(run(x, length)).astype("float32")


def exported(folder, format, **fewer):
    """Returns the file of a format, and writes it if it does not exist."""
    import kapre_like

    path = folder / "_".join([format, *fewer.values()])
    if not path.exists():
        model, error = ours(folder, "ForCTC", "float32"), []
        kapre_like.export(model, path, format=format, report=error.append, **fewer)
        print(*error, file=sys.stderr)
    return path


def onnx_forward(folder, dtype):
    fewer = {"quantize": "int8"} if dtype == "int8" else {}
    path = exported(folder, "onnx", **fewer)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    # Spinning threads would occupy the cores while the next rival runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x, length: session.run(None, {"waveform": x, "length": length})[0]


def openvino_forward(folder, dtype):
    fewer = {
        "float32": {}, "bfloat16": {"precision": "bfloat16"}, "int8": {"quantize": "int8"}
    }[dtype]  # fmt: skip
    path = exported(folder, "openvino", **fewer)
    from kapre_like.running import run_openvino

    call = run_openvino(path)
    return lambda x, length: call(waveform=x, length=length)["outputs"]


def rivals(backend):
    """Returns `{name: (function that builds the forward pass, dtype)}`."""
    found = {
        TORCH: (torch_forward, "float32"),
        "transformers bfloat16": (torch_forward, "bfloat16"),
        f"kapre_like {backend} float32": (our_forward, "float32"),
        f"kapre_like {backend} bfloat16": (our_forward, "bfloat16"),
    }
    if backend == "tensorflow":
        for dtype in ("float32", "int8"):
            found[f"kapre_like onnxruntime {dtype}"] = (onnx_forward, dtype)
        for dtype in ("float32", "bfloat16", "int8"):
            found[f"kapre_like openvino {dtype}"] = (openvino_forward, dtype)
    return found


def torch_step(model):
    import torch

    model.train()
    adam = torch.optim.AdamW(model.parameters(), 1e-5, weight_decay=0.01)

    def run(x, labels):
        adam.zero_grad()
        loss = model(torch.from_numpy(x), labels=torch.from_numpy(labels).long()).loss
        loss.backward()
        adam.step()
        return loss.detach().numpy()

    return run


def our_step(model):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adam = keras.optimizers.AdamW(1e-5, weight_decay=0.01, epsilon=1e-8)
    model.compile(adam, loss, jit_compile=keras.backend.backend() == "jax")
    length = {}

    def run(x, labels):
        length.setdefault(x.shape, np.full(len(x), x.shape[1], "int32"))
        # The loss before the update, as in PyTorch, without the mean over earlier steps.
        model.reset_metrics()
        return np.asarray(model.train_on_batch([x, length[x.shape]], labels))

    return run
