"""Fingerprints: equal for equal values, whichever process made the key."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from secrets_app.models import FingerprintKey, fingerprint

VALUES = {"token": "the same"}


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_make_the_first_key_agree_on_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both have seen that there is none before either writes its own."""
    both_looked = threading.Barrier(2, timeout=20)
    make = secrets.token_bytes

    def make_together(count: int) -> bytes:
        both_looked.wait()
        return make(count)

    monkeypatch.setattr(secrets, "token_bytes", make_together)

    def mark(_: int) -> str:
        try:
            return fingerprint(VALUES)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(mark, range(2))

    assert first == second == fingerprint(VALUES)
    assert FingerprintKey.objects.count() == 1


@pytest.mark.django_db
def test_a_key_that_cannot_be_opened_is_followed_by_another(settings: Any) -> None:
    before = fingerprint(VALUES)
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]

    after = fingerprint(VALUES)

    assert before != after == fingerprint(VALUES)
    assert list(FingerprintKey.objects.values_list("serial", flat=True)) == ["1", "2"]


@pytest.mark.django_db
def test_a_number_that_is_taken_is_left_out(settings: Any) -> None:
    fingerprint(VALUES)
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    fingerprint(VALUES)
    FingerprintKey.objects.filter(serial="1").delete()
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]

    fingerprint(VALUES)

    assert set(FingerprintKey.objects.values_list("serial", flat=True)) == {"1", "2"}
