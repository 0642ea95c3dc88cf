"""Training of Keras networks: the loop, the labels, and what every Keras family shares."""
