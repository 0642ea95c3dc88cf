"""The shape of a network in the words of Hugging Face, and the options beside it.

`network` is a `config.json`, `presets` are those known by name; `options` are what a user may
choose, and `encoder_plan` and `head_plan` what they come to.
"""
