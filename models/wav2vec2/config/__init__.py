"""Configuration of a network as in Hugging Face's `config.json`, and further options.

`network` is a `config.json`, `presets` are those known by name; `options` are what a user may
choose, and `encoder_plan` and `head_plan` what they come to.
"""
