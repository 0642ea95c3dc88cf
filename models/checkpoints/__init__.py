"""Reads checkpoints of other libraries. Nothing here depends on a family.

`folder` finds a checkpoint, locally or on the Hugging Face hub, and reads its JSON files.
`weight_files` reads its tensors, from `safetensors` or a `torch_file`. `tf_checkpoint`,
`litert_file` and `h5_file` read single files of published networks. `matching` compares the
tensors of a file with those that a network needs.
"""
