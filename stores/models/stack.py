"""Components, and the stacks that join them with one store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from project.access import Named, OwnedQuerySet, Part, name_constraints
from secrets_app.models import SecretsManager
from stores.models.store import Store


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

        @property
        def repeats(self) -> bool:
            """Whether a stack may have more than one of this type, as in ZenML."""
            return self in (self.ALERTER, self.EXPERIMENT_TRACKER, self.STEP_OPERATOR)

    type = models.CharField(max_length=30, choices=Type)

    objects: ClassVar[Any] = ComponentQuerySet.as_manager()

    class Meta:
        ordering = ["type", "name"]
        constraints = name_constraints("type")

    def __str__(self) -> str:
        return f"{self.name} ({self.get_type_display().lower()}, {self.flavor})"


class StackQuerySet(OwnedQuerySet):
    """Stacks."""

    def active_of(self, user: Any) -> Stack | None:
        """The stack that the person's commands work with: the one that they chose, else their
        own `default`."""
        mine = self.visible_to(user)
        chosen = mine.filter(pk__in=ActiveStack.objects.filter(user=user).values("stack"))
        return chosen.first() or mine.filter(name="default", owner=user).first()


class Stack(Named):
    """One store and the components that must reach it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="stacks")
    secrets_manager = models.ForeignKey(
        SecretsManager, on_delete=models.PROTECT, null=True, blank=True, related_name="stacks"
    )
    components = models.ManyToManyField(Component, blank=True, related_name="stacks")

    objects: ClassVar[Any] = StackQuerySet.as_manager()

    def parts(self) -> Iterator[Part]:
        """Everything that the stack joins: the store, the secrets manager, the components."""
        yield self.store
        if self.secrets_manager:
            yield self.secrets_manager
        yield from self.components.all()


class ActiveStack(models.Model):
    """Which stack a person's commands work with."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="active_stack"
    )
    stack = models.ForeignKey(Stack, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user}: {self.stack}"
