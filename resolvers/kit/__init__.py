"""Machinery of the use cases that knows none of them: pages, names, transactions, batches."""
