"""Small tools that know no layer: every layer may import them, and they import none."""
