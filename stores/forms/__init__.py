"""What a person may type about stores, what they use and what uses them; commands go through
here too."""

from stores.forms.component_settings import ComponentSettingsForm
from stores.forms.importing import ImportForm
from stores.forms.schedules import ScheduleForm
from stores.forms.secrets import UsedSecretForm
from stores.forms.stack_builder import StackBuilderForm
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
    "ComponentSettingsForm",
    "HeirForm",
    "ImportForm",
    "InviteForm",
    "NewAccountForm",
    "RoleForm",
    "ScheduleForm",
    "ShareForm",
    "StackBuilderForm",
    "StackForm",
    "StoreForm",
    "TeamForm",
    "TransferForm",
    "UsedSecretForm",
    "config_fields",
]
