"""Training of networks that write down what is said, by the CTC loss."""
