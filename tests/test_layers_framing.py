"""Every layer that cuts a waveform into frames counts them in one way."""

import numpy as np
import pytest
from backend_tools import to_numpy
from layer_cases import CASES

from kapre_like.layers._base.axes import FramingLayer

FRAMING = [case for case in CASES if isinstance(case.layer(), FramingLayer)]
LENGTHS = np.array([0, 1, 7, 63, 64, 65, 500, 2000], "int32")


@pytest.mark.parametrize("case", FRAMING, ids=str)
def test_counts_lengths_and_masks_of_frames_agree(case):
    layer = case.layer()
    counts = [layer.frame_grid.count(int(n)) for n in LENGTHS]
    assert to_numpy(layer.frame_lengths(LENGTHS)).tolist() == counts
    mask = np.arange(max(LENGTHS)) < LENGTHS[:, None]
    frames = layer.compute_mask(None, mask)
    if frames is None:
        assert getattr(layer, "mode", None) == "integrated"
    else:
        assert to_numpy(frames).sum(axis=1).tolist() == counts


def test_there_are_framing_layers_of_every_family():
    assert {"STFT", "MelSpectrogram", "CQT", "GaborFrontEnd", "KaldiFbank", "RMS", "Frame"} <= {
        case.name for case in FRAMING
    }
