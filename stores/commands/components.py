"""Components, as the command of each type registers and changes them: the parts of stacks that
are neither stores nor secrets managers. They differ in the type alone, so that each type's command
is a class with that type."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar

import typer
from django_typer.management import command

from project.commands import (
    As,
    Description,
    Name,
    SettingsCommand,
    person,
    settings_of,
)
from project.owned_form import OwnedForm
from secrets_app.references import dangling
from stores.commands.belonging import InTeam, Labels
from stores.commands.parts import PartCommand, Parts
from stores.forms import ComponentSettingsForm
from stores.forms.component_settings import settings_of as settings_of_flavor
from stores.models import Component, Stack

Type = Component.Type
# What ZenML has itself or in its integrations, versions 0.33 to 0.98. Any other flavor is taken.
FLAVORS = {
    Type.ORCHESTRATOR: (
        "airflow", "azureml", "databricks", "hyperai", "kubeflow", "kubernetes", "lightning",
        "local", "local_docker", "modal", "sagemaker", "ssh", "tekton", "vertex", "vm_aws",
        "vm_azure", "vm_gcp", "vm_kubernetes", "vm_lambda",
    ),
    Type.STEP_OPERATOR: (
        "azureml", "baseten", "databricks", "kubernetes", "modal", "runai", "sagemaker",
        "spark-kubernetes", "ssh", "vertex",
    ),
    Type.MODEL_DEPLOYER: (
        "bentoml", "databricks", "huggingface", "kserve", "mlflow", "seldon", "vllm",
    ),
    Type.CONTAINER_REGISTRY: (
        "aws", "azure", "default", "digitalocean", "dockerhub", "gcp", "github",
    ),
    Type.EXPERIMENT_TRACKER: ("comet", "mlflow", "neptune", "trackio", "vertex", "wandb"),
    Type.FEATURE_STORE: ("feast",),
    Type.ALERTER: ("discord", "slack"),
    Type.ANNOTATOR: ("argilla", "label_studio", "pigeon", "prodigy"),
    Type.DATA_VALIDATOR: (
        "deepchecks", "evidently", "facets", "great_expectations", "whylogs",
    ),
    Type.IMAGE_BUILDER: ("aws", "gcp", "kaniko", "local"),
    Type.MODEL_REGISTRY: ("mlflow",),
    Type.DEPLOYER: ("aws", "docker", "gcp", "huggingface", "kubernetes", "local"),
    Type.LOG_STORE: ("datadog", "otel"),
    Type.SANDBOX: ("docker", "kubernetes", "local", "modal"),
}  # fmt: skip


class Components(Parts):
    """The components of one type."""

    fields = ("description", "runs_on", "identity")
    columns = ("name", "flavor", "runs_on", "configuration", "stacks", "owner")
    flavor_columns = ("name",)

    def __init__(self, component_type: Component.Type) -> None:
        self.type = component_type
        self.kind = component_type.label.lower()

    def all(self) -> Any:
        return Component.objects.filter(type=self.type)

    def new(self, flavor: str) -> Component:
        return Component(type=self.type, flavor=flavor)

    def form(self, data: Mapping[str, Any] | None, part: Component, user: Any) -> OwnedForm:
        return ComponentSettingsForm(data, instance=part, user=user)

    def flavors(self) -> list[dict[str, Any]]:
        return [{"name": name} for name in FLAVORS[self.type]]

    def of_stack(self, stack: Stack) -> list[Component]:
        return list(stack.components.filter(type=self.type))

    def stacks(self, part: Component) -> Any:
        return part.stacks.all()

    def own_facts(self, part: Component, user: Any) -> dict[str, Any]:
        return {"type": part.type, "runs_on": part.runs_on, "identity": part.identity}

    def summary(self, part: Component) -> str:
        return f", flavor {part.flavor}"

    def check_settings(self, flavor: str, names: Iterable[str]) -> None:
        """Any setting is taken."""

    def with_settings(
        self, part: Component, settings: Mapping[str, Any], user: Any
    ) -> dict[str, Any]:
        form = self.form(None, part, user)
        known = {each.name: each for each in settings_of_flavor(self.type, part.flavor)}
        typed = {
            known[name].field_name: known[name].typed(value or "")
            for name, value in settings.items()
            if name in known
        }
        gone = {name for name, value in settings.items() if value is None or name in known}
        others = {**form.initial["configuration"], **settings}
        kept = {name: value for name, value in others.items() if name not in gone}
        return form.shown() | typed | {"configuration": json.dumps(kept)}

    def notes(self, part: Component) -> Iterator[str]:
        near = difflib.get_close_matches(part.flavor, FLAVORS[self.type], n=1, cutoff=0.7)
        if near and part.flavor not in FLAVORS[self.type]:
            yield f"Warning: ZenML has no flavor `{part.flavor}`. Did you mean `{near[0]}`?"
        for words in dangling(part, part.configuration):
            yield f"Warning: {words}"


class ComponentCommand(PartCommand):
    """The command of one type of components."""

    parts: ClassVar[Components]

    @command(cls=SettingsCommand)
    def register(
        self,
        context: typer.Context,
        name: Name,
        flavor: Annotated[
            str, typer.Option("--flavor", "-f", help="As ZenML names it: local, kubeflow, …")
        ],
        runs_on: Annotated[
            str,
            typer.Option(
                "--runs_on",
                "--runs-on",
                metavar="WHERE",
                show_default=False,
                help=f"Where it runs: {', '.join(Component.RunsOn.values)}.",
            ),
        ] = "",
        identity: Annotated[
            str,
            typer.Option(
                "--identity",
                metavar="NAME",
                show_default=False,
                help="By which identity it runs there.",
            ),
        ] = "",
        label: Labels = None,
        team: InTeam = "",
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Register a component. Its settings are given as --NAME=VALUE, or --NAME=@FILE, never a
        credential."""
        fields = {"runs_on": runs_on, "identity": identity, "description": description}
        user, settings = person(as_user), settings_of(context)
        said = self.parts.register(
            user, name, flavor, fields, settings, labels=label or [], team=team
        )
        self.say(*said)
