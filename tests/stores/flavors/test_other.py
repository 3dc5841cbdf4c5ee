"""Flavors that Storeroom cannot open."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from stores.flavors import flavor_of
from stores.flavors.base import Category, SignIn, StoreError

WORDS = "Storeroom cannot open the flavor `minio`; it is kept for stacks and export."

flavor = flavor_of("minio")


def test_those_that_are_there_are_found_by_name():
    assert flavor_of("s3").opens
    assert flavor_of("s3").cannot_open == ""


def test_any_other_is_one_that_cannot_be_opened():
    assert (flavor.slug, flavor.label, flavor.opens) == ("minio", "minio", False)
    assert flavor.cannot_open == WORDS


def test_nothing_of_it_is_ever_opened():
    for action in (
        lambda: flavor.check_settings("minio://b", {}, SignIn.IMPLICIT),
        lambda: flavor.open("minio://b", {}, SignIn.IMPLICIT, {}),
    ):
        with pytest.raises(StoreError) as caught:
            action()
        assert (caught.value.category, caught.value.text) == (Category.SETTINGS, WORDS)


def test_an_address_is_kept_as_it_is():
    assert flavor.clean_path(" oci://bucket@space/Path/ ") == "oci://bucket@space/Path/"


@pytest.mark.parametrize("path", ["", " ", "a\nb", "a\0b"])
def test_what_could_not_be_shown_is_refused(path):
    with pytest.raises(ValidationError):
        flavor.clean_path(path)


def test_a_place_is_compared_part_by_part():
    assert flavor.location("minio://b/a/", {}, {}) == ("minio", "minio:", "b", "a")


def test_any_secret_fits():
    assert flavor.check_secret("minio://b", {}, SignIn.FROM_SECRET, {}) == SignIn.NONE
