"""The VGG of musicnn: 3x3 convolutions on 96 mel bands, trained on music tags."""
