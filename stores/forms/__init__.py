"""What a person may type about stores, what they use and what uses them; commands go through
here too."""

from stores.forms.schedules import ScheduleForm
from stores.forms.secrets import UsedSecretForm
from stores.forms.stacks import ComponentForm, StackForm
from stores.forms.stores import StoreForm, config_fields
from stores.forms.transfers import TransferForm

__all__ = [
    "ComponentForm",
    "ScheduleForm",
    "StackForm",
    "StoreForm",
    "TransferForm",
    "UsedSecretForm",
    "config_fields",
]
