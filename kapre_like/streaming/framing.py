"""Stage of layers that cut samples into frames, such as `STFT` and `MelSpectrogram`."""

import numpy as np
from keras import ops

from kapre_like import layers
from kapre_like.streaming.row import Head, Row, no_frames


class Framing:
    """Cuts samples into frames and keeps the samples that later frames need.

    Args:
        layer: The layer that cuts frames.
        links: Links of a `Row` that process the frames in the same compiled function.
        rest: Layers of the links.
    """

    def __init__(self, layer, links, rest):
        self._layer, self._grid = layer, layer.frame_grid
        self._side = self._grid.side
        self._mirror = self._side and layer.pad_mode == "reflect"
        # The same layer without the samples beside the clip, which are added here.
        config = layer.get_config()
        uncentered = {"center": False} if "center" in config else {}
        self._twin = type(layer).from_config({**config, **uncentered})
        self._row = Row(
            links,
            layers=[self._twin, *rest],
            head=Head(lambda x, cuts: self._twin(x)),  # noqa: ARG005
        )

    def begin(self, nothing):
        """Starts a clip without samples, with the current weights of the layer."""
        shape = (nothing.shape[0], None, nothing.shape[2])
        if not self._layer.built:
            self._layer.build(shape)
        if not self._twin.built:
            self._twin.build(shape)
        self._twin.set_weights(self._layer.get_weights())
        self._kept = self._tail = nothing
        self._started, self._skip, self._first = False, 0, True
        return self._row.begin(no_frames(self._twin, (shape[0], 1, shape[2])))

    def feed(self, x, *, last):
        """Returns the frames that are complete."""
        # Reflection needs the last samples of the clip, which frames may have consumed.
        self._tail = np.concatenate([self._tail, x], axis=1)[:, -(self._side + 1) :]
        kept = np.concatenate([self._kept, x], axis=1)
        if not self._started:
            if self._mirror and kept.shape[1] <= self._side:
                self._kept = kept
                return self._short_clip(kept, last=last)
            kept, self._started = np.concatenate([self._before(kept), kept], axis=1), True
        if last:
            kept = np.concatenate([kept, self._after(kept)], axis=1)
        return self._cut(kept, last=last)

    def _short_clip(self, x, *, last):
        """Pads a clip that is shorter than its reflection, as the layer does."""
        if not last:
            return self._row.run(x, 0, last=False)
        side, n_fft = self._side, self._grid.length
        padded = layers.Pad(before=side, after=side, mode="reflect")(x)
        padded = ops.convert_to_numpy(padded)
        missing = max(0, n_fft - padded.shape[1])
        return self._cut(np.pad(padded, [(0, 0), (0, missing), (0, 0)]), last=True)

    def _cut(self, samples, *, last):
        """Cuts all whole frames and keeps the remaining samples."""
        n_fft, hop = self._grid.length, self._grid.hop_length
        samples, skipped = samples[:, self._skip :], min(self._skip, samples.shape[1])
        self._skip -= skipped
        count = max(0, 1 + (samples.shape[1] - n_fft) // hop) if not self._skip else 0
        used = count * hop
        self._kept, self._skip = samples[:, used:], self._skip + max(0, used - samples.shape[1])
        self._first = self._first and not count
        part = samples[:, : (count - 1) * hop + n_fft] if count else samples
        return self._row.run(part, count, last=last)

    def _before(self, x):
        if self._mirror:
            return x[:, self._side : 0 : -1]
        return np.zeros((x.shape[0], self._side, x.shape[2]), "float32")

    def _after(self, kept):
        """Returns the samples after the clip. They complete a clip shorter than a frame."""
        if self._mirror:
            return self._tail[:, -2 : -self._side - 2 : -1]
        missing = self._grid.length - kept.shape[1] if self._first else 0
        return np.zeros((kept.shape[0], max(self._side, missing), kept.shape[2]), "float32")
