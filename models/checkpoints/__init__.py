"""Checkpoints of other libraries on disk, of any network: nothing here knows a family.

`folder` finds one, on the Hugging Face hub too, and reads its JSON files; `weight_files` reads
its tensors, which lie in `safetensors` or in a `torch_file`.
"""
