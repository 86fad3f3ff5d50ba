"""The canary: a sealed text of no importance, by which a start finds out whether it has the right keys."""

from tortoise import fields
from tortoise.models import Model


class Canary(Model):
    """One row per database, sealed by the vault at the first start and resealed last by a rotation of keys."""

    id = fields.CharField(primary_key=True, max_length=64)
    sealed: str = fields.TextField()

    class Meta:
        """Tortoise's options."""

        table = "canaries"
