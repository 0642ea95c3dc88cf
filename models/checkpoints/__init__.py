"""Reads checkpoints of other libraries. Nothing here depends on a family.

`folder` finds one, on the Hugging Face hub too, and reads its JSON files; `weight_files` reads
its tensors, which lie in `safetensors` or in a `torch_file`. Single files of published networks
are read by `tf_checkpoint`, `litert_file` and `h5_file`, and `matching` compares what they hold
with what a network needs.
"""
