"""Fine-tuning in two stages: first the new head, then the network under it.

`settings` has the numbers, `stages` the training, `family` the base class of the families.
"""
