"""What to say of a call that is wrong. What nobody asked for is not repeated: it may be a secret
value that lost its option."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from django.core.management import CommandError
from typer.exceptions import TyperException

USAGE = 2
LONGEST_OPTION = 40
# Options that ZenML has, and what there is in their place.
OF_ZENML = {
    "--share": "`share NAME --team TEAM` shares it afterwards.",
    "--connector": "There are no service connectors; stores name a secret.",
}


class UsageError(CommandError):
    """A call that is wrong in itself, whatever there is in the database."""

    def __init__(self, words: str) -> None:
        super().__init__(words, returncode=USAGE)


def refuse_bytes(words: Iterable[Any]) -> None:
    """Raise `UsageError` where a word of a call was no text: Python hands bytes that it cannot
    decode on as lone surrogates (PEP 383), which no database keeps."""
    for word in words:
        try:
            str(word).encode()
        except UnicodeEncodeError:
            raise UsageError("A word of this call is no UTF-8 text.") from None


def unknown_option(name: str, known: Iterable[str]) -> UsageError:
    """That there is no such option, with a guess where the name is close to one that there is."""
    bare = [option.lstrip("-") for option in known]
    near = difflib.get_close_matches(name.lstrip("-"), bare, n=1)
    guess = f"; did you mean --{near[0]}?" if near else "."
    return UsageError(f"There is no option {shown(name)}{guess}")


def shown(name: str) -> str:
    """An option's name, unless it looks like a value that was typed in its place."""
    bare = name.lstrip("-")
    if not bare.replace("-", "_").isidentifier() or len(bare) > LONGEST_OPTION:
        return "of this name"
    return name if name.startswith("-") else f"--{name}"


def misuse(error: TyperException) -> UsageError:
    """What typer refuses, in one line."""
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", "")
    if option in OF_ZENML:
        words = f"There is no option {option}. {OF_ZENML[option]}"
    elif hasattr(error, "possibilities") and context is not None:
        known = [spelling for param in context.command.params for spelling in param.opts]
        words = str(unknown_option(option, known))
        if getattr(context.command, "takes_settings", False) and words.endswith("."):
            words = f"{words} A setting is written as one word: {shown(option)}=VALUE."
    elif "unexpected extra argument" in str(error):
        words = "There is a word too many."
    else:
        words = " ".join(error.format_message().split())
    return UsageError(f"{words} See --help.")
