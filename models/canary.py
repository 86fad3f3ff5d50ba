"""Canaries: sealed dummy texts. Opening them at startup checks that all required encryption keys are configured."""

from tortoise import fields
from tortoise.models import Model


class Canary(Model):
    """One row per key that has sealed secrets, named by `id`. A rotation deletes all but the sealing key's."""

    id = fields.CharField(primary_key=True, max_length=64)
    sealed: str = fields.TextField()

    class Meta:
        table = "canaries"
