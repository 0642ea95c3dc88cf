"""Frozen networks in ONNX, LiteRT, SavedModel and Keras files.

`backbone` has the network, `takes` describes its input, and `programs` runs its file.
"""
