"""Logging an exception without its text, which may quote a secret."""

import logging
import traceback


def log_failure(logger: logging.Logger, where: str, failure: BaseException) -> None:
    """Logs an exception's type and its place in the code."""
    trace = "".join(traceback.format_tb(failure.__traceback__))
    logger.error("%s in %s", type(failure).__name__, where, extra={"trace": trace})
