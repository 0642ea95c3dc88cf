"""Tolerances that several tests share, each with its reason.

They are absolute for values of about 1, and otherwise a share of the largest value. A tolerance
of one test only is in that test, with its reason.
"""

# float64, eps 2.2e-16: the same sum in another order, or a value and its inverse.
FLOAT64 = 1e-12
# float64 through several steps: roots, logarithms, filters with feedback, sums over clips.
FLOAT64_LONG = 1e-9

# float32, eps 1.2e-7: one rounding of a value up to 1.
FLOAT32_STEP = 1e-7
# A few operations in float32, or the same graph after it was saved and loaded.
FLOAT32_SHORT = 1e-6
# Sums of up to some thousand terms in float32, in another order: a Fourier transform, a matrix
# product, a network of a few layers on another batch or backend.
FLOAT32 = 1e-5
# float32 through many layers, or two different formulas of one value: a learned transform and
# the fixed one, a network in another format, a reference of another library.
FLOAT32_LONG = 1e-4

# dB: 13 steps of float32 at -100 dB. The same levels, with one logarithm each.
DECIBEL_STEP = 1e-4
# dB: the same spectrum in float32, in another order of sums. 1e-4 of a power is 4e-4 dB.
DECIBEL_FLOAT32 = 1e-3
# dB: a spectrum in float32 and a reference in float64, within 80 dB of the peak. Quiet bins
# beside loud ones keep three digits, and nobody hears 0.01 dB.
DECIBEL = 0.01

# Share of the largest energy: filters whose output is decimated, beside the direct formula. The
# rest is aliasing.
DECIMATED = 1e-2
# A sample in a file of 16 bits: a step is 3.1e-5.
PCM_16 = 4e-5
