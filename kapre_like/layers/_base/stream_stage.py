"""How a layer takes part in `kapre_like.Streaming`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamStage:
    """How `kapre_like.Streaming` runs the layers of a class.

    Attributes:
        kind: Name of the stage in `streaming/stages.py`.
        places: Where a layer may be: `"samples"` before the layer that cuts frames, `"framing"`
            as that layer, `"frames"` after it.
    """

    kind: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class StreamContext:
    """Samples that an output depends on, for layers that look to both sides.

    Attributes:
        unit: Int > 0, samples per step; a chunk of outputs is a whole number of steps.
        outputs: Int > 0, outputs per step.
        past: Int >= 0, steps before a step that its outputs depend on.
        ahead: Int > 0, samples from the start of a step on that its outputs depend on.
    """

    unit: int
    outputs: int
    past: int
    ahead: int


FITTING = StreamStage("fitting", ("samples", "frames"))
PADDING = StreamStage("padding", ("samples",))
# The layer has `stream_context`.
AROUND = StreamStage("around", ("samples",))
FRAMING = StreamStage("framing", ("framing",))
# The layer has `stream_context`, `stream_filters`, `stream_energies` and `stream`.
LEARNED_BANDS = StreamStage("learned_bands", ("framing",))
EACH_FRAME = StreamStage("each_frame", ("frames",))
# The layer has `stream`, which takes and returns the state of a recursion.
RECURSION = StreamStage("recursion", ("frames",))
# The output depends on `win_length` frames.
FRAME_WINDOW = StreamStage("frame_window", ("frames",))
