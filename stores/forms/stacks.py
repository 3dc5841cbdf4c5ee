"""What a person may type about components and stacks."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from project.access import refuse_invisible
from project.names_and_values import NamesAndValues
from project.owned_form import Lines, OwnedForm, PartForm
from secrets_app.references import malformed
from stores.models import Component, Stack


class ComponentForm(PartForm):
    """A part of a stack that is neither a store nor a secrets manager."""

    configuration = NamesAndValues(
        label="Settings",
        required=False,
        help_text="One a line: `name = value`. Never a credential; a secret's value is named as"
        " `{{secret.key}}`.",
    )

    class Meta:
        model = Component
        field_classes = {"description": Lines}
        fields = [
            "type",
            "name",
            "flavor",
            "description",
            "labels",
            "team",
            "configuration",
            "runs_on",
            "identity",
        ]
        help_texts = {
            "flavor": "As ZenML names it: local, kubeflow, kubernetes, azureml, …",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "runs_on" in self.fields:
            self.fields["runs_on"].required = False

    def clean_runs_on(self) -> str:
        """Where it runs, which nobody has to say."""
        return self.cleaned_data["runs_on"] or Component.RunsOn.UNKNOWN

    def clean_flavor(self) -> str:
        """A name that shows as it is."""
        flavor: str = self.cleaned_data["flavor"]
        refuse_invisible(flavor)
        return flavor

    def clean_configuration(self) -> Any:
        """References to secrets are well formed; whether these lead somewhere is shown later, as
        a secret may be made after the component."""
        configuration = self.cleaned_data["configuration"]
        if wrong := malformed(configuration):
            raise ValidationError(
                f"{len(wrong)} reference{'s are' if len(wrong) > 1 else ' is'} not written as"
                " `{{secret.key}}`."
            )
        return configuration


class StackForm(OwnedForm):
    """A stack: one store, at most one secrets manager, and the other components."""

    class Meta:
        model = Stack
        field_classes = {"description": Lines}
        fields = [
            "name",
            "description",
            "team",
            "store",
            "secrets_manager",
            "components",
            "production",
        ]

    def clean_components(self) -> Any:
        """At most one component of a type, unless the type repeats."""
        components = self.cleaned_data["components"]
        types = [component.type for component in components]
        for component in components:
            if types.count(component.type) > 1 and not Component.Type(component.type).repeats:
                raise ValidationError(
                    f"A stack has one {component.get_type_display().lower()}; choose one of them."
                )
        return components
