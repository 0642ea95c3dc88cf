"""The command line `kapre-like`."""
