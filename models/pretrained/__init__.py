"""Pretrained networks, which compute embeddings from a waveform.

Each network has a folder with its `config`, `backbone`, `weights` and `preset`. `networks` has
the functions that build them. `assembly` builds a network for waveforms from a front end and a
network for patches or whole clips. `preset` contains the facts that are available without
opening a network. `kinds` opens networks for `kapre_like.models.embeddings`.
"""
