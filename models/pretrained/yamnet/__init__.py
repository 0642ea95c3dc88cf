"""YAMNet: depthwise separable 3x3 convolutions, trained on AudioSet."""
