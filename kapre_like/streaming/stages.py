"""Which layers stream, where they may stand, and why the others do not.

A stage has `begin(nothing)`, which starts a clip that comes in chunks like this empty one and
returns an empty result, and `feed(x, last=...)`, which takes more of the clip, adds the clip's
end if `last`, and returns what is ready. Both take and return NumPy arrays.
"""

from kapre_like import layers
from kapre_like.streaming.around import emphasis, learned_bands, resampling
from kapre_like.streaming.framing import Framing
from kapre_like.streaming.row import Looking, Plain, Recursive, Row
from kapre_like.streaming.samples import Fitting, Padding

# From samples to samples, before the frames.
SAMPLES = ("FitLength", "Pad", "PreEmphasis", "Resample")
LEARNED_BANDS = ("GaborFrontEnd", "SincFrontEnd")
FRAMING = (
    "STFT", "MelSpectrogram", "LogFrequencySpectrogram", "StftMagnitude", "MFCC", "LFCC",
    "KaldiFbank", *LEARNED_BANDS,
)  # fmt: skip
# From frames to frames.
FRAMES = (
    "Magnitude", "Power", "Phase", "ApplyFilterbank", "MagnitudeToDecibel", "PowerToDecibel",
    "LogCompression", "PCEN", "ConcatenateFrequencyMap", "Cepstrum", "Delta", "FitLength",
    "FrontEndNormalization",
)  # fmt: skip
_LINKS = {"PCEN": Recursive, "Delta": Looking}
_SAMPLE_STAGES = {
    "FitLength": Fitting, "Pad": Padding, "PreEmphasis": emphasis, "Resample": resampling,
}  # fmt: skip


def stages_of(front_end):
    """Returns the stages of layers in a row, or raises with the reason why one has none."""
    front_end = flat(front_end)
    framing = next((i for i, x in enumerate(front_end) if _known(x) in FRAMING), None)
    for place, layer in enumerate(front_end):
        _refuse(layer, framing is None or place <= framing)
    if framing is None:
        names = ", ".join(type(layer).__name__ for layer in front_end)
        raise ValueError(
            f"Streaming: `front_end` must have one of {', '.join(FRAMING)}. Received: {names}."
        )
    before = [
        _SAMPLE_STAGES[_known(layer)](layer)
        for layer in front_end[:framing]
        if getattr(layer, "_resampler", layer) is not None
    ]
    head, *more = _groups(front_end[framing + 1 :])
    return [*before, _first(front_end[framing], head), *map(_later, more)]


def flat(front_end):
    """Layers in a row, those inside a `Chain` or a `keras.Sequential` each by itself."""
    found = []
    for layer in front_end:
        inside = getattr(layer, "layers", None)
        found += flat(inside) if isinstance(inside, list) else [layer]
    return found


def _known(layer):
    """The name of a layer of this library, not of a class derived from it."""
    name = type(layer).__name__
    return name if getattr(layers, name, None) is type(layer) else None


def _groups(rest):
    """Frame layers in rows, each one function; a row begins where the last one cannot go on."""
    groups, looked = [[]], False
    for layer in rest:
        name = type(layer).__name__
        # `FitLength` counts frames, and a recursion cannot start without any.
        if name == "FitLength" or (name == "PCEN" and looked):
            groups.append([])
            looked = False
        groups[-1].append(layer)
        looked = looked or name == "Delta"
        if name == "FitLength":
            groups.append([])
    return [groups[0], *(group for group in groups[1:] if group)]


def _links(group):
    return [_LINKS.get(type(layer).__name__, Plain)(layer) for layer in group]


def _first(layer, group):
    make = learned_bands if type(layer).__name__ in LEARNED_BANDS else Framing
    return make(layer, _links(group), group)


def _later(group):
    if type(group[0]).__name__ == "FitLength":
        return Fitting(group[0])
    return Row(_links(group), layers=group)


def _refuse(layer, first):
    """Raises unless a layer streams at this place."""
    wanted = (*SAMPLES, *FRAMING) if first else FRAMES
    if isinstance(layer, layers.FrontEndNormalization) or _known(layer) in wanted:
        _refuse_whole_clips(layer)
    if _known(layer) not in wanted:
        place = "the first layer" if first else "a later layer"
        raise ValueError(
            f"Streaming: `front_end` must have one of {', '.join(wanted)} as {place}. "
            f"Received: {type(layer).__name__}."
        )


def _refuse_whole_clips(layer):
    """What follows the loudest frame of a clip, or its mean, is not known before its end."""
    name = type(layer).__name__
    if name == "FrontEndNormalization" and layer.mode != "dataset":
        raise ValueError(
            f"Streaming: {name} must not depend on the whole clip. Received: "
            f"mode={layer.mode!r}. Use mode='dataset'."
        )
    if not getattr(layer, "decibel", True):
        return
    if getattr(layer, "top_db", None) is not None or getattr(layer, "ref", None) == "max":
        raise ValueError(
            f"Streaming: {name} must not depend on the clip's peak. Received: "
            f"ref={layer.ref!r}, top_db={layer.top_db!r}. Use a number as ref and top_db=None."
        )
