"""Training code that several families share: the Keras training loop, batches, labels, trees.

`keras_family` is the base class of families that are one Keras model. `keras_reader` opens
their `.keras` files, and `explaining` returns their intermediate results. `trees` trains
CatBoost models for the families `boosted` and `probe`.
"""
