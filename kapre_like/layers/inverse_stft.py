"""Inverse short-time Fourier transform as a layer. Arithmetic: `ops.stft`."""

import keras

from kapre_like.layers._front_end import FrontEnd
from kapre_like.layers._inputs import working_dtype
from kapre_like.layers._spectrum import check_spectrum, spectrum_shape, take_spectrum
from kapre_like.layers._synthesis import Synthesis
from kapre_like.ops.axes import channels_last, channels_second
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.stft import inverse_stft


@keras.saving.register_keras_serializable(package="kapre_like")
class InverseSTFT(FrontEnd):
    """Waveform from its short-time Fourier transform, by overlap-add in least squares.

    `y[n] = sum_t w[n - t h] * frame_t[n - t h] / sum_t w[n - t h] ** 2`. With the arguments of
    the `STFT` that came before it gives the clip back to 1e-5 of its peak, but for samples
    that no window, or only its foot, covers: those after the last frame (give `length`, and a
    hop of less than half the window) and, if not centred, those at both ends where the window
    is below a twentieth (7 % of a Hann window): rounding is divided by the window there.

    A mask over frames leaves the frames past a clip's end out and goes on as a mask over
    samples. The arithmetic is float32 under every policy but float64.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, samples under the window. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: The window of the forward transform, as `STFT` takes it.
        center: Whether the forward transform was centred; `False` for its `pad_mode="none"`.
        length: Int >= 0, samples to return: cut, or filled with zeros. `None` returns
            `(frames - 1) * hop_length`, and one more for odd `n_fft`; `n_fft` more if not
            centred.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex, or the same with a last axis of
        2 (real and imaginary part).

    Output shape:
        `(batch, samples, channels)`, float32.

    Raises:
        ValueError: If an argument is outside its domain, the window and the hop leave samples
            that no frame sees (well enough for 1e-5), or the input is not such a spectrum.

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
        check_spectrum("InverseSTFT", input_shape, n_freqs=self._synthesis.n_freqs)

    def call(self, inputs, mask=None):
        real, imag = take_spectrum(self, "InverseSTFT", inputs)
        x = inverse_stft(
            channels_second(real), channels_second(imag),
            window=self._synthesis.window.astype(working_dtype(self)), n_fft=self.n_fft,
            hop_length=self._synthesis.hop_length, center=self.center, length=self.length,
            mask=mask,
        )  # fmt: skip
        # Past a clip's end only the foot of the last window is left: noise over nearly nothing.
        return zero_invalid(channels_last(x), mask=self._synthesis.mask(mask))

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        return self._synthesis.mask(previous_mask)

    def compute_output_shape(self, input_shape):
        check_spectrum("InverseSTFT", input_shape, n_freqs=self._synthesis.n_freqs)
        batch, frames, _, channels = input_shape[:4]
        return (batch, self._synthesis.samples(frames), channels)

    def compute_output_spec(self, inputs, mask=None):  # noqa: ARG002
        spectrum_shape("InverseSTFT", inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))
