"""DeepSpeech2 in PyTorch with the weights of a Keras model, from log-mel to the CTC loss."""

import multiprocessing
from contextlib import contextmanager

import numpy as np
import torch


def _tensor(variable):
    return torch.tensor(np.asarray(variable))


def _linear(layer):
    kernel, bias = layer.weights
    linear = torch.nn.Linear(*kernel.shape)
    linear.weight.data, linear.bias.data = _tensor(kernel).T.contiguous(), _tensor(bias)
    return linear


def _norm(layer):
    gamma, beta = layer.weights
    norm = torch.nn.LayerNorm(gamma.shape[0], eps=layer.epsilon)
    # Norms over frequency have one more axis in Keras, for the channels.
    norm.weight.data, norm.bias.data = _tensor(gamma).ravel(), _tensor(beta).ravel()
    return norm


def _conv(layer):
    kernel, bias = layer.weights
    _, _, channels, filters = kernel.shape
    conv = torch.nn.Conv2d(channels, filters, 3, stride=layer.strides, padding=1)
    conv.weight.data = _tensor(kernel).permute(3, 2, 0, 1).contiguous()
    conv.bias.data = _tensor(bias)
    return conv


def _gru(layer):
    """Copies a GRU. Gates are update, reset, candidate in Keras; PyTorch starts with reset."""

    def swapped(columns):
        update, reset, candidate = _tensor(columns).chunk(3, dim=-1)
        return torch.cat([reset, update, candidate], dim=-1)

    kernel = layer.forward_layer.cell.kernel
    units = kernel.shape[1] // 3
    gru = torch.nn.GRU(kernel.shape[0], units, bidirectional=True, batch_first=True)
    for suffix, one in (("", layer.forward_layer), ("_reverse", layer.backward_layer)):
        bias = swapped(one.cell.bias)
        for name, value in (
            ("weight_ih_l0", swapped(one.cell.kernel).T.contiguous()),
            ("weight_hh_l0", swapped(one.cell.recurrent_kernel).T.contiguous()),
            ("bias_ih_l0", bias[0]),
            ("bias_hh_l0", bias[1]),
        ):
            getattr(gru, name + suffix).data = value.clone()
    return gru


class DeepSpeech2(torch.nn.Module):
    """The network that `deepspeech2(row)` builds, without dropout and padding.

    Args:
        model: The Keras model whose weights are copied.
        row: A `Row`.
    """

    def __init__(self, model, row):
        super().__init__()
        get, names = model.get_layer, range(1, row.blocks + 1)
        self.front = torch.nn.ModuleList(
            _conv(get(f"conv{i + 1}")) for i in range(len(row.strides))
        )
        parts = [f"block{i}{part}" for i in names for part in "ab"]
        self.norms = torch.nn.ModuleList(_norm(get(f"{part}_norm")) for part in parts)
        self.convs = torch.nn.ModuleList(_conv(get(f"{part}_conv")) for part in parts)
        self.dense, self.hidden, self.logits = (
            _linear(get(name)) for name in ("dense", "hidden", "logits")
        )
        layers = range(1, row.layers + 1)
        self.gru_norms = torch.nn.ModuleList(_norm(get(f"gru{i}_norm")) for i in layers)
        self.grus = torch.nn.ModuleList(_gru(get(f"gru{i}")) for i in layers)

    def forward(self, x):
        """Maps log-mel `(batch, frames, mels)` to log p `(batch, frames, tokens)`."""
        gelu = torch.nn.functional.gelu
        x = x[:, None]
        for i, conv in enumerate(self.front):
            x = conv(gelu(x) if i else x)
        for i in range(0, len(self.convs), 2):
            y = x
            for norm, conv in zip(self.norms[i : i + 2], self.convs[i : i + 2], strict=True):
                y = conv(gelu(norm(y)))
            x = x + y
        x = self.dense(x.permute(0, 2, 3, 1).flatten(2))
        for norm, gru in zip(self.gru_norms, self.grus, strict=True):
            x, _ = gru(gelu(norm(x)))
        return torch.log_softmax(self.logits(gelu(self.hidden(x))), dim=-1)


def step_of(network, log_mel, texts):
    """Returns a function that takes one AdamW step and returns the mean loss over clips."""
    optimizer = torch.optim.AdamW(network.parameters(), 1e-4, weight_decay=0.004, eps=1e-7)
    x, y = torch.tensor(log_mel), torch.tensor(texts)
    count = torch.full((len(y),), y.shape[1])

    def step():
        optimizer.zero_grad()
        log_p = network(x).transpose(0, 1)
        frames = torch.full((len(y),), len(log_p))
        loss = torch.nn.functional.ctc_loss(log_p, y, frames, count, reduction="none").mean()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def _serve(pipe, *arguments):
    """Takes a step for each message."""
    step = step_of(*arguments)
    while pipe.recv():
        pipe.send(step())


@contextmanager
def torch_step(model, row, log_mel, texts):
    """Yields a function that takes one AdamW step in its own process and returns the loss.

    In one process with TensorFlow, PyTorch's threads would wait for TensorFlow's threads.
    """
    spawn = multiprocessing.get_context("spawn")
    pipe, end = spawn.Pipe()
    arguments = (end, DeepSpeech2(model, row), log_mel, texts)
    process = spawn.Process(target=_serve, args=arguments, daemon=True)
    process.start()

    def step():
        pipe.send(True)
        return pipe.recv()

    try:
        yield step
    finally:
        pipe.send(False)
        process.join()
