"""Arithmetic of the front end: pure functions on `keras.ops`.

Tensor first, then keywords without defaults; nothing is validated here. Layers hold the
arguments, the weights and the checks. Inside, the channel axis stands second: waveforms are
`(batch, channels, samples)`, spectrograms `(batch, channels, frames, freqs)`.
"""
