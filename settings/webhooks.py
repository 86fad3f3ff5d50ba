"""Settings of the webhooks that Drawbridge sends to its customers' endpoints."""

from pydantic import Field

from settings.base import Group
from settings.fields import Networks


class WebhookSettings(Group):
    """Webhooks that Drawbridge sends."""

    webhook_timeout_seconds: float = Field(
        default=15,
        ge=0.5,
        le=60,
        description="Time for a receiver to be resolved, connected to and to send its whole response.",
    )
    webhook_allowed_networks: Networks = Field(
        default=(),
        description="Networks whose addresses receivers may have although they are not on the public internet.",
    )
