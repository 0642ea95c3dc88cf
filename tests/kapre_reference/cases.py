"""One call of a Kapre layer or function, how it is run with either package, how close is equal.

Nothing here imports Kapre or kapre_like: the module to call is an argument.
"""

import contextlib
import dataclasses
import functools

import keras
import numpy as np

# Largest difference allowed, per kind of number; of the peak where that exceeds 1.
TOLERANCES = {
    "complex": 1e-3,
    "magnitude": 1e-4,
    "waveform": 1e-5,
    # Sine and cosine; of a spectrum only where its magnitude exceeds NOISE of the peak, since
    # an error of 1e-6 of the peak turns a bin of 1e-3 of the peak by a thousandth.
    "phase": 1e-3,
    # Of given magnitudes. What an STFT is in decibels is compared as "level", below.
    "decibel": 1e-3,
}
# Under float64 Kapre rounds mel filterbanks and decibel references to float32 on the way, 6e-8
# of each, and Keras 3.15 computes `ops.maximum` in float32 on PyTorch, which decibels show as
# 2.4e-7. All else agrees to 1e-13.
TOLERANCE_FLOAT64 = 1e-6
NOISE = 1e-3


@dataclasses.dataclass(frozen=True)
class Case:
    """What is called, with what, and what kind of number comes out.

    `target` names a class or function below the `kapre` module. `use` says how it is called:
    "layer" (made, then called on the input), "function" (called on the input and the
    arguments), "constant" (called on the arguments) or "inverse" (two layers, there and back).
    """

    target: str
    arguments: tuple
    kind: str
    use: str = "layer"
    source: str = "audio"
    shape: tuple = ()
    floatx: str = "float32"
    image_format: str = "channels_last"

    def __str__(self):
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments)
        given = f"{self.source}{self.shape} " if self.use != "constant" else ""
        return f"{self.target}({arguments}) on {given}{self.floatx} {self.image_format}"


def case(target, kind, shape=(), **rest):
    """A `Case`. Arguments that are not fields of it are arguments of the target."""
    fields = {field.name for field in dataclasses.fields(Case)}
    given = {name: rest.pop(name) for name in fields & set(rest)}
    return Case(target, tuple(rest.items()), kind, shape=shape, **given)


@contextlib.contextmanager
def configured(image_format="channels_last", floatx="float32"):
    """Keras's configuration, put back afterwards."""
    before = keras.config.image_data_format(), keras.config.floatx()
    policy = keras.config.dtype_policy()
    keras.config.set_image_data_format(image_format)
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(floatx)
    try:
        yield
    finally:
        keras.config.set_image_data_format(before[0])
        keras.config.set_floatx(before[1])
        keras.config.set_dtype_policy(policy)


def given(source, shape, floatx):
    """The input of a case: random, and the same in every version of NumPy."""
    random = np.random.RandomState(7)
    if source == "length":
        return shape[0]
    if source == "spectrum":
        parts = random.normal(size=(2, *shape))
        # An STFT of real audio has a real first bin, so most spectra to invert have one.
        return (parts[0] + 1j * parts[1]).astype(
            "complex128" if floatx == "float64" else "complex64"
        )
    if source.startswith("codes below "):
        return random.randint(0, int(source.split()[-1]), shape).astype("int32")
    if source == "quadrants":
        angles, sizes = (
            random.uniform(-np.pi, np.pi, shape),
            10.0 ** random.uniform(-2, 2, shape),
        )
        values = sizes * np.exp(1j * angles)
        # On the axes too, where an angle jumps.
        values.flat[:5] = 0.0, 1.0, 1j, -1.0, -1j
        return values.astype("complex128" if floatx == "float64" else "complex64")
    values = {
        "audio": lambda: np.clip(0.3 * random.normal(size=shape), -1, 1),
        "magnitude": lambda: 10.0 ** random.uniform(-7, 2, shape),
        "features": lambda: 10.0 * random.normal(size=shape),
        "pairs": lambda: random.normal(size=shape),
    }[source]()
    # The first clip is fainter than the rest: a peak of the whole batch would show.
    if values.ndim > 1 and len(values) > 1:
        values[0] *= 0.01
    return values.astype(floatx)


def run(kapre, one):
    """The arrays that the case gives with this package, in a list."""
    with configured(one.image_format, one.floatx):
        return run_as_configured(kapre, one)


