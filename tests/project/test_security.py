"""What every reply tells the browser, and what no request may do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from stores.models import Store
from tests.support.pages import (
    CONNECTION,
    KEY,
    World,
    addresses,
    furnish,
    make_check,
    make_transfer,
    signed_in,
    visitor,
)

pytestmark = pytest.mark.django_db

REPOSITORY = Path(__file__).resolve().parents[2]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval' 'nonce'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
# Addresses that change something, and so answer POST alone.
ACTIONS = [
    "/stores/store/{store}/check/",
    "/stores/stack/{stack}/activate/",
    "/stores/schedule/{schedule}/pause/",
    "/stores/transfer/{transfer}/start/",
    "/stores/transfer/{transfer}/cancel/",
    "/stores/transfer/{transfer}/retry/",
    "/sample/load/",
    "/sample/remove/",
    "/logout/",
]
MARKUP = '<img src=x onerror=alert(1)>"><script>alert(2)<'
ELSEWHERE = [
    "//evil.example",
    r"/\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "\t//evil.example",
    "///evil.example",
]
JUNK = ["1000000000", "9" * 30, "-1", "NaN", "1;drop table", "", "1.2.-3", "nul\0"]


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def policy_of(reply: Any) -> dict[str, str]:
    """The reply's Content Security Policy, with the word nonce for the nonce."""
    parts = [part.split(" ", 1) for part in reply["Content-Security-Policy"].split("; ")]
    policy = dict(parts)
    *others, last = policy["script-src"].split(" ")
    if last.startswith("'nonce-"):
        policy["script-src"] = " ".join([*others, "'nonce'"])
    return policy


