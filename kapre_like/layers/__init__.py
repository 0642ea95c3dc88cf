"""The front end as Keras layers. Importing this package registers them for loading."""

from kapre_like.layers.length_mask import LengthMask as LengthMask
from kapre_like.layers.mel_spectrogram import MelSpectrogram as MelSpectrogram
from kapre_like.layers.stft import STFT as STFT
