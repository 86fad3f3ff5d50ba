"""Failures of single rows, which must not hold up the others."""

import logging

_logger = logging.getLogger(__name__)


class Failures(dict[str, Exception]):
    """The failures of a pass over rows, by the id of the row or organization that failed."""

    def add(self, id_: str, error: Exception) -> None:
        """Logs the type of a failure, because its text may quote a row."""
        _logger.warning("Background work on %s failed (%s); retrying.", id_, type(error).__name__)
        self[id_] = error

    def raise_first(self) -> None:
        """Raises the first failure, if there is one."""
        for error in self.values():
            raise error
