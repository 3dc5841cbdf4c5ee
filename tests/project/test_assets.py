"""The console's own style sheet."""

from __future__ import annotations

import pytest
from django.conf import settings
from unfold.settings import CONFIG_DEFAULTS


@pytest.mark.parametrize("tone", ["base", "primary", "font"])
def test_every_colour_of_the_theme_is_in_the_style_sheet(tone: str) -> None:
    sheet = (settings.BASE_DIR / "project" / "assets" / "storeroom.css").read_text()

    missing = [
        weight
        for weight in CONFIG_DEFAULTS["COLORS"][tone]
        if f"--color-{tone}-{weight}:" not in sheet
    ]

    assert missing == []


def test_the_theme_has_no_colours_of_other_names() -> None:
    assert set(CONFIG_DEFAULTS["COLORS"]) == {"base", "primary", "font"}
