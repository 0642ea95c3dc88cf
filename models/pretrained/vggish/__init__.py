"""VGGish: 3x3 convolutions on 64 mel bands, trained on YouTube videos."""
