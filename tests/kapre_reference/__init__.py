"""What the real Kapre 0.4.1 has, gives and refuses: made by `make kapre-fixtures`."""
