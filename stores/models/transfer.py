"""A transfer, the artifacts that its plan names, and the runs that carry it out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Sum
from django.utils import timezone

from project.access import Owned, OwnedQuerySet, Role, Share
from stores.models.run import PATIENCE, Run
from stores.models.store import Store
from stores.places import below
from stores.transfers import Action, Conflict, Proof


class TransferQuerySet(OwnedQuerySet):
    """Transfers."""

    def open(self) -> TransferQuerySet:
        """Those that workers have or will have something to do for."""
        return self.filter(state__in=Transfer.OPEN)

    def under_way(self, stores: list[Store]) -> TransferQuerySet:
        """The open ones from or to one of the stores."""
        return self.open().filter(Q(source__in=stores) | Q(target__in=stores))


class Transfer(Owned):
    """Artifacts to be moved from one place to another, planned before the first byte moves."""

    class State(models.TextChoices):
        PLANNING = "planning", "Listing"
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        WITH_ERRORS = "with_errors", "Completed with errors"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    # The states in which workers have or will have something to do.
    OPEN = (State.PLANNING, State.RUNNING)

    source = models.ForeignKey(
        Store, on_delete=models.SET_NULL, null=True, related_name="transfers_from"
    )
    source_prefix = models.CharField(max_length=1024, blank=True)
    source_name = models.CharField(max_length=1200, editable=False)
    target = models.ForeignKey(
        Store, on_delete=models.SET_NULL, null=True, related_name="transfers_to"
    )
    target_prefix = models.CharField(max_length=1024, blank=True)
    target_name = models.CharField(max_length=1200, editable=False)
    conflict = models.CharField(
        "when it is already there",
        max_length=20,
        choices=[
            (Conflict.SKIP_SAME.value, "Skip what is proven the same, overwrite what differs"),
            (Conflict.OVERWRITE.value, "Overwrite always"),
            (Conflict.FAIL.value, "Copy only what is new; what is there already fails"),
        ],
        default=Conflict.SKIP_SAME.value,
    )
    state = models.CharField(
        max_length=20, choices=State, default=State.PLANNING, editable=False, db_index=True
    )
    words = models.TextField(blank=True, editable=False)
    place = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    planned_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    objects: ClassVar[Any] = TransferQuerySet.as_manager()

    class Meta(Owned.Meta):
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Transfer {self.pk}: {self.source_name} → {self.target_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the places' names beside the stores: history outlives a store."""
        if self.source:
            self.source_name = _place(self.source, self.source_prefix)
        if self.target:
            self.target_name = _place(self.target, self.target_prefix)
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        """Whether workers have or will have something to do for it."""
        return self.state in self.OPEN

    @property
    def untaken(self) -> bool:
        """Whether its runs wait so long that no worker seems to listen. While workers are at other
        transfers it only waits for its turn."""
        long_ago = timezone.now() - PATIENCE
        waiting = self.runs.filter(status=Run.Status.QUEUED)
        return (
            waiting.filter(queued_at__lt=long_ago).exists()
            and not self.runs.filter(status=Run.Status.RUNNING).exists()
            and not TransferRun.objects.held().exists()
            and not TransferRun.objects.filter(finished_at__gte=long_ago).exists()
        )

    def overlap(self) -> str:
        """Why it makes no sense: onto itself, or into its own source. "" where it does."""
        if self.source is None or self.target is None:
            return ""
        source = self.source.location(self.source_prefix)
        target = self.target.location(self.target_prefix)
        inner = below(target, source)
        if inner == ():
            return "Source and target are the same folder."
        if inner is not None:
            return (
                "The target lies inside the source: copies would be copied again. Choose a"
                " folder outside of it."
            )
        return ""

    def barred(self, person: Any) -> str:
        """Why the person may not have it carried out: stores that they may not use. "" where
        they may."""
        sides = (side for side in (self.source, self.target) if side)
        names = [f"`{side.name}`" for side in sides if not side.allows(person, Role.OPERATOR)]
        return f"You may not use {' and '.join(names)}." if names else ""

    def place_now(self) -> str:
        """A hash of where both sides are at this moment, to be compared with `place`, where they
        were when it was planned; hashed, as accounts are named in secrets."""
        stores = [(self.source, self.source_prefix), (self.target, self.target_prefix)]
        places = [store.location(prefix) if store else None for store, prefix in stores]
        return hashlib.sha256(json.dumps(places).encode()).hexdigest()

    def totals(self) -> dict[str, int]:
        """Objects and bytes of the plan, and how far they are."""
        moving = Q(action__in=[Action.COPY, Action.OVERWRITE])
        done = Q(result=TransferItem.Result.COPIED)
        totals = self.items.aggregate(
            objects=Count("pk"),
            new=Count("pk", filter=Q(action=Action.COPY)),
            overwrite=Count("pk", filter=Q(action=Action.OVERWRITE)),
            same=Count("pk", filter=Q(action=Action.SAME)),
            refused=Count("pk", filter=Q(action=Action.REFUSED)),
            moving=Count("pk", filter=moving),
            moving_bytes=Sum("size", filter=moving, default=0),
            done=Count("pk", filter=done),
            compared=Count("pk", filter=done & Q(proof=Proof.SOURCE_HASH)),
            done_bytes=Sum("size", filter=done, default=0),
            failed=Count("pk", filter=Q(result=TransferItem.Result.FAILED)),
            cancelled=Count("pk", filter=Q(result=TransferItem.Result.CANCELLED)),
            pending=Count("pk", filter=Q(result=TransferItem.Result.PENDING)),
        )
        flying = self.runs.filter(status=Run.Status.RUNNING).aggregate(
            flying_bytes=Sum("current_bytes", default=0)
        )
        return totals | flying


