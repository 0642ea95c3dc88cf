"""A light and a heavy model as one: the heavy one answers where the light one is not sure."""