def assert_guarded(reply: Any) -> None:
    policy = policy_of(reply)
    without_nonce = POLICY | {"script-src": "'self' 'unsafe-eval'"}
    assert policy in (POLICY, without_nonce)
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Referrer-Policy"] == "same-origin"
    assert reply["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("who", ["nobody", "person", "admin_user"])
def test_w02_every_reply_has_the_headers(who: str, world: World, request: Any) -> None:
    browser = visitor() if who == "nobody" else signed_in(request.getfixturevalue(who))
    statuses = set()

    for address in addresses(world):
        reply = browser.get(address)
        assert_guarded(reply)
        statuses.add(reply.status_code)

    expected = {"nobody": {200, 302, 404}, "person": {200, 302, 403, 404, 405}}
    assert statuses == expected.get(who, {200, 302, 403, 404, 405})


def test_w02_also_when_something_broke(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(person, raise_request_exception=False)
    monkeypatch.setattr("stores.views.stores.find", lambda *_: 1 / 0)

    reply = browser.get("/stores/store/1/overview/")

    assert reply.status_code == 500
    assert "Something broke on our side" in reply.content.decode()
    assert_guarded(reply)


def test_w02_also_on_static_files_and_downloads(person: User, world: World) -> None:
    browser = signed_in(person)
    icon = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"]["icon.svg"]

    for address in (f"/static/{icon}", f"/stores/transfer/{world.transfer.pk}/report.csv"):
        reply = browser.get(address)
        assert b"".join(reply)
        assert reply.status_code == 200
        assert_guarded(reply)


def test_w02_also_when_the_token_is_missing() -> None:
    reply = visitor(enforce_csrf_checks=True).post("/login/", {"username": "a", "password": "b"})

    assert reply.status_code == 403
    assert_guarded(reply)


def test_w02_a_page_is_neither_kept_nor_framed(person: User, world: World) -> None:
    reply = signed_in(person).get(f"/secrets_app/secret/{world.secret.pk}/change/")

    assert reply["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert reply["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/", "/login/", "/password_change/", "/nowhere"])
def test_w04_another_host_is_refused(address: str) -> None:
    reply = visitor().get(address, headers={"host": "evil.example"})

    assert reply.status_code == 400
    assert "evil.example" not in reply.content.decode()


def test_w04_a_forwarded_host_is_not_believed(person: User) -> None:
    reply = visitor().get("/", headers={"x-forwarded-host": "evil.example"})

    assert reply["Location"] == "/login/?next=/"


PRODUCTION_WALK = """
import json
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
User.objects.create_superuser("ada", password="correct horse battery")
browser = Client(headers={"host": "storeroom.example"})
plain = browser.get("/login/")
form = browser.get("/login/", secure=True)
credentials = {"username": "ada", "password": "correct horse battery"}
inside = browser.post("/login/", credentials, secure=True)
health = browser.get("/healthz")
print(json.dumps({
    "plain": [plain.status_code, plain["Location"]],
    "health": health.status_code,
    "inside": inside.status_code,
    "headers": {**form.headers, **inside.headers},
    "cookies": {
        name: {key: value for key, value in morsel.items() if value}
        for name, morsel in browser.cookies.items()
    },
}))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser sees of a production installation at the sign-in."""
    home = tmp_path_factory.mktemp("production")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRODUCTION_WALK],
        cwd=REPOSITORY,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "STOREROOM_HOME": str(home),
            "STOREROOM_MODE": "production",
            "SECRET_KEY": "only-for-these-tests-a-key-of-more-than-fifty-signs-0123456789",
            "FERNET_KEYS": "c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aC4=",
            "ALLOWED_HOSTS": "storeroom.example",
            "DATABASE_URL": "sqlite://:memory:",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def test_w02_production_insists_on_tls(production: dict[str, Any]) -> None:
    assert production["plain"] == [301, "https://storeroom.example/login/"]
    assert production["health"] == 200
    assert production["headers"]["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )


def test_w05_production_cookies_are_tied_to_the_host(production: dict[str, Any]) -> None:
    session = production["cookies"]["__Host-storeroom-session"]
    token = production["cookies"]["__Host-storeroom-csrf"]

    assert production["inside"] == 302
    assert set(production["cookies"]) == {"__Host-storeroom-session", "__Host-storeroom-csrf"}
    for cookie in (session, token):
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert "domain" not in cookie


def test_w05_cookies_are_out_of_reach_for_scripts(person: User) -> None:
    browser = visitor()
    browser.get("/login/")
    browser.post("/login/", {"username": "bea", "password": "correct horse battery"})

    assert set(browser.cookies) == {"sessionid", "csrftoken"}
    for cookie in browser.cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_w06_without_the_token_nothing_is_changed(
    method: str, world: World, admin_user: User
) -> None:
    browser = signed_in(admin_user, enforce_csrf_checks=True)
    before = contents()

    for address in addresses(world):
        reply = getattr(browser, method)(address, "{}", content_type="text/plain")
        assert reply.status_code in (403, 405), address

    assert contents() == before


def test_w06_nothing_is_changed_by_looking(world: World, admin_user: User) -> None:
    browser = signed_in(admin_user)
    before = contents()

    for address in addresses(world):
        browser.get(address)

    assert contents() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_w06_what_changes_something_refuses_to_be_looked_at(
    action: str, world: World, admin_user: User
) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    reply = signed_in(admin_user).get(action.format(**keys))

    assert reply.status_code == 405


def contents() -> dict[str, list[Any]]:
    """Every row of every table, but for sessions and who signed in when."""
    kept = ("sessions", "axes")
    models = [model for model in apps.get_models() if model._meta.app_label not in kept]
    return {model._meta.label: rows(model) for model in models}


def rows(model: type[Model]) -> list[Any]:
    return list(model._default_manager.order_by("pk").values())


def test_w12_six_wrong_passwords_lock_the_name_from_this_address(
    person: User, stranger: User
) -> None:
    browser = visitor()
    wrong = {"username": "bea", "password": "wrong"}
    right = {"username": "bea", "password": "correct horse battery"}

    statuses = [browser.post("/login/", wrong).status_code for _ in range(6)]
    locked = browser.post("/login/", right)

    assert statuses == [200, 200, 200, 200, 429, 429]
    assert locked.status_code == 429
    assert "Too many wrong sign-ins" in locked.content.decode()
    assert "is locked for 15 min" in locked.content.decode()
    assert_guarded(locked)


def test_w12_nobody_else_is_locked(person: User, stranger: User) -> None:
    browser = visitor()
    for _ in range(6):
        browser.post("/login/", {"username": "bea", "password": "wrong"})

    right = {"password": "correct horse battery"}
    other_name = visitor().post("/login/", right | {"username": "carl"})
    other_address = visitor(REMOTE_ADDR="192.0.2.7").post("/login/", right | {"username": "bea"})

    assert (other_name.status_code, other_address.status_code) == (302, 302)


def test_w12_an_invented_forwarding_does_not_help(person: User) -> None:
    browser = visitor()
    wrong = {"username": "bea", "password": "wrong"}

    statuses = [
        browser.post("/login/", wrong, headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code
        for n in range(6)
    ]

    assert statuses[-1] == 429


def test_w34_markup_in_names_is_text_on_every_page(person: User, admin_user: User) -> None:
    world = furnish(person, MARKUP)
    make_check(world.store, MARKUP)
    make_transfer(world.store, world.other, "running", MARKUP)
    browser = signed_in(admin_user)
    shown = 0

    for address in addresses(world):
        text = page(browser, address)
        assert "<img src=x" not in text, address
        assert "<script>alert" not in text, address
        shown += "&lt;img src=x onerror=alert(1)&gt;" in text

    assert shown >= 30


def page(browser: Client, address: str) -> str:
    reply = browser.get(address)
    if reply.streaming or "html" not in reply.get("Content-Type", ""):
        return ""
    return str(reply.content.decode())


def test_w34_a_description_is_not_a_link(person: User) -> None:
    store = furnish(person).store
    Store.objects.filter(pk=store.pk).update(description="javascript:alert(1)")

    text = page(signed_in(person), f"/stores/store/{store.pk}/overview/")

    assert 'href="javascript:' not in text


@pytest.mark.parametrize("parameter", ["p", "page", "all", "o", "q", "e", "result", "per_page"])
def test_w43_junk_in_a_parameter_breaks_no_page(
    parameter: str, world: World, admin_user: User
) -> None:
    browser = signed_in(admin_user)
    transfer = f"/stores/transfer/{world.transfer.pk}/"

    for address in ("/stores/store/", "/secrets_app/secret/", "/auth/user/", transfer):
        for value in JUNK:
            reply = browser.get(address, {parameter: value})
            assert reply.status_code in (200, 302, 400), (address, value)


LISTS = [
    "/stores/store/",
    "/stores/check/",
    "/stores/schedule/",
    "/stores/transfer/",
    "/stores/stack/",
    "/stores/component/",
    "/secrets_app/secret/",
    "/secrets_app/secretsmanager/",
    "/project/auditentry/",
    "/auth/user/",
    "/teams/",
]


@pytest.mark.parametrize(
    "parameter",
    [
        "state__exact",
        "flavor__exact",
        "state__regex",
        "manager__id__exact",
        "manager__id__in",
        "owner__password__startswith",
        "paused__exact",
        "state__isnull",
        "no_such_field",
        "created_at__year",
    ],
)
def test_w43_junk_in_a_filter_breaks_no_list(
    parameter: str, world: World, admin_user: User
) -> None:
    browser = signed_in(admin_user)

    for address in LISTS:
        for value in JUNK:
            reply = browser.get(address, {parameter: value})
            assert reply.status_code in (200, 302, 400), (address, value)


@pytest.mark.parametrize("junk", ["99999999999999999999", "0", "abc", "-1", "%00"])
def test_w43_a_key_that_cannot_be_is_not_found(junk: str, admin_user: User) -> None:
    browser = signed_in(admin_user)

    for address in (*LISTS[:9], "/stores/transfer/"):
        assert browser.get(f"{address}{junk}/change/").status_code == 404, address
    for address in ("/stores/store/{}/overview/", "/stores/transfer/{}/", "/stores/check/{}/"):
        assert browser.get(address.format(junk)).status_code in (302, 404), address


@pytest.mark.parametrize("target", ELSEWHERE)
def test_w45_signing_in_stays_here(target: str, person: User) -> None:
    browser = visitor()
    right = {"username": "bea", "password": "correct horse battery", "next": target}

    reply = browser.post("/login/", right)

    assert (reply.status_code, reply["Location"]) == (302, "/")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_w45_signing_in_again_and_out_stays_here(target: str, person: User) -> None:
    browser = signed_in(person)

    again = browser.get("/login/", {"next": target})
    out = browser.post(f"/logout/?next={target}", {"next": target})

    assert (again.status_code, again["Location"]) == (302, "/")
    assert "evil" not in out.get("Location", "")
    assert out.status_code in (200, 302)


def test_w45_a_line_break_makes_no_header(person: User) -> None:
    target = "/\r\nSet-Cookie: a=b\r\n"
    right = {"username": "bea", "password": "correct horse battery", "next": target}

    reply = visitor().post("/login/", right)

    assert reply["Location"] == "/%0D%0ASet-Cookie:%20a=b%0D%0A"
    assert "a" not in reply.cookies


def test_w45_a_page_of_ours_is_gone_back_to(person: User) -> None:
    right = {
        "username": "bea",
        "password": "correct horse battery",
        "next": "/stores/store/?q=a",
    }

    reply = visitor().post("/login/", right)

    assert reply["Location"] == "/stores/store/?q=a"


@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_s12_no_page_shows_a_value_or_its_ciphertext(who: str, world: World, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))
    sealed = world.secret.current.values.get().sealed
    token = sealed.split(".")[2]

    for address in addresses(world):
        reply = browser.get(address)
        text = b"".join(reply).decode(errors="replace")
        for value in (CONNECTION, KEY, KEY[:40], "canaryaccount", sealed, token, token[20:60]):
            assert value not in text, address
