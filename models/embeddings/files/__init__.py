"""Files of other programs as frozen networks: ONNX, LiteRT, SavedModel and Keras.

`backbone` is the network, `takes` what its input is, and `programs` runs its file.
"""
