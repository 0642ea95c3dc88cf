"""Self-supervised pretraining.

`network` is what learns, by the task in `contrastive` and the codes of `gumbel_quantizer`;
`run` pretrains on a table of clips.
"""
