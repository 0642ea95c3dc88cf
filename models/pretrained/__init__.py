"""Pretrained networks: a waveform in, embeddings out.

A folder per network has its `config`, `backbone`, `weights` and `preset`. `networks` has the
functions that build them. `assembly` connects a network of patches or of whole clips to a
waveform, `preset` says what is known of a network without opening it, and `kinds` opens one for
`kapre_like.models.embeddings`.
"""
