"""`features.settings`: what `None` becomes, and errors that name the argument."""

import pytest

from kapre_like.features.settings import resolve


@pytest.mark.parametrize(
    ("rate", "n_fft", "win_length", "hop_length"),
    [(8000, 256, 200, 80), (16000, 512, 400, 160), (44100, 2048, 1102, 441)],
)
def test_none_means_25_and_10_milliseconds(rate, n_fft, win_length, hop_length):
    analysis = resolve(sample_rate=rate)
    assert (analysis.n_fft, analysis.win_length, analysis.hop_length) == (
        n_fft, win_length, hop_length,
    )  # fmt: skip
    assert analysis.fmax == rate / 2
    assert analysis.frame_s == pytest.approx(0.01)


def test_a_short_transform_shortens_the_window():
    assert resolve(n_fft=128).win_length == 128
    assert resolve(win_length=100).n_fft == 128


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sample_rate", 0),
        ("sample_rate", 16000.0),
        ("n_fft", 2.5),
        ("win_length", 0),
        ("hop_length", -1),
        ("n_mels", 0),
        ("fmin", -1.0),
        ("fmin", 9000.0),
        ("fmax", 8001.0),
        ("top_db", 0.0),
    ],
)
def test_a_bad_argument_is_named(name, value):
    with pytest.raises(ValueError, match=rf"ClipFeatures: `{name}` must be .*{name}={value}"):
        resolve(**{name: value})


def test_a_window_longer_than_the_transform_is_refused():
    with pytest.raises(ValueError, match="`n_fft` must be at least win_length=400"):
        resolve(win_length=400, n_fft=256)
