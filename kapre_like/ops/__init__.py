"""Arithmetic of the front end: pure functions on `keras.ops`.

A function takes a tensor first, then keyword arguments without defaults, and validates nothing.
Layers hold the arguments, the weights and the checks. The channel axis is the second one:
waveforms are `(batch, channels, samples)`, spectrograms `(batch, channels, frames, freqs)`.
Functions for augmentation work on a layer's own order, where the channel axis is the last one.
"""
