"""Finds values that stand beside a name which says that they are secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

# What names end with, in lower case and without separators, when their value is a secret.
ENDINGS = (
    *(
        "accountkey",
        "accesskey",
        "sharedkey",
        "secretkey",
        "storagekey",
        "fernetkey",
        "fernetkeys",
    ),
    *("privatekey", "apikey", "encryptionkey", "signingkey", "signature", "sharedaccesssignature"),
    *("connectionstring", "connstring", "connstr", "sastoken", "sasurl"),
    *("accesstoken", "refreshtoken", "idtoken", "clientsecret", "clientassertion"),
    *("password", "passwords", "passwd", "passphrase", "authorization", "cookie", "sessionid"),
)
# The same, but in a sentence ("az_secret: not found") only as the whole name.
WEAK_ENDINGS = ("secret", "token", "credential", "credentials")
# Short ones count as a word of their own only: `my-sig`, not `design`.
SHORT_ENDING = re.compile(r"(?<![a-z])(?:sig|sas|conn|pwd)$")
# What may follow such a name without changing what the value is.
TRAILER = re.compile(r"(?:value|text|base64|b64|primary|secondary|old|new|[0-9_-])+$")
# Named like a secret, but holds the name of one.
HARMLESS_NAMES = frozenset({"authenticationsecret"})

NAME = re.compile(
    r"""(?: %(?:25)*[0-9A-Fa-f]{2} | (?<![\w-]) )    # an escaped sign, or the start of a word
        ([\w-]{1,80}+)
        ( \\{0,8}["']?[ \t]*(?:=>?|:)[ \t]* | %(?:25)*3[Dd] )""",
    re.VERBOSE,
)
# Up to the closing quote; to the end of the line where something is nested; else to whatever ends
# a value in a query, a header, a connection string or Python's notation.
VALUE = re.compile(
    r"""  [bru]?"(?P<double>(?:[^"\\\n]|\\.)*+)
        | [bru]?'(?P<single>(?:[^'\\\n]|\\.)*+)
        | \\{1,8}["'](?P<escaped>(?:(?!\\{1,8}["'])[^\n])*+)
        | (?P<nested>[\[{(][^\n]*)
        | (?P<plain>(?:(?:bearer|basic|digest|sharedkey(?:lite)?)[ ]+)?
            (?:[^\s;&"'<>`,)\]}]|[,)\]}](?=[^\s"';,)\]}]))+)""",
    re.VERBOSE | re.IGNORECASE,
)
ESCAPED_VALUE = re.compile(r"(?P<plain>(?:[^\s&;\"'<>%]|%(?!(?:25)*(?:26|3[Bb]|20|0[AaDd])))+)")


@lru_cache(maxsize=4096)
def is_sensitive(name: str, *, in_a_sentence: bool = False) -> bool:
    """Whether the value under this name is a secret, however the name is spelled."""
    lower = TRAILER.sub("", name.lower())
    bare = re.sub(r"[^a-z0-9]", "", lower)
    if bare in HARMLESS_NAMES:
        return False
    if bare.endswith(ENDINGS) or SHORT_ENDING.search(lower):
        return True
    return bare in WEAK_ENDINGS or (not in_a_sentence and bare.endswith(WEAK_ENDINGS))


def named_values(text: str) -> Iterator[tuple[int, int]]:
    """Where the values of sensitive names begin and end."""
    at = 0
    while name := NAME.search(text, at):
        at = name.end()
        in_a_sentence = name[2].strip() == ":"
        # A line end that is written out (`\nsig=…`) looks like the name's first letter.
        after_escape = name[1][1:] if text.endswith("\\", 0, name.start(1)) else ""
        if is_sensitive(name[1], in_a_sentence=in_a_sentence) or is_sensitive(
            after_escape, in_a_sentence=in_a_sentence
        ):
            value = (ESCAPED_VALUE if "%" in name[2] else VALUE).match(text, at)
            if value and value.lastgroup and value[value.lastgroup]:
                yield value.span(value.lastgroup)
                at = value.end()
