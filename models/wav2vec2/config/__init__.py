"""The shape of a network in the words of Hugging Face, and the options beside it."""
