"""What an import would do, thing by thing, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from project.access import Role
from secrets_app.changes import prepare
from secrets_app.models import Secret
from secrets_app.references import references_in
from secrets_app.schemas import SCHEMAS
from stores.flavors.base import SignIn, StoreError
from stores.importing.components import Present, component_row, is_known, label_of, others
from stores.importing.destination import Destination
from stores.importing.differing import told_otherwise
from stores.importing.references import as_kept, schemas_of
from stores.importing.rows import Choice, Difference, Row, State
from stores.models import Stack, Store, type_of
from stores.part_types import ARTIFACT_STORE, ORCHESTRATOR, REPEATABLE
from stores.zenml_yaml import Bundle, PastedSecret, Refused, StackEntry

MOST_THINGS = 1000
SECRET = "secret"
STACK = "stack"


@dataclass(slots=True)
class Plan:
    """Everything that an import would do; `missing` are the secrets that it needs and that are
    neither here nor in the text, with what names them."""

    into: Destination
    components: list[Row]
    secrets: list[Row]
    stacks: list[Row]
    notes: list[str]
    present: Present = field(repr=False)
    missing: dict[str, list[str]] = field(default_factory=dict)
    by_key: dict[tuple[str, str], Row] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.by_key = {(row.kind, row.name): row for row in self.components}

    @property
    def rows(self) -> list[Row]:
        """All of them: components first, as stacks are made of them."""
        return [*self.components, *self.secrets, *self.stacks]

    @property
    def refused(self) -> list[Row]:
        """Those for which nothing can be imported."""
        return [row for row in self.rows if row.stops]

    @property
    def is_here(self) -> bool:
        """Whether all of it is here already, as the text says it."""
        return all(row.state == State.SAME for row in self.rows)

    @property
    def undecided(self) -> list[Row]:
        """Those that a person has to decide on."""
        return [row for row in self.rows if row.undecided]

    @property
    def counts(self) -> dict[str, int]:
        """How many things are made, changed, and used as they are."""
        made = [row.chosen for row in self.rows]
        return {
            "new": made.count(Choice.CREATE) + made.count(Choice.RENAME),
            "changed": made.count(Choice.OVERWRITE),
            "used": made.count(Choice.USE),
        }

    def done(self) -> str:
        """What was done once it is carried out, in a sentence."""
        counts = self.counts
        words = [
            f"{number} {what}"
            for number, what in (
                (counts["new"], "new"),
                (counts["changed"], "overwritten"),
                (counts["used"], "used as they are here"),
            )
            if number
        ]
        where = f" into {self.into.team}" if self.into.team else ""
        return f"Imported{where}: {', '.join(words) or 'nothing'}."

    def row(self, key: tuple[str, str]) -> Row | None:
        """The row of a component, by type and name."""
        return self.by_key.get(key)


def plan(
    bundle: Bundle, user: Any, choices: Mapping[str, str] | None = None, team: Any = None
) -> Plan:
    """Compare a text with what the person may use, under the choices that they made, by the
    rows' keys; what is new becomes theirs, or the team's, in which they are Editor or more. Raises
    `Refused` for a text with more things than one import may have."""
    if len(bundle.entries) + len(bundle.stacks) + len(bundle.secrets) > MOST_THINGS:
        raise Refused(f"there are more than {MOST_THINGS} things in it; split it.")
    chosen = choices or {}
    wanted = {*bundle.entries, *(part for stack in bundle.stacks for part in stack.parts)}
    into = Destination(user, team)
    present = Present(into, wanted)
    planned = set(bundle.entries)
    schemas = schemas_of(bundle.secrets, into)
    components = []
    for entry in bundle.entries.values():
        entry, notes = as_kept(entry, schemas)
        row = component_row(entry, present, planned)
        row.notes += notes
        components.append(row)
    for row in components:
        row.choose(chosen.get(row.key, ""))
    secrets = list(_secret_rows(bundle.secrets, into))
    for row in secrets:
        row.choose(chosen.get(row.key, ""))
    made = Plan(into, components, secrets, [], list(bundle.notes), present)
    made.stacks = list(_stack_rows(bundle.stacks, made))
    for row in made.stacks:
        row.choose(chosen.get(row.key, ""))
    made.missing = _missing(made)
    _note_unfitting(made)
    return made


def _secret_rows(secrets: Iterable[PastedSecret], into: Destination) -> Iterator[Row]:
    here = {secret.name: secret for secret in Secret.objects.filter(into.own)}
    seen = set()
    for pasted in secrets:
        row = Row(SECRET, "Secret", pasted.name, State.NEW, pasted.line, flavor=pasted.schema)
        if pasted.name in seen:
            row.state, row.words = State.REFUSED, ["It is registered twice in this text."]
        elif pasted.name in here:
            row.state, row.existing = State.SAME, here[pasted.name]
            row.choices = {Choice.USE: "Keep the existing one"}
            row.notes = ["There is one of this name; its value is not replaced by an import."]
        else:
            _check_values(row, pasted)
        seen.add(pasted.name)
        yield row


def _check_values(row: Row, pasted: PastedSecret) -> None:
    schema = SCHEMAS[pasted.schema]
    try:
        row.content = prepare(schema, pasted.values)
    except ValidationError as error:
        row.state = State.REFUSED
        row.words = [
            f"`{name}`: {message}" if name in pasted.values else message
            for name, messages in error.message_dict.items()
            for message in messages
        ]
        return
    row.choices = {Choice.CREATE: "Create it, sealed in this database"}


def _stack_rows(stacks: Iterable[StackEntry], made: Plan) -> Iterator[Row]:
    stacks = list(stacks)
    names = [stack.name for stack in stacks]
    existing = {
        stack.name: stack
        for stack in Stack.objects.filter(made.into.own, name__in=names)
        .select_related("store", "secrets_manager")
        .prefetch_related("components")
    }
    taken = {
        *Stack.objects.filter(made.into.own).values_list("name", flat=True),
        *names,
    }
    for stack in stacks:
        row = Row(STACK, "Stack", stack.name, State.NEW, stack.line, stack.source, content=stack)
        row.words = list(_wrong_with(stack, made))
        if not stack.name:
            row.words.append(
                "The file has no line `stack_name`: add `stack_name: NAME`, beside `components`."
            )
        elif names.count(stack.name) > 1:
            row.words.append("There are two stacks of this name in it.")
        if row.words:
            row.state = State.REFUSED
            yield row
            continue
        row.notes = [f"{stack.form}{f', written by ZenML {stack.version}' * bool(stack.version)}."]
        if all(kind != ORCHESTRATOR for kind, _ in stack.parts):
            row.notes.append("It names no orchestrator; `default` takes its place.")
        row.existing = existing.get(stack.name)
        if row.existing is None:
            row.choices = {Choice.CREATE: "Create it"}
            yield row
            continue
        _compare(row, stack, made, taken)
        yield row


def _wrong_with(stack: StackEntry, made: Plan) -> Iterator[str]:
    """Why there can be no such stack, in sentences."""
    kinds = [kind for kind, _ in stack.parts]
    if ARTIFACT_STORE not in kinds:
        yield "A stack has an artifact store; this one names none."
    for kind in dict.fromkeys(kinds):
        if kinds.count(kind) > 1 and kind not in REPEATABLE:
            yield f"A stack has one {label_of(kind).lower()}; this one names several."
    for key in stack.parts:
        if made.row(key) is None and made.present.get(key) is None:
            kind, name = key
            yield f"There is no {label_of(kind).lower()} `{name}`, neither here nor in the text."


def _compare(row: Row, stack: StackEntry, made: Plan, taken: set[str]) -> None:
    """Say how the stack of this name that is here differs, and what can be done."""
    here = sorted((type_of(part), part.name) for part in row.existing.parts())
    there = sorted(
        key for key in stack.parts if (row_ := made.row(key)) is None or is_known(row_.content)
    )
    moved = any(
        part is not None and part.state == State.DIFFERS for part in map(made.row, stack.parts)
    )
    if all(kind != ORCHESTRATOR for kind, _ in there):
        there = sorted([*there, (ORCHESTRATOR, "default")])
    for kind in sorted({kind for kind, _ in {*here, *there}}):
        ours, theirs = _names_of(here, kind), _names_of(there, kind)
        if ours != theirs:
            row.differences.append(Difference(kind, ours or "–", theirs or "–"))
    row.differences += told_otherwise(stack, row.existing, "description", "production")
    row.choices = {Choice.USE: "Leave the existing one as it is"}
    row.state = State.DIFFERS if row.differences or moved else State.SAME
    if row.state == State.SAME:
        return
    if not row.differences:
        row.notes.append("It joins the same names, but what they stand for differs, as above.")
    free = next(other for other in others(row.name) if other not in taken)
    taken.add(free)
    row.forms[Choice.RENAME] = free
    row.choices = {Choice.RENAME: f"Import as `{free}`", **row.choices}
    if row.existing.allows(made.into.user, Role.EDITOR):
        row.choices[Choice.OVERWRITE] = "Overwrite the existing one"


def _names_of(parts: Iterable[tuple[str, str]], kind: str) -> str:
    return ", ".join(name for each, name in parts if each == kind)


def _missing(made: Plan) -> dict[str, list[str]]:
    """Secrets that new and changed components name, and that are nowhere."""
    here = {
        *Secret.objects.filter(made.into.own).values_list("name", flat=True),
        *(row.name for row in made.secrets if not row.stops),
    }
    found: dict[str, list[str]] = {}
    for row in made.components:
        if row.chosen == Choice.USE or not row.choices:
            continue
        named = [
            getattr(each.instance, "authentication_secret", "") for each in row.forms.values()
        ]
        referred = [reference.secret for reference in references_in(row.content.configuration)]
        for name in dict.fromkeys([*filter(None, named), *referred]):
            if name not in here and not _beside(row, name):
                found.setdefault(name, []).append(row.name)
                row.notes.append(f"It names the secret `{name}`, which is not here yet.")
    return found


def _beside(row: Row, name: str) -> bool:
    """Whether a thing that is overwritten has the secret: a team's things find their team's."""
    if row.chosen != Choice.OVERWRITE:
        return False
    return bool(Secret.objects.beside(row.existing).filter(name=name).exists())


def _note_unfitting(made: Plan) -> None:
    """Say where a secret of the text does not fit the store of the text that names it."""
    values = {row.name: row.content.values for row in made.secrets if row.content is not None}
    for row in made.components:
        form = next(iter(row.forms.values()), None)
        if row.kind != ARTIFACT_STORE or form is None:
            continue
        store: Store = form.instance
        if store.authentication_secret not in values:
            continue
        try:
            store.kind.check_secret(
                store.path,
                store.configuration,
                SignIn(store.sign_in),
                values[store.authentication_secret],
            )
        except StoreError as error:
            row.notes.append(f"{error.text} {error.action}".strip())
