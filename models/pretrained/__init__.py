"""Pretrained networks: a waveform in, embeddings out.

A folder per network has its `config`, `backbone`, `weights` and `preset`. `assembly` connects a
network of patches or of whole clips to a waveform, `preset` says what is known of a network
without opening it, `tensors` fills a network from a file, `networks` has a function for each,
and `kinds` opens one for `kapre_like.models.embeddings`.
"""

# After the folders of the same names, which `presets` imports: the functions are what
# `kapre_like.models.pretrained.ast` means. No Keras is imported.
from kapre_like.models.pretrained.networks import ast as ast
from kapre_like.models.pretrained.networks import musicnn_vgg as musicnn_vgg
from kapre_like.models.pretrained.networks import musicnn_vgg_msd as musicnn_vgg_msd
from kapre_like.models.pretrained.networks import panns_cnn6 as panns_cnn6
from kapre_like.models.pretrained.networks import panns_cnn10 as panns_cnn10
from kapre_like.models.pretrained.networks import panns_cnn14 as panns_cnn14
from kapre_like.models.pretrained.networks import panns_cnn14_16k as panns_cnn14_16k
