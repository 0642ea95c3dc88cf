"""Base classes and helpers of the layers. Private: import the layers from `kapre_like`."""
