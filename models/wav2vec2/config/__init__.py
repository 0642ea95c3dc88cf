"""Configuration of a network as in Hugging Face's `config.json`, and further options.

`network` represents a `config.json`, and `presets` contains configurations by name. `options`
contains the user's options, which `encoder_plan` and `head_plan` check and resolve.
"""
