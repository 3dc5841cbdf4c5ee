"""YAML from strangers: what is refused, in which line, how quickly and with how little memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from stores.zenml_yaml import Refused
from stores.zenml_yaml.parsing import documents

# 236 bytes, of which `json.dumps` made 28 MB.
BOMB = b"""a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]
"""


def refusal(text: bytes) -> str:
    with pytest.raises(Refused) as refused:
        list(documents(text))
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b"a: 1\nb: !!python/object/apply:os.system ['id']\n",
            "Line 2: tags (`!`) are not taken; they can build objects.",
        ),
        (
            b"a: !!python/name:os.system\n",
            "Line 1: tags (`!`) are not taken; they can build objects.",
        ),
        (b"a: !own x\n", "Line 1: tags (`!`) are not taken; they can build objects."),
        (b"a: 1\nb: 2\na: 3\n", "Line 3: `a` stands here twice."),
        (b'"a": 1\na: 3\n', "Line 2: `a` stands here twice."),
        (BOMB, "Line 1: anchors (`&`) and aliases (`*`) are not taken."),
    ],
)
def test_w38_code_bombs_and_keys_given_twice_are_refused_with_their_line(
    text: bytes, words: str
) -> None:
    assert refusal(text) == words


def test_w38_a_file_of_300_kb_is_refused_where_it_becomes_too_long() -> None:
    text = b"a: 1234567\n" * 27_273

    assert refusal(text) == "Line 23832: the text goes on beyond 256 KiB."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b"base: {a: 1}\nb:\n  <<: {a: 1}\n",
            "Line 3: merge keys (`<<`) are not taken.",
        ),
        (b"b:\n  <<: *x\n", "Line 2: merge keys (`<<`) are not taken."),
        (b"&a key: 1\n", "Line 1: anchors (`&`) and aliases (`*`) are not taken."),
        (b"? *a\n: 1\n", "Line 1: anchors (`&`) and aliases (`*`) are not taken."),
        (b"? [a, b]\n: 1\n", "Line 1: a key is a text."),
        (
            b"a: 1e999\n",
            "Line 1: this number is not finite; write it in quotation marks.",
        ),
        (
            b"a: 1.0e+999\n",
            "Line 1: this number is not finite; write it in quotation marks.",
        ),
        (
            b"a: .inf\n",
            "Line 1: this number is not finite; write it in quotation marks.",
        ),
        (
            b"a: .nan\n",
            "Line 1: this number is not finite; write it in quotation marks.",
        ),
        (
            b"a: 9223372036854775808\n",
            "Line 1: this number is too large; write it in quotation marks.",
        ),
        (
            b"a: " + b"9" * 5000 + b"\n",
            "Line 1: a number of 5000 signs; write it in quotation marks.",
        ),
        (
            b"a: 2022-11-02\n",
            "Line 1: `2022-11-02` is a date; write it in quotation marks.",
        ),
        (
            b"a: 2022-11-02 10:00:00\n",
            "Line 1: `2022-11-02 10:00:00` is a date; write it in quotation marks.",
        ),
        (
            b"a: !!timestamp x\n",
            "Line 1: tags (`!`) are not taken; they can build objects.",
        ),
        (b"a: 1\nb: \x00\n", "Line 2: the character U+0000 has no place in a text."),
        (b'a: 1\nb: "\\0"\n', "Line 2: the character U+0000 has no place in a text."),
        (b'a: "\\x1b[31m"\n', "Line 1: the character U+001B has no place in a text."),
        (b"a: 1\nb: \xff\n", "Line 2: this is no UTF-8 text."),
        (b"a: 1\nb: [1\n", "Line 3: this is no YAML (did not find expected ',' or ']')."),
    ],
)
def test_w39_the_next_layer_is_refused_with_its_line(text: bytes, words: str) -> None:
    assert refusal(text) == words


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b"{a: " * 60_000,
        b"- " * 100_000,
        b"? " * 100_000,
        b"a:\n" + b"".join(b" " * depth + b"a:\n" for depth in range(1, 600)),
    ],
)
def test_w39_deep_nesting_is_refused_at_once(text: bytes) -> None:
    begun = time.thread_time()

    words = refusal(text)

    assert words.startswith("Line ")
    assert time.thread_time() - begun < 2


def test_w38_w39_memory_stays_flat() -> None:
    tracemalloc.start()
    try:
        for text in (BOMB, b"[" * 100_000, b"a: " + b"9" * 200_000, b"[a," * 60_000):
            refusal(text)
        refusal(b"[" + b"a," * 100_000 + b"a]")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 16 * 1024 * 1024


def test_plain_values_are_what_yaml_says() -> None:
    text = (
        b"text: az://c\nquoted: '1'\nnumber: 8080\nhalf: 0.5\nyes: true\nno: ~\n"
        b"small: 1e-9\nlist: [1, a]\n1: one\n"
    )

    assert list(documents(text)) == [
        {
            "text": "az://c",
            "quoted": "1",
            "number": 8080,
            "half": 0.5,
            "yes": True,
            "no": None,
            "small": "1e-9",
            "list": [1, "a"],
            "1": "one",
        }
    ]
