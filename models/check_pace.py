"""The pace at which the processes check credentials, together."""

from tortoise import fields
from tortoise.models import Model

from models.credential import Destination


class CheckPace(Model):
    """A row per mode. `free_at` is when its next check may begin; the process that moves it makes that check."""

    destination = fields.CharEnumField(Destination, max_length=32, primary_key=True)
    free_at = fields.DatetimeField()

    class Meta:
        table = "check_pace"
