"""Layers from a waveform to hidden states.

`encoder` connects the layers in order: `waveform_input`, `feature_convolution` or one of the
`front_ends`, `span_masking`, `frame_convolutions` and the transformer. The transformer consists
of `encoder_block` with `self_attention` and `dense_parts`, and processes long clips in
`windows`. `frame_times` computes the times of frames.
"""
