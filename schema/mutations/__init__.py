"""The mutations with their inputs and results, one file per noun."""
