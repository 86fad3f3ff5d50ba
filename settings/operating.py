"""Settings for those who watch over the server."""

from dataclasses import dataclass

from kit.secret import Secret
from settings.reading import long_secret, one_of, setting


@dataclass(frozen=True)
class OperatingSettings:
    """What operators see of the server, and how."""

    log_format: str | None = setting(
        one_of("json", "text"),
        None,
        "`json` in production, else `text`",
        "How logs are written to standard error: `json`, an object per line, or `text`.",
    )
    metrics_token: Secret | None = setting(
        long_secret,
        None,
        "none: `/metrics` is open in development, and not there in production",
        "Who sends it as `Authorization: Bearer …` may read `/metrics`: 16 characters at least.",
    )