class TransferShare(Share):
    """A permission of a team on a transfer."""

    content_object = models.ForeignKey(Transfer, models.CASCADE, related_name="shares")


def moved_bytes(totals: Mapping[str, int]) -> int:
    """How many bytes of a transfer's totals are copied or on their way; a retry that sends some
    of them again does not make them more than there are."""
    return min(totals["done_bytes"] + totals["flying_bytes"], totals["moving_bytes"])


def _place(store: Store, prefix: str) -> str:
    return f"{store.name}/{prefix}" if prefix else store.name


class TransferRun(Run):
    """A piece of a transfer that one worker does at a time: its plan, or a shard of the copies."""

    class Kind(models.TextChoices):
        PLAN = "plan", "Plan"
        COPY = "copy", "Copy"

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind)
    current = models.CharField(max_length=1024, blank=True)
    current_bytes = models.BigIntegerField(default=0)

    class Meta(Run.Meta):
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Run {self.pk} ({self.kind}) of transfer {self.transfer_id}"


class TransferItem(models.Model):
    """One artifact of a plan and what became of it."""

    class Result(models.TextChoices):
        PENDING = "pending", "Waiting"
        COPIED = "copied", "Copied"
        SAME = "same", "Already there"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="items")
    run = models.ForeignKey(
        TransferRun, on_delete=models.SET_NULL, null=True, related_name="items"
    )
    name = models.CharField(max_length=1024)
    target_name = models.CharField(max_length=1024)
    action = models.CharField(
        max_length=20, choices=[(action.value, action.value) for action in Action]
    )
    size = models.BigIntegerField()
    # The source's version that was planned; "" where what to do is to be decided anew.
    etag = models.CharField(max_length=200, blank=True)
    md5 = models.CharField(max_length=32, blank=True)
    replaces = models.CharField(max_length=200, blank=True)
    result = models.CharField(max_length=20, choices=Result, default=Result.PENDING)
    proof = models.CharField(max_length=100, blank=True)
    words = models.TextField(blank=True)
    category = models.CharField(max_length=30, blank=True)
    code = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["transfer", "result"])]
        constraints = [
            models.UniqueConstraint(
                fields=["transfer", "target_name"], name="stores_one_item_a_target_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
