"""One line of the table from an answer of Azure to category, words and what to do; and the
conditions that a line may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stores.flavors.azure.access import Access, SignedWith
from stores.flavors.azure.reply import Reply
from stores.flavors.base import Category

Condition = Callable[[Reply, Access], bool]


def always(reply: Reply, access: Access) -> bool:
    """No further condition."""
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """Answers with one of the codes, where `when` holds. `reason` is finer than the category.

    Text, action and command may name what `errors.words_of` computes, such as {container}.
    """

    codes: tuple[str, ...]
    category: Category
    reason: str
    text: str
    action: str = ""
    command: str = ""
    when: Condition = always


def says(*texts: str) -> Condition:
    """Where the detail contains one of these."""

    def condition(reply: Reply, access: Access) -> bool:
        return any(text in reply.detail for text in texts)

    return condition


def has_status(*statuses: int) -> Condition:
    """Where the status is one of these."""

    def condition(reply: Reply, access: Access) -> bool:
        return reply.status in statuses

    return condition


def both(one: Condition, other: Condition) -> Condition:
    """Where both hold."""
    return lambda reply, access: one(reply, access) and other(reply, access)


def with_key(reply: Reply, access: Access) -> bool:
    """Where the request was signed with an account key."""
    return access.signed_with == SignedWith.KEY


def with_sas(reply: Reply, access: Access) -> bool:
    """Where the request carried a SAS token."""
    return access.signed_with == SignedWith.SAS


def with_token(reply: Reply, access: Access) -> bool:
    """Where the request carried a token of Entra."""
    return access.signed_with == SignedWith.TOKEN


def emulated(reply: Reply, access: Access) -> bool:
    """Where the account is an emulator's."""
    return bool(access.emulated)


def too_early(reply: Reply, access: Access) -> bool:
    """Where a SAS token has not begun yet by the service's clock."""
    moments = reply.moments
    return moments.keys() >= {"Start", "Current"} and moments["Start"] > moments["Current"]


def from_another_tenant(reply: Reply, access: Access) -> bool:
    """Where the account asks for tokens of another tenant than the one that was sent."""
    return bool(reply.tenant and access.tenant and reply.tenant != access.tenant.lower())


def from_somebody_else(reply: Reply, access: Access) -> bool:
    """Where something between answered in the service's place."""
    return reply.is_somebody_elses
