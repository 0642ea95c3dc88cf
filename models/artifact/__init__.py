"""What a saved model is, whoever made it: recipe, card, families and readers by name."""
