"""Parts whose flavors know their settings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from project.commands import UsageError, shown, unknown_option
from stores.commands.parts.parts import Parts


class TypedParts(Parts):
    """Parts whose every setting that a flavor knows has a field in the pages' form."""

    @abstractmethod
    def settings_of(self, flavor: str) -> Collection[str] | None:
        """The settings that the flavor has; None for a flavor that takes any."""

    def check_settings(self, flavor: str, names: Iterable[str]) -> None:
        own = self.settings_of(flavor)
        for name in names:
            if own is None or name in own:
                continue
            if any(name in each["settings"] for each in self.flavors()):
                raise UsageError(f"{shown(name)} is no setting of the flavor `{flavor}`.")
            raise unknown_option(name, [*self.fields, *own, "as"])

    def with_settings(self, part: Any, settings: Mapping[str, Any], user: Any) -> dict[str, Any]:
        own = self.settings_of(part.flavor) or ()
        typed = {name: settings[name] or "" for name in settings if name in own}
        data = self.form(None, part, user).shown() | typed
        for name in settings.keys() - typed.keys():
            part.configuration.pop(name, None)
            if settings[name] is not None:
                part.configuration[name] = settings[name]
        return data
