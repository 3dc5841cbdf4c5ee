"""Components, and the stacks that join them with one store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from project.access import Membership, Named, OwnedQuerySet, Part, Share, Team, name_constraints
from project.history import Revisions
from secrets_app.models import SecretsManager
from stores.models.store import Store
from stores.part_types import ARTIFACT_STORE, REPEATABLE, SECRETS_MANAGER


class ComponentQuerySet(OwnedQuerySet):
    """Components."""

    def default_orchestrator(self) -> Component:
        """The local orchestrator that is there from the start and serves stacks without one."""
        orchestrator, _ = self.get_or_create(
            name="default",
            type=Component.Type.ORCHESTRATOR,
            owner=None,
            team=None,
            defaults={"flavor": "local", "description": "Runs pipelines on your own machine."},
        )
        return orchestrator


class Component(Part):
    """A part of a stack that is neither a store nor a secrets manager."""

    class Type(models.TextChoices):
        ORCHESTRATOR = "orchestrator", "Orchestrator"
        STEP_OPERATOR = "step_operator", "Step operator"
        MODEL_DEPLOYER = "model_deployer", "Model deployer"
        CONTAINER_REGISTRY = "container_registry", "Container registry"
        EXPERIMENT_TRACKER = "experiment_tracker", "Experiment tracker"
        FEATURE_STORE = "feature_store", "Feature store"
        ALERTER = "alerter", "Alerter"
        ANNOTATOR = "annotator", "Annotator"
        DATA_VALIDATOR = "data_validator", "Data validator"
        IMAGE_BUILDER = "image_builder", "Image builder"
        MODEL_REGISTRY = "model_registry", "Model registry"
        DEPLOYER = "deployer", "Deployer"
        LOG_STORE = "log_store", "Log store"
        SANDBOX = "sandbox", "Sandbox"

        @property
        def repeats(self) -> bool:
            """Whether a stack may have more than one of this type, as in ZenML."""
            return self.value in REPEATABLE

    class RunsOn(models.TextChoices):
        """Where a component runs, and so what it can reach and sign in with."""

        UNKNOWN = "unknown", "Not known"
        THIS_MACHINE = "this_machine", "My machine"
        THIS_SERVER = "this_server", "This server"
        AKS = "aks", "Azure Kubernetes Service"
        AZUREML = "azureml", "Azure Machine Learning"
        KUBERNETES = "kubernetes", "Another Kubernetes"
        CLOUD = "cloud", "Another cloud"

    type = models.CharField(max_length=30, choices=Type)
    runs_on = models.CharField(
        "where it runs", max_length=20, choices=RunsOn, default=RunsOn.UNKNOWN
    )
    identity = models.CharField(
        max_length=200,
        blank=True,
        help_text="By which identity it runs there, such as the name of a managed identity.",
    )

    objects: ClassVar[Any] = ComponentQuerySet.as_manager()
    history = Revisions()

    class Meta(Part.Meta):
        ordering = ["type", "name"]
        constraints = name_constraints("type")

    def __str__(self) -> str:
        return f"{self.name} ({self.get_type_display().lower()}, {self.flavor})"


class StackQuerySet(OwnedQuerySet):
    """Stacks."""

    def active_of(self, user: Any) -> Stack | None:
        """The stack that the person's commands work with: the one that they chose, else their
        own `default`, else the default of one of their teams."""
        mine = self.visible_to(user)
        chosen = mine.filter(pk__in=ActiveStack.objects.filter(user=user).values("stack"))
        own = mine.filter(name="default", owner=user)
        teams = DefaultStack.objects.filter(team__in=Membership.objects.teams_of(user))
        of_teams = mine.filter(pk__in=teams.values("stack")).order_by("pk")
        return chosen.first() or own.first() or of_teams.first()

    def manager_for_new_secrets(self, user: Any) -> SecretsManager:
        """Where the person's new secrets go: their active stack's manager, else this database."""
        stack = self.active_of(user)
        return (stack and stack.secrets_manager) or SecretsManager.objects.built_in()


class Stack(Named):
    """One store and the components that must reach it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stacks")
    secrets_manager = models.ForeignKey(
        SecretsManager, on_delete=models.PROTECT, null=True, blank=True, related_name="stacks"
    )
    components = models.ManyToManyField(Component, blank=True, related_name="stacks")
    production = models.BooleanField(
        default=False, help_text="Others rely on it: more is expected of its parts."
    )
    # What a file said of it that nothing here has a place for; an export says it again.
    imported = models.JSONField(default=dict, blank=True, editable=False)

    objects: ClassVar[Any] = StackQuerySet.as_manager()
    history = Revisions(lists=[components])

    def parts(self) -> Iterator[Part]:
        """Everything that the stack joins: the store, the secrets manager, the components."""
        yield self.store
        if self.secrets_manager:
            yield self.secrets_manager
        yield from self.components.all()


def type_of(part: Part) -> str:
    """What a part of a stack is, as ZenML names it."""
    if isinstance(part, Component):
        return str(part.type)
    return ARTIFACT_STORE if isinstance(part, Store) else SECRETS_MANAGER


class ActiveStack(models.Model):
    """Which stack a person's commands work with."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="active_stack"
    )
    stack = models.ForeignKey(Stack, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user}: {self.stack}"


class DefaultStack(models.Model):
    """Which stack the members of a team work with who chose none and have no default."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="default_stack")
    stack = models.ForeignKey(Stack, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.team}: {self.stack}"


class ComponentShare(Share):
    """A permission of a team on a component."""

    content_object = models.ForeignKey(Component, models.CASCADE, related_name="shares")


class StackShare(Share):
    """A permission of a team on a stack."""

    content_object = models.ForeignKey(Stack, models.CASCADE, related_name="shares")
