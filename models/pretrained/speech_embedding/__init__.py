"""Google's speech embedding: factored 3x3 convolutions on 32 mel bands."""
