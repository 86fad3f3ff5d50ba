"""The canary: a sealed text of no importance, by which a start finds out whether it has the right keys."""

from tortoise import fields
from tortoise.models import Model


class Canary(Model):
    """One row per key that has sealed something, which its id names; a rotation leaves that of the first key."""

    id = fields.CharField(primary_key=True, max_length=64)
    sealed: str = fields.TextField()

    class Meta:
        """Tortoise's options."""

        table = "canaries"
