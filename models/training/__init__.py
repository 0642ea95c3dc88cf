"""What several families train with: the Keras training loop, batches, labels, and trees.

`keras_family` is the base class of families that are one Keras model, `keras_reader` opens
their `.keras` files, `explaining` prints their inner stages. `trees` is CatBoost, which the
families `boosted` and `probe` use.
"""
