"""`CodecSimulation`: quantization, lost packets, and the band."""

import keras
import numpy as np
import pytest
from backend_tools import gradient, to_numpy

from kapre_like.augment import CodecSimulation
from kapre_like.ops.effects import lose_packets, mu_law_round_trip

OFF = {"band_limit": False, "mu_law": False, "max_loss": 0.0}
RNG = np.random.default_rng(0)


def through(x, **arguments):
    return to_numpy(CodecSimulation(**{**OFF, **arguments})(x, training=True))


def test_with_all_switches_off_nothing_changes():
    x = RNG.standard_normal((2, 500, 2)).astype("float32")
    np.testing.assert_array_equal(through(x), x)


@pytest.mark.parametrize("peak", [1.0, 0.1, 0.01])
def test_loud_and_quiet_sounds_are_38_db_above_the_quantization(peak):
    x = peak * np.sin(0.1 * np.arange(8000, dtype="float32"))[None]
    error = through(x, mu_law=True) - x
    ratio = 10 * np.log10((x**2).sum() / (error**2).sum())
    # G.711 with mu-law: 38 dB from full scale down to -20 dB, 32 dB or more at -40 dB.
    assert (36 if peak > 0.05 else 30) < ratio < 41


@pytest.mark.backends
def test_there_are_255_levels_symmetric_about_zero():
    x = np.linspace(-1.2, 1.2, 100001, dtype="float32")
    levels = np.unique(to_numpy(mu_law_round_trip(keras.ops.convert_to_tensor(x), mu=255)))
    # The sum of x and a difference rounds levels in the last bits.
    levels = np.unique(np.round(levels, 6))
    assert len(levels) == 255
    np.testing.assert_allclose(levels, -levels[::-1], atol=2e-6)
    assert 0.0 in levels
    assert levels.max() == 1.0


@pytest.mark.backends
def test_the_gradient_of_the_quantizer_is_that_of_the_identity():
    x = np.linspace(-1, 1, 21)
    slope = gradient(lambda x: mu_law_round_trip(x, mu=255), x)
    np.testing.assert_array_equal(slope, 1.0)


@pytest.mark.backends
def test_lost_packets_are_silent_or_repeat_the_one_before():
    x = np.arange(1.0, 12.0, dtype="float32").reshape(1, 11, 1)
    lost = np.array([[True, False, True, True, False, False]])
    for repeat, expected in (
        (False, [0, 0, 3, 4, 0, 0, 0, 0, 9, 10, 11]),
        (True, [0, 0, 3, 4, 3, 4, 0, 0, 9, 10, 11]),
    ):
        y = lose_packets(keras.ops.convert_to_tensor(x), lost=lost, packet=2, repeat=repeat)
        assert to_numpy(y).ravel().tolist() == expected


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_share_of_lost_packets(share):
    x = np.ones((20, 8000), "float32")
    y = through(x, sample_rate=8000, packet_ms=10, min_loss=share, max_loss=share)
    packets = y.reshape(20, -1, 80)
    assert (packets == packets[..., :1]).all()
    lost = (packets[..., 0] == 0).mean()
    # 2000 packets: five standard errors.
    assert abs(lost - share) <= 5 * np.sqrt(share * (1 - share) / 2000)


def test_each_example_has_a_loss_of_its_own():
    y = through(np.ones((50, 16000), "float32"), packet_ms=5, max_loss=1.0)
    shares = (y == 0).mean(axis=1)
    assert shares.min() < 0.15
    assert shares.max() > 0.85


def test_the_band_is_that_of_a_telephone():
    time = np.arange(16000) / 16000
    for hz, low, high in ((60, -200, -50), (300, -3.1, -2.9), (1000, -0.1, 0.1),
                          (3400, -3.1, -2.9), (7000, -200, -40)):  # fmt: skip
        x = np.sin(2 * np.pi * hz * time)[None].astype("float32")
        y = through(x, band_limit=True)[0, 8000:]
        assert low < 10 * np.log10(2 * (y**2).mean()) < high, hz


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("band_limit", {"band_limit": 1}),
        ("mu_law", {"mu_law": "yes"}),
        ("high_hz", {"high_hz": 200}),
        ("high_hz", {"high_hz": 300.0}),
        ("high_hz", {"sample_rate": 6000}),
        ("low_hz", {"low_hz": 0}),
        ("packet_ms", {"packet_ms": 0}),
        ("max_loss", {"max_loss": 1.5}),
        ("max_loss", {"min_loss": 0.5, "max_loss": 0.4}),
        ("concealment", {"concealment": "guess"}),
        ("concealment", {"concealment": None}),
    ],
    ids=str,
)
def test_bad_arguments_are_named(name, bad):
    with pytest.raises(ValueError, match=f"^CodecSimulation: `{name}` must be .* Received: "):
        CodecSimulation(**bad)
