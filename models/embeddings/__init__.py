"""Hidden states of frozen networks: computed once, kept on disk, laid out as tables."""
