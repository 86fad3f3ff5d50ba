"""Small tools that every layer may import. They import no layer."""
