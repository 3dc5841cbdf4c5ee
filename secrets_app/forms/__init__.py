"""What a person may type about secrets and what keeps them. Values go in and never come back
out."""

from secrets_app.forms.fields import CLEAR, PASTED_INTO, VALUE
from secrets_app.forms.managers import SecretsManagerForm, refuse_sending_elsewhere
from secrets_app.forms.names import SecretNameForm
from secrets_app.forms.secrets import REMIND_AFTER_DAYS, Misplaced, SecretForm

__all__ = [
    "CLEAR",
    "PASTED_INTO",
    "REMIND_AFTER_DAYS",
    "VALUE",
    "Misplaced",
    "SecretForm",
    "SecretNameForm",
    "SecretsManagerForm",
    "refuse_sending_elsewhere",
]
