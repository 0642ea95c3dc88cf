"""`FrameGrid`: counts and positions of frames."""

import dataclasses

import pytest

from kapre_like.filters import FrameGrid


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize(("length", "hop_length"), [(8, 3), (7, 3), (2, 5), (1, 4)])
def test_a_frame_exists_if_its_samples_do(length, hop_length, center):
    grid = FrameGrid(length, hop_length, center)
    for samples in range(40):
        padded = samples + 2 * grid.side
        starts = [s for s in range(0, padded, hop_length) if s + length <= padded]
        assert grid.count(samples) == max(1, len(starts))


def test_an_unknown_length_gives_an_unknown_count():
    assert FrameGrid(8, 3).count(None) is None


@pytest.mark.parametrize(
    ("grid", "middle"),
    [(FrameGrid(8, 3), 4), (FrameGrid(8, 3, True), 0), (FrameGrid(7, 3), 3.5)],
)
def test_the_middle_of_the_first_frame(grid, middle):
    assert grid.middle == middle


def test_seconds_between_frames():
    assert FrameGrid(400, 160).seconds(16000) == 0.01
    assert FrameGrid(400, 160).seconds(16000, frames=4) == 0.04


def test_a_grid_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FrameGrid(8, 3).length = 9
