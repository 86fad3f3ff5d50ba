"""uvicorn's protocol classes, made strict and given timeouts. Nothing else in web/ touches uvicorn."""
