"""Two models in sequence: the heavy one predicts the clips of which the light one is unsure."""
