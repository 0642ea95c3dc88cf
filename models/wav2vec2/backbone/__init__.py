"""From a waveform to hidden states.

`encoder` puts the layers in their order: `waveform_input`, then `feature_convolution` or one
of the `front_ends`, `span_masking`, `frame_convolutions`, and the transformer: `encoder_block`
with `self_attention` and `dense_parts`, over `windows` of long clips. `frame_times` says when
a frame is.
"""
