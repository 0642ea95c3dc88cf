"""The Audio Spectrogram Transformer: a vision transformer on 128 mel bands."""

from kapre_like.models.pretrained.callable_folder import make_callable

make_callable(__name__)
