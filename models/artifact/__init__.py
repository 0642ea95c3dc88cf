"""Saved models of every family: recipe, card, length rule, registries of families and readers.

`opening.load_predictor` opens any of them. Nothing here imports a family or a network.
"""
