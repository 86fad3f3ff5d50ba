"""What clients read: one file per noun."""
