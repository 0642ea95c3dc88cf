"""Builds the stages of `Streaming` from layers in a row.

A stage has two methods, which take and return NumPy arrays. `begin(nothing)` starts a clip. It
takes a chunk without samples and returns an output without frames. `feed(x, last=...)` takes
the next chunk and returns the outputs that are complete. With `last=True` it ends the clip.

Every class of layers that streams declares its stage in `stream_stage`.
"""

from kapre_like import layers
from kapre_like.streaming.around import around, learned_bands
from kapre_like.streaming.framing import Framing
from kapre_like.streaming.row import Looking, Plain, Recursive, Row
from kapre_like.streaming.samples import Fitting, Padding

_SAMPLE_STAGES = {"around": around, "fitting": Fitting, "padding": Padding}
_FRAMING_STAGES = {"framing": Framing, "learned_bands": learned_bands}
_LINKS = {"each_frame": Plain, "frame_window": Looking, "recursion": Recursive}


def accepted(place):
    """Returns the names of the layers of this library that may be at a place."""
    kinds = {name: getattr(layers, name).stream_stage for name in layers.__all__}
    return tuple(name for name, stage in kinds.items() if stage and place in stage.places)


# Names of layers from samples to samples, from samples to frames, and from frames to frames.
SAMPLES, FRAMING, FRAMES = (accepted(place) for place in ("samples", "framing", "frames"))


def stages_of(front_end):
    """Returns the stages of layers in a row. Raises an error if a layer cannot stream."""
    front_end = flat(front_end)
    framing = next((i for i, x in enumerate(front_end) if "framing" in _places(x)), None)
    for place, layer in enumerate(front_end):
        _refuse(layer, framing is None or place <= framing)
    if framing is None:
        names = ", ".join(type(layer).__name__ for layer in front_end)
        raise ValueError(
            f"Streaming: `front_end` must have one of {', '.join(FRAMING)}. Received: {names}."
        )
    before = [_SAMPLE_STAGES[_kind(layer)](layer) for layer in front_end[:framing]]
    head, *more = _groups(front_end[framing + 1 :])
    make = _FRAMING_STAGES[_kind(front_end[framing])]
    first = make(front_end[framing], _links(head), head)
    # A layer that changes nothing has no stage.
    return [*(stage for stage in before if stage is not None), first, *map(_later, more)]


def flat(front_end):
    """Returns the layers in a row, with those inside a `Chain` or `keras.Sequential` inline."""
    found = []
    for layer in front_end:
        inside = getattr(layer, "layers", None)
        found += flat(inside) if isinstance(inside, list) else [layer]
    return found


def _places(layer):
    stage = getattr(layer, "stream_stage", None)
    return () if stage is None else stage.places


def _kind(layer):
    return layer.stream_stage.kind


def _groups(rest):
    """Splits layers after the frames into rows, each of which is one compiled function."""
    groups, looked = [[]], False
    for layer in rest:
        kind = _kind(layer)
        # `FitLength` counts frames, and a recursion needs a frame to start.
        if kind == "fitting" or (kind == "recursion" and looked):
            groups.append([])
            looked = False
        groups[-1].append(layer)
        looked = looked or kind == "frame_window"
        if kind == "fitting":
            groups.append([])
    return [groups[0], *(group for group in groups[1:] if group)]


def _links(group):
    return [_LINKS[_kind(layer)](layer) for layer in group]


def _later(group):
    if _kind(group[0]) == "fitting":
        return Fitting(group[0])
    return Row(_links(group), layers=group)


def _refuse(layer, first):
    """Raises an error unless a layer can stream at this place."""
    name, places = type(layer).__name__, _places(layer)
    obstacle = layer.stream_obstacle() if places else None
    if obstacle is not None:
        raise ValueError(f"Streaming: {name} {obstacle}")
    if not {*places} & ({"samples", "framing"} if first else {"frames"}):
        wanted = (*SAMPLES, *FRAMING) if first else FRAMES
        place = "the first layer" if first else "a later layer"
        raise ValueError(
            f"Streaming: `front_end` must have one of {', '.join(wanted)} as {place}. "
            f"Received: {name}."
        )
