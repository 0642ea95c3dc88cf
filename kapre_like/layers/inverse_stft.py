"""Inverse short-time Fourier transform as a layer. Arithmetic: `ops.stft`."""

import keras

from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import working_dtype
from kapre_like.layers._base.spectrum import check_spectrum, spectrum_shape, take_spectrum
from kapre_like.layers._base.synthesis import Synthesis
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.sizes import channels_last, channels_second
from kapre_like.ops.stft import inverse_stft


@keras.saving.register_keras_serializable(package="kapre_like")
class InverseSTFT(FrontEnd):
    """Waveform from a short-time Fourier transform, by least-squares overlap-add.

    `y[n] = sum_t w[n - t * hop_length] * frame_t[n - t * hop_length] / sum_t w[n - t *
    hop_length] ** 2`, where `frame_t` is the inverse FFT of frame `t` and `w` the window. With
    the arguments of the `STFT` that computed the input, the output equals the clip to within
    1e-5 of its peak, except for samples that only small window values cover, because the
    division amplifies rounding errors there. These are:

    - the samples after the last frame; set `length`, and a hop below half the window length;
    - with `center=False`, the samples at both ends where the window is below a twentieth: 7 %
      of a Hann window.

    A mask over frames excludes the frames past a clip's end, and the output carries a mask over
    samples. The arithmetic is float32 under every dtype policy except float64.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: The window of the forward transform; see `STFT`.
        center: Whether the forward transform was centered; `False` if its `pad_mode` was
            `"none"`.
        length: Int >= 0, samples of the output, which is cut or padded with zeros. `None` means
            `(frames - 1) * hop_length`, and one more for odd `n_fft`, or `n_fft` more if not
            centered.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex, or the same with a last axis of 2
        (real and imaginary part). Or `[spectrum, waveform]`: then the output has the number of
        samples and the mask of the waveform `(batch, samples, ...)`, and `length` is ignored.

    Output shape:
        `(batch, samples, channels)`, float32, in the unit of the input.

    Raises:
        ValueError: If an argument is outside its domain, the window and the hop leave samples
            that no frame covers well enough for an error of 1e-5, or the input is not such a
            spectrum.

    Example:
        >>> spectrum = np.zeros((2, 126, 257, 1), "complex64")
        >>> kapre_like.InverseSTFT(n_fft=512)(spectrum).shape
        (2, 16000, 1)

    Source: D. Griffin, J. Lim, Signal estimation from modified short-time Fourier
        transform, 1984, equation 6; librosa 0.11 `istft`.
    """

    def __init__(
        self,
        *,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        window="hann",
        center=True,
        length=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._synthesis = Synthesis(
            "InverseSTFT", n_fft=n_fft, win_length=win_length, hop_length=hop_length,
            window=window, center=center, length=length,
        )  # fmt: skip
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.window, self.center, self.length = window, center, length

    def build(self, input_shape):
        self._check_shape(input_shape)

    def call(self, inputs, mask=None):
        spectrum, reference = _split(inputs)
        frame_mask, own_mask = _split(mask) if reference is not None else (mask, None)
        real, imag = take_spectrum(self, "InverseSTFT", spectrum)
        x = inverse_stft(
            channels_second(real), channels_second(imag),
            window=self._synthesis.window.astype(working_dtype(self)), n_fft=self.n_fft,
            hop_length=self._synthesis.hop_length, center=self.center, length=self.length,
            like=reference, mask=frame_mask,
        )  # fmt: skip
        own_mask = self._synthesis.mask(frame_mask) if reference is None else own_mask
        # Past a clip's end the window is nearly 0, and dividing by it amplifies rounding.
        return zero_invalid(channels_last(x), mask=own_mask)

    def compute_mask(self, inputs, previous_mask=None):
        if _split(inputs)[1] is None:
            return self._synthesis.mask(previous_mask)
        return _split(previous_mask)[1]

    def _check_shape(self, shape):
        spectrum, _ = _split(shape)
        check_spectrum("InverseSTFT", spectrum, n_freqs=self._synthesis.n_freqs)

    def _check_dtype(self, inputs):
        spectrum_shape("InverseSTFT", _split(inputs)[0])

    def _output_shape(self, shape):
        spectrum, reference = _split(shape)
        batch, frames, _, channels = spectrum[:4]
        samples = self._synthesis.samples(frames) if reference is None else reference[1]
        return (batch, samples, channels)


def _split(given):
    """Returns spectrum and reference waveform or `None`; for tensors, shapes and masks."""
    if given is None:
        return None, None
    several = isinstance(given, (list, tuple)) and len(given) == 2
    return tuple(given) if several else (given, None)
