"""`./manage.py stack`: stacks, and which of them a person's commands work with."""

from __future__ import annotations

from typing import Annotated

import typer
from django_typer.management import command

from project.commands import (
    As,
    Description,
    Name,
    OptionalName,
    Output,
    Printed,
    Yes,
    delete,
    person,
)
from stores.commands import stacks
from stores.management.stack_files import StackFilesCommand
from stores.models import Component

Type = Component.Type


def named(kind: str, *spellings: str) -> typer.models.OptionInfo:
    """The option that takes the name of a part of a stack."""
    return typer.Option(*spellings, metavar="NAME", show_default=False, help=f"The {kind}.")


class Command(StackFilesCommand):
    """Stacks: one artifact store, and what works with it."""

    @command()
    def register(
        self,
        name: Name,
        artifact_store: Annotated[
            str, named("artifact store", "--artifact-store", "--artifact_store", "-a")
        ],
        orchestrator: Annotated[
            str,
            typer.Option(
                "--orchestrator",
                "-o",
                metavar="NAME",
                show_default=False,
                help="The orchestrator; without one: `default`, on your own machine.",
            ),
        ] = "",
        secrets_manager: Annotated[
            str, named("secrets manager", "--secrets_manager", "--secrets-manager", "-x")
        ] = "",
        container_registry: Annotated[
            str, named("container registry", "--container_registry", "-c")
        ] = "",
        step_operator: Annotated[str, named("step operator", "--step_operator", "-s")] = "",
        feature_store: Annotated[str, named("feature store", "--feature_store", "-f")] = "",
        model_deployer: Annotated[str, named("model deployer", "--model_deployer", "-d")] = "",
        experiment_tracker: Annotated[
            str, named("experiment tracker", "--experiment_tracker", "-e")
        ] = "",
        alerter: Annotated[str, named("alerter", "--alerter", "-al")] = "",
        annotator: Annotated[str, named("annotator", "--annotator", "-an")] = "",
        data_validator: Annotated[str, named("data validator", "--data_validator", "-dv")] = "",
        image_builder: Annotated[str, named("image builder", "--image_builder", "-i")] = "",
        model_registry: Annotated[str, named("model registry", "--model_registry", "-r")] = "",
        activate: Annotated[
            bool, typer.Option("--set", help="Make it the active stack as well.")
        ] = False,
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Register a stack of things that there are, each by its exact name."""
        user = person(as_user)
        components = {
            Type.ORCHESTRATOR: orchestrator,
            Type.CONTAINER_REGISTRY: container_registry,
            Type.STEP_OPERATOR: step_operator,
            Type.FEATURE_STORE: feature_store,
            Type.MODEL_DEPLOYER: model_deployer,
            Type.EXPERIMENT_TRACKER: experiment_tracker,
            Type.ALERTER: alerter,
            Type.ANNOTATOR: annotator,
            Type.DATA_VALIDATOR: data_validator,
            Type.IMAGE_BUILDER: image_builder,
            Type.MODEL_REGISTRY: model_registry,
        }
        sentences = stacks.register(
            user, name, description, artifact_store, secrets_manager, components
        )
        self.say(*sentences)
        if activate:
            self.say(stacks.activate(user, name))

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the stacks."""
        self.show_all(
            stacks.all_facts(person(as_user)),
            stacks.COLUMNS,
            output,
            when_empty="There is no stack yet: stack register --help",
        )

    @command()
    def describe(
        self, name: OptionalName = "", as_user: As = "", output: Printed = Output.TEXT
    ) -> None:
        """Show what a stack joins, and what is wrong with it."""
        user = person(as_user)
        self.show(stacks.facts(stacks.of_name(user, name), user), output)

    @command("set")
    def set_active(self, name: Name, as_user: As = "") -> None:
        """Choose the stack that your commands work with."""
        self.say(stacks.activate(person(as_user), name))

    @command("get")
    def get_active(self, as_user: As = "") -> None:
        """Say which stack your commands work with."""
        self.say(f"The active stack is `{stacks.of_name(person(as_user), '').name}`.")

    @command("delete")
    def remove(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete a stack. What it joins stays."""
        user = person(as_user)
        stack = stacks.deletable(user, name)
        self.confirm(f"Delete the stack `{name}`? What it joins stays.", yes)
        delete(stack, user)
        self.say(f"Deleted stack `{name}`; what it joined stays.")
