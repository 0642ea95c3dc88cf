"""The PANNs in PyTorch: those of `panns-inference`, and the two that it lacks."""

import importlib.util
import sys
import types

import torch
from torch import nn
from torch.nn import functional

from kapre_like.models.pretrained.panns.config import N_CLASSES, N_MELS, ROWS


class _Same(nn.Module):
    """Stands for the front end of torchlibrosa: the originals are given log-mels."""

    def __init__(self, **options):
        super().__init__()

    def forward(self, x):
        return x


def inference_module():
    """Returns `panns_inference.models` alone: importing the package downloads a file."""
    folder = importlib.util.find_spec("panns_inference").submodule_search_locations[0]
    names = {"Spectrogram": _Same, "LogmelFilterBank": _Same, "SpecAugmentation": _Same}
    stubs = {
        name: types.ModuleType(name)
        for name in ("torchlibrosa", "torchlibrosa.stft", "torchlibrosa.augmentation")
    }
    for stub in stubs.values():
        vars(stub).update(names)
    package = types.ModuleType("panns_originals_package")
    package.__path__ = [folder]
    held = {**stubs, package.__name__: package}
    before = {name: sys.modules.get(name) for name in held}
    sys.modules.update(held)
    try:
        return importlib.import_module(f"{package.__name__}.models")
    finally:
        for name, module in before.items():
            sys.modules.pop(name) if module is None else sys.modules.update({name: module})


class _Block(nn.Module):
    def __init__(self, into, out, config):
        super().__init__()
        for i in range(1, config.convolutions + 1):
            conv = nn.Conv2d(
                into if i == 1 else out, out, config.kernel, padding="same", bias=False
            )
            setattr(self, f"conv{i}", conv)
            setattr(self, f"bn{i}", nn.BatchNorm2d(out))
        self.count = config.convolutions

    def forward(self, x):
        for i in range(1, self.count + 1):
            x = functional.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        return functional.avg_pool2d(x, 2)


class Small(nn.Module):
    """CNN6 and CNN10 as table 2 of the paper describes them."""

    def __init__(self, row):
        super().__init__()
        config = ROWS[row]
        self.bn0 = nn.BatchNorm2d(N_MELS)
        into = 1
        for number, out in enumerate(config.channels, start=1):
            setattr(self, f"conv_block{number}", _Block(into, out, config))
            into = out
        self.fc1 = nn.Linear(into, into)
        self.fc_audioset = nn.Linear(into, N_CLASSES)
        self.count = len(config.channels)

    def forward(self, log_mel):
        x = self.bn0(log_mel.transpose(1, 3)).transpose(1, 3)
        for number in range(1, self.count + 1):
            x = getattr(self, f"conv_block{number}")(x)
        x = x.mean(dim=3)
        x = functional.relu(self.fc1(x.max(dim=2).values + x.mean(dim=2)))
        return {"embedding": x, "clipwise_output": torch.sigmoid(self.fc_audioset(x))}


def original(row, seed=0):
    """Returns a network of PyTorch with random weights and random statistics."""
    torch.manual_seed(seed)
    config = ROWS[row]
    if row.startswith("cnn14"):
        network = inference_module().Cnn14(
            sample_rate=config.sample_rate, window_size=config.n_fft,
            hop_size=config.hop_length, mel_bins=N_MELS, fmin=config.fmin, fmax=config.fmax,
            classes_num=N_CLASSES,
        )  # fmt: skip
    else:
        network = Small(row)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    # Decibels are far from 0.
    nn.init.normal_(network.bn0.running_mean, -30, 5)
    nn.init.uniform_(network.bn0.running_var, 100, 200)
    return network.eval()


def state(network, row):
    """Returns the content of a published file: with the original's front end."""
    config = ROWS[row]
    tensors = dict(network.state_dict())
    basis = torch.zeros(config.n_fft // 2 + 1, 1, config.n_fft)
    tensors["spectrogram_extractor.stft.conv_real.weight"] = basis
    tensors["spectrogram_extractor.stft.conv_imag.weight"] = basis
    tensors["logmel_extractor.melW"] = torch.zeros(config.n_fft // 2 + 1, N_MELS)
    return {"iteration": 600000, "model": tensors}


def save(row, path, seed=0):
    """Writes a file as published, and returns its network."""
    network = original(row, seed)
    torch.save(state(network, row), path)
    return network


def answer(network, log_mel):
    """Returns scores and embedding of one log-mel spectrogram `(frames, mels)`."""
    with torch.no_grad():
        out = network(torch.tensor(log_mel)[None, None])
    return out["clipwise_output"][0].numpy(), out["embedding"][0].numpy()
