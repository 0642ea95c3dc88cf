"""A causal network in chunks of samples gives the log probabilities of the whole clip."""

import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32_LONG

from kapre_like.models.blocks.streaming_network import StreamingNetwork
from kapre_like.models.conformer import conformer
from kapre_like.models.deepspeech2 import deepspeech2

pytestmark = pytest.mark.backends

BUILD = {"deepspeech2": deepspeech2, "conformer": conformer}


def as_if_trained(network):
    rng = np.random.default_rng(1)
    for variable in network.weights:
        if variable.dtype.startswith("float"):
            variable.assign(variable + rng.uniform(0, 0.1, variable.shape).astype("float32"))
    return network


@pytest.mark.parametrize("family", BUILD)
def test_chunks_give_what_the_whole_clip_gives(family):
    # 400 Hz: a second has as many frames as at 16 kHz, and few samples.
    network = as_if_trained(
        BUILD[family]("tiny", n_tokens=5, sample_rate=400, n_mels=8, fmin=0.0, causal=True)
    )
    waveform = np.random.default_rng(0).normal(0, 0.1, (2, 1203)).astype("float32")
    stream = StreamingNetwork(network)
    for samples in (1203, 1200, 5):
        clip = waveform[:, :samples]
        whole = to_numpy(network([clip, np.full(2, samples, "int32")], training=False))
        # 3 s are more than the 2 s of context of the attention.
        cuts = [0, 3, 0, 400, 10, 390]
        parts = [stream.push(part) for part in np.split(clip, np.cumsum(cuts), axis=1)]
        got = np.concatenate([*parts, stream.finish()], axis=1)
        assert got.shape == whole.shape
        np.testing.assert_allclose(got, whole, atol=FLOAT32_LONG)
        assert samples < 1200 or sum(part.shape[1] > 0 for part in parts) >= 3
        stream.reset()


def test_a_network_that_is_not_causal_is_an_error():
    with pytest.raises(ValueError, match=r"expects a network .* causal=True. Received: .*'con"):
        StreamingNetwork(conformer("tiny", n_tokens=3))
    with pytest.raises(ValueError, match="causal=True"):
        StreamingNetwork(deepspeech2("tiny", n_tokens=3))
