"""Tools that are independent of any use case: pages, names, transactions, batches."""
