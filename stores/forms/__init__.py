"""What a person may type about stores, what they use and what uses them; commands go through
here too."""

from stores.forms.component_settings import ComponentSettingsForm
from stores.forms.schedules import ScheduleForm
from stores.forms.secrets import UsedSecretForm
from stores.forms.stack_builder import StackBuilderForm
from stores.forms.stacks import ComponentForm, StackForm
from stores.forms.stores import StoreForm, config_fields
from stores.forms.transfers import TransferForm

__all__ = [
    "ComponentForm",
    "ComponentSettingsForm",
    "ScheduleForm",
    "StackBuilderForm",
    "StackForm",
    "StoreForm",
    "TransferForm",
    "UsedSecretForm",
    "config_fields",
]
