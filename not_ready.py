"""What keeps the server from starting, for the operator to put right."""


class NotReadyError(Exception):
    """The server cannot start as things are; the text is a sentence for the operator."""
