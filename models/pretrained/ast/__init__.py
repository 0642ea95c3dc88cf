"""The Audio Spectrogram Transformer: a vision transformer on 128 mel bands."""
