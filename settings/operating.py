"""Settings of logs and metrics."""

from typing import Literal

from pydantic import Field

from settings.base import Group, by_environment
from settings.fields import LongSecret

LogFormat = Literal["json", "text"]


class OperatingSettings(Group):
    """Logs and metrics."""

    log_format: LogFormat = Field(
        default_factory=by_environment(development="text", production="json"),
        description="Format of the log on standard error: one JSON object per line, or text.",
    )
    metrics_token: LongSecret | None = Field(
        default=None,
        description="Bearer token that `/metrics` requires. Without it, `/metrics` is open in development and missing "
        "in production.",
    )
