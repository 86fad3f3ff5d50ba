"""What clients write: inputs, results and thin fields, one file per noun."""
