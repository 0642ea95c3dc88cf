"""From a waveform to hidden states."""
