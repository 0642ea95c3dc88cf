"""Reads checkpoints of other libraries. Nothing here depends on a family.

`folder` finds one, on the Hugging Face hub too, and reads its JSON files; `weight_files` reads
its tensors, which lie in `safetensors` or in a `torch_file`. `tf_checkpoint` and `litert_file` read
the formats of TensorFlow.
"""
