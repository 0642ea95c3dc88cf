"""Fine-tuning in two stages: first the new head, then the network under it.

`settings` has the settings, `stages` the training, and `family` the families' base class.
"""
