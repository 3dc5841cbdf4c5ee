"""How states, sizes and times are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from project.templatetags import storeroom
from stores.models import Check, Store, Transfer, TransferItem


def test_a_chip_is_icon_word_and_colour() -> None:
    assert storeroom.chip("healthy") == (
        '<span class="sr-chip sr-good"><span class="material-symbols-outlined"'
        ' aria-hidden="true">check_circle</span>Healthy</span>'
    )


def test_a_chip_can_say_another_word() -> None:
    assert "sr-bad" in storeroom.chip("failing", "Cannot be decrypted")
    assert "Cannot be decrypted" in storeroom.chip("failing", "Cannot be decrypted")


def test_w34_a_chip_of_an_unknown_state_shows_it_as_text() -> None:
    assert "&lt;b&gt;" in storeroom.chip("<b>")


@pytest.mark.parametrize(
    "state",
    [
        *Store.State.values,
        *Check.Status.values,
        *Transfer.State.values,
        *TransferItem.Result.values,
        *("ok", "failed", "skipped", "waiting", "running"),
    ],
)
def test_every_state_has_a_chip(state: str) -> None:
    assert state in storeroom.CHIPS


def test_code_in_backticks_becomes_code() -> None:
    assert storeroom.with_code("There is no `model.bin` here.") == (
        "There is no <code>model.bin</code> here."
    )


def test_w34_everything_else_in_a_sentence_is_escaped() -> None:
    assert storeroom.with_code("<script> `<img>`") == ("&lt;script&gt; <code>&lt;img&gt;</code>")


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "–"),
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (1_319_413_953_331, "1.2 TiB"),
        (5 * 1024**5, "5120.0 TiB"),
    ],
)
def test_sizes_are_in_iec_units(size: int | None, shown: str) -> None:
    assert storeroom.iec(size) == shown


def test_a_size_has_the_exact_number_on_hover() -> None:
    assert storeroom.size(2_097_153) == '<span title="2,097,153 bytes">2.0 MiB</span>'


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "0.0 s"),
        (0.25, "0.2 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7_300, "2 h"),
        (200_000, "2 d"),
    ],
)
def test_a_length_of_time_is_in_its_largest_unit(seconds: float | None, shown: str) -> None:
    assert storeroom.span(seconds) == shown


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=1), "just now"),
        (timedelta(seconds=90), "1 min ago"),
        (timedelta(days=3), "3 d ago"),
        (timedelta(seconds=-300.5), "in 5 min"),
    ],
)
def test_when_it_was_is_said_as_a_distance(passed: timedelta, shown: str) -> None:
    assert f">{shown}</time>" in storeroom.ago(timezone.now() - passed)


def test_the_exact_time_with_its_zone_is_on_hover() -> None:
    shown = storeroom.ago(datetime(2025, 11, 3, 14, 5, 12, tzinfo=UTC))

    assert 'datetime="2025-11-03T14:05:12+00:00"' in shown
    assert 'title="3 Nov 2025 14:05:12 UTC"' in shown


def test_what_never_was_is_a_dash() -> None:
    assert storeroom.ago(None) == "–"
