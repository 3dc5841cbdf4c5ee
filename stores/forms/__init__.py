"""What a person may type about stores, what they use and what uses them; commands go through
here too."""

from stores.forms.schedules import ScheduleForm
from stores.forms.secrets import UsedSecretForm
from stores.forms.stacks import ComponentForm, StackForm
from stores.forms.stores import StoreForm, config_fields
from stores.forms.teams import (
    HeirForm,
    InviteForm,
    NewAccountForm,
    RoleForm,
    ShareForm,
    TeamForm,
)
from stores.forms.transfers import TransferForm

__all__ = [
    "ComponentForm",
    "HeirForm",
    "InviteForm",
    "NewAccountForm",
    "RoleForm",
    "ScheduleForm",
    "ShareForm",
    "StackForm",
    "StoreForm",
    "TeamForm",
    "TransferForm",
    "UsedSecretForm",
    "config_fields",
]
