"""The tables of secrets: the managers that keep them, their versions, their sealed values, and who
put off the reminder of an end."""

from secrets_app.models.fingerprint import FingerprintKey, fingerprint
from secrets_app.models.manager import SecretsManager, SecretsManagerShare
from secrets_app.models.secret import NotKept, Secret, SecretShare
from secrets_app.models.snooze import Snooze
from secrets_app.models.version import SecretValue, SecretVersion

__all__ = [
    "FingerprintKey",
    "NotKept",
    "Secret",
    "SecretShare",
    "SecretValue",
    "SecretVersion",
    "SecretsManager",
    "SecretsManagerShare",
    "Snooze",
    "fingerprint",
]
