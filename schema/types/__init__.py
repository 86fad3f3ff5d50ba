"""The output types, one file per noun."""
