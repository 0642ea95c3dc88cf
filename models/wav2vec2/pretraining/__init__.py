"""Self-supervised pretraining.

`network` contains the model, `contrastive` its task and `gumbel_quantizer` its codebooks. `run`
pretrains on a table of clips.
"""