def run_as_configured(kapre, one):
    call = functools.reduce(getattr, one.target.split("."), kapre)
    arguments = dict(one.arguments)
    if one.use == "constant":
        return [as_array(call(**arguments))]
    x = given(one.source, one.shape, one.floatx)
    if one.use == "function":
        return [as_array(call(keras.ops.convert_to_tensor(x), **arguments))]
    if one.use == "inverse":
        stft, istft = call(**arguments)
        spectrum = stft(x)
        return [as_array(spectrum), as_array(istft(spectrum))]
    layer = call(**arguments)
    outputs = layer(x)
    if getattr(layer, "weights", None):
        for place, weight in enumerate(layer.weights):
            random = np.random.RandomState(place)
            weight.assign(random.normal(size=weight.shape).astype("float32"))
        outputs = layer(x)
    return [as_array(outputs)]


def steady(kapre):
    """The real Kapre, whose TFLite layers multiply a 4-D tensor with a matrix.

    On a CPU TensorFlow 2.21 with oneDNN gives wrong numbers for that, or crashes, once it has
    met several shapes. A product of two matrices is the same and right.
    """
    module = kapre.tflite_compatible_stft
    if hasattr(module._rdft, "of_kapre"):
        return kapre
    rdft = module._rdft.python_function

    def by_rows(signal, dft_length):
        rows = rdft(keras.ops.reshape(signal, (-1, signal.shape[-1])), dft_length)
        return keras.ops.reshape(rows, (*signal.shape[:-1], *rows.shape[1:]))

    by_rows.of_kapre, module._rdft = module._rdft, by_rows
    return kapre


def as_array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def check(one, got, expected):
    """Asserts that both packages give the same; returns `{kind: largest difference}`."""
    kinds = ["complex", "waveform"] if one.use == "inverse" else [one.kind]
    assert len(got) == len(expected) == len(kinds)
    differences = {}
    for kind, ours, theirs in zip(kinds, got, expected, strict=True):
        assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
        assert ours.dtype == theirs.dtype, (ours.dtype, theirs.dtype)
        for name, difference in compare(one, kind, ours, theirs):
            limit = TOLERANCE_FLOAT64 if one.floatx == "float64" else TOLERANCES.get(name, 1e-4)
            assert difference <= limit, f"{name} differs by {difference:.2e} > {limit:.0e}"
            differences[name] = max(difference, differences.get(name, 0.0))
    return differences


def compare(one, kind, ours, theirs):
    """Pairs of a kind of number and the largest difference in it."""
    if kind == "integer":
        # A code is a rounded number: the two may fall on two sides of a half.
        steps = np.abs(ours.astype("int64") - theirs)
        return [("codes", float(np.max(steps, initial=0) > 1 or np.mean(steps) > 0.01))]
    if kind == "phase":
        return [("phase", turned(ours, theirs))]
    if kind == "level":
        return levels(ours, theirs)
    if kind.endswith("_phase"):
        axis = channel_axis(one)
        (ours, our_phase), (theirs, phase) = (np.split(x, 2, axis) for x in (ours, theirs))
        size = 10.0 ** (theirs / 10.0) if kind.startswith("level") else theirs
        # Twice, since a range of 30 of Kapre's decibels ends at a thousandth of the peak.
        heard = size > 2 * NOISE * np.max(size, initial=0.0)
        pairs = compare(one, kind.removesuffix("_phase"), ours, theirs)
        return [*pairs, ("phase", turned(our_phase[heard], phase[heard]))]
    return [(kind, apart(ours, theirs))]


def apart(ours, theirs):
    """Largest difference, of the peak where that exceeds 1."""
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    return float(np.max(np.abs(ours - theirs), initial=0.0)) / scale


def turned(ours, theirs):
    """Largest difference of sine and cosine."""
    return max(apart(np.sin(ours), np.sin(theirs)), apart(np.cos(ours), np.cos(theirs)))


def levels(ours, theirs):
    """Decibels of an STFT: as magnitudes everywhere, as decibels where above the noise."""
    here, there = 10.0 ** (ours / 10.0), 10.0 ** (theirs / 10.0)
    heard = there > NOISE * np.max(there, initial=0.0)
    pairs = [("magnitude", apart(here, there))]
    # 0.01 dB of Kapre's, which are half as many as decibels of a magnitude: 0.2 %.
    return [*pairs, ("level / 100", apart(ours[heard], theirs[heard]) / 100.0)]


def channel_axis(one):
    chosen = dict(one.arguments).get("output_data_format", "default")
    return 1 if "channels_first" in (chosen, chosen == "default" and one.image_format) else 3
