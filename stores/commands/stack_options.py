"""The options of `stack` that name its parts: one for each type, in ZenML's spellings."""

from __future__ import annotations

from typing import Any

from django_typer.management import DTCommand
from typer.core import TyperOption

from stores import part_types
from stores.commands.components import Components
from stores.commands.parts import Parts
from stores.commands.secrets.managers import SecretsManagers
from stores.commands.stores import ArtifactStores
from stores.models import Component

# The parts that a stack has, by their types as ZenML names them.
TYPES: dict[str, Parts] = {
    "artifact_store": ArtifactStores(),
    "secrets_manager": SecretsManagers(),
    **{component_type.value: Components(component_type) for component_type in Component.Type},
}
SHORT = {name: f"-{letters}" for letters, name in part_types.SHORT.items()}
# Where a command keeps what these options said, in typer's context.
PARTS = "storeroom.parts"


class PartsCommand(DTCommand):
    """A command that takes the names of a stack's parts, such as `-o NAME`."""

    required: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [self.option(name) for name in SHORT]

    def option(self, name: str) -> TyperOption:
        """The option for parts of this type."""
        more = "; may be given more than once" if repeats(name) else ""
        return TyperOption(
            param_decls=[name, *spellings(name)],
            multiple=True,
            required=name in self.required,
            metavar="NAME",
            help=f"The {TYPES[name].kind}{more}.",
        )

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        given = {name: ctx.params.pop(name, None) for name in SHORT}
        ctx.meta[PARTS] = {name: value for name, value in given.items() if value}
        return rest


class RegisterCommand(PartsCommand):
    """The same, where there has to be a store."""

    required = ("artifact_store",)


class TypesCommand(PartsCommand):
    """A command that takes types of parts, such as `-o`."""

    def option(self, name: str) -> TyperOption:
        return TyperOption(
            param_decls=[name, *spellings(name)],
            is_flag=True,
            default=False,
            help=f"The {TYPES[name].kind}.",
        )


def spellings(name: str) -> list[str]:
    """How the option for parts of this type may be written."""
    return list(dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}", SHORT[name]]))


def repeats(name: str) -> bool:
    """Whether a stack may have more than one part of this type."""
    return name in Component.Type and Component.Type(name).repeats


def parts_of(context: Any) -> dict[str, Any]:
    """What a `PartsCommand` was given: by type, names, or that the type was named."""
    given: dict[str, Any] = context.meta[PARTS]
    return given
