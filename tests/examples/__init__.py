"""The examples, run as a partner would run them."""
