"""Importing this tells Keras of every class of the family, so that their files load."""
