"""Every page for everybody: that it is there, what it says, and whose things it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from project import audit
from project.keys import key_id
from secrets_app.models import Secret, SecretsManager
from stores.models import Check, Component, Run, Schedule, Stack, Store, Transfer
from tests.support.pages import (
    CONNECTION,
    World,
    addresses,
    furnish,
    make_check,
    make_secret,
    make_transfer,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db

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
]
FORMS = [
    "/stores/store/add/",
    "/stores/schedule/add/",
    "/stores/transfer/add/",
    "/stores/stack/add/",
    "/stores/component/add/",
    "/secrets_app/secret/add/",
    "/secrets_app/secretsmanager/add/",
]


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


# Pages


@pytest.mark.parametrize("address", ["/", "/password_change/", *LISTS, *FORMS])
@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_a_page_is_there_while_nothing_else_is(address: str, who: str, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))

    assert browser.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/auth/user/", "/auth/user/add/"])
def test_people_are_for_superusers(address: str, person: User, admin_user: User) -> None:
    assert signed_in(admin_user).get(address).status_code == 200
    assert signed_in(person).get(address).status_code == 403


@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_no_page_breaks(who: str, world: World, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))

    for address in addresses(world):
        assert browser.get(address).status_code in (200, 302, 403, 404, 405), address


@pytest.mark.parametrize(
    "address",
    [
        "/stores/store/{store}/overview/",
        "/stores/store/{store}/change/",
        "/stores/store/{store}/delete/",
        "/stores/check/{check}/",
        "/stores/check/{check}/steps/",
        "/stores/stack/{stack}/overview/",
        "/stores/stack/{stack}/change/",
        "/stores/component/{component}/change/",
        "/stores/schedule/{schedule}/change/",
        "/stores/transfer/{transfer}/",
        "/stores/transfer/{transfer}/progress/",
        "/stores/transfer/{transfer}/report.csv",
        "/stores/transfer/{transfer}/delete/",
        "/secrets_app/secret/{secret}/change/",
        "/secrets_app/secret/{secret}/delete/",
        "/secrets_app/secretsmanager/{secretsmanager}/change/",
        "/project/auditentry/{auditentry}/change/",
    ],
)
@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_a_thing_has_its_pages(address: str, who: str, world: World, request: Any) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    reply = signed_in(request.getfixturevalue(who)).get(address.format(**keys))

    assert reply.status_code == 200


def test_what_cannot_be_changed_by_hand_leads_to_its_own_page(world: World, person: User) -> None:
    browser = signed_in(person)

    transfer = browser.get(f"/stores/transfer/{world.transfer.pk}/change/")
    check = browser.get(f"/stores/check/{world.check.pk}/change/")

    assert transfer["Location"] == f"/stores/transfer/{world.transfer.pk}/"
    assert check["Location"] == f"/stores/check/{world.check.pk}/"


def test_the_rows_of_a_list_lead_to_the_overview(world: World, person: User) -> None:
    page = signed_in(person).get("/stores/store/").content.decode()

    assert f'href="/stores/store/{world.store.pk}/overview/"' in page


@pytest.mark.parametrize("address", ["/", *LISTS, *FORMS, "/stores/store/1/overview/"])
def test_who_is_not_signed_in_is_asked_to(address: str) -> None:
    reply = Client().get(address)

    assert (reply.status_code, reply["Location"]) == (302, f"/login/?next={address}")


def test_who_is_no_staff_is_not_let_in(db: None) -> None:
    user = User.objects.create_user("dan", password="correct horse battery")

    assert signed_in(user).get("/stores/store/").status_code == 302


def test_health_says_ok_and_no_more() -> None:
    reply = Client().get("/healthz")

    assert (reply.status_code, reply.content) == (200, b"ok")


# Empty, and filtered to nothing


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "/stores/store/",
            "No stores yet. A store is a container, a bucket or a folder, plus the"
            " way to sign in to it. Add store",
        ),
        (
            "/stores/transfer/",
            "No transfers yet. Start with a plan: nothing is copied until you press Start."
            " Add transfer",
        ),
        (
            "/stores/stack/",
            "No stacks yet. A stack joins one store with the components that must reach it."
            " Add stack",
        ),
        (
            "/secrets_app/secret/",
            "No secrets yet. They are sealed before they reach the database; nobody can read them"
            " back here unless an owner allows it. Add one and paste a connection string or a SAS"
            " URL into it. Add secret",
        ),
        ("/stores/check/", "No checks yet. Check now on a store's page tries it step by step"),
        ("/stores/schedule/", "No schedules yet. A schedule checks a store every few minutes."),
        ("/stores/component/", "No components yet."),
        ("/project/auditentry/", "No audit entries yet."),
    ],
)
def test_an_empty_list_says_what_belongs_there(address: str, said: str, person: User) -> None:
    assert said in words(signed_in(person), address)


def test_a_list_that_is_filtered_to_nothing_does_not_look_empty(
    world: World, person: User
) -> None:
    browser = signed_in(person)

    filtered = words(browser, "/stores/store/?state__exact=healthy")
    searched = words(browser, "/stores/store/?q=nosuchname")

    assert "No store matches these filters. Clear filters (2 hidden)" in filtered
    assert "No store matches these filters. Clear filters (2 hidden)" in searched
    assert "No stores yet" not in filtered


def test_a_store_where_nothing_happened_says_so(person: User) -> None:
    store = Store.objects.create(
        name="new", owner=person, flavor="azure", path="az://ml", sign_in="implicit"
    )

    said = words(signed_in(person), f"/stores/store/{store.pk}/overview/")

    assert "Not checked yet. We do not know whether it works." in said
    assert "No checks yet." in said
    assert "Not checked on a schedule." in said
    assert "No transfers yet." in said
    assert "No stack uses this store." in said


# A fixed number of queries


def fill(kind: str, owner: User, number: int) -> None:
    """So many more of a kind, each with what its row in a list shows."""
    store = Store.objects.filter(owner=owner).first()
    for n in range(number):
        named = {"name": f"{kind}-{number}-{n}", "owner": owner}
        if kind in ("store", "schedule"):
            new = Store.objects.create(
                flavor="local", path="/srv", sign_in="none", state="failing", **named
            )
            Check.objects.create(store=new)
            if kind == "schedule":
                Schedule.objects.create(store=new, owner=owner)
        elif kind == "check":
            make_check(store)
        elif kind == "transfer":
            make_transfer(store, store, "with_errors")
        elif kind == "stack":
            Stack.objects.create(store=store, **named)
        elif kind == "component":
            Component.objects.create(type="orchestrator", flavor="local", **named)
        elif kind == "secret":
            make_secret(owner, named["name"])
        elif kind == "secretsmanager":
            SecretsManager.objects.create(**named)
        else:
            audit.record(owner, "added", store)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(
    address: str, world: World, person: User
) -> None:
    kind = address.split("/")[2]
    browser = signed_in(person)
    fill(kind, person, 4)
    browser.get(address)

    with CaptureQueriesContext(connection) as few:
        browser.get(address)
    fill(kind, person, 19)
    with CaptureQueriesContext(connection) as many:
        browser.get(address)

    assert len(many) == len(few)
    assert len(many) < 25


@pytest.mark.parametrize("kind", ["store", "check", "transfer", "secret"])
def test_the_dashboard_asks_as_often_for_many_things_as_for_few(
    kind: str, world: World, person: User
) -> None:
    browser = signed_in(person)
    fill(kind, person, 2)
    browser.get("/")

    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    fill(kind, person, 8)
    with CaptureQueriesContext(connection) as many:
        browser.get("/")

    assert len(many) == len(few)


# The page of a check


def check_of(owner: User, **fields: Any) -> Check:
    store = Store.objects.create(
        name="az_store", owner=owner, flavor="azure", path="az://ml", sign_in="implicit"
    )
    check = Check.objects.create(store=store, requested_by=owner)
    Check.objects.filter(pk=check.pk).update(**fields)
    return check


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Waiting for a worker."),
        (
            {"status": "running", "worker": "worker-3:42"},
            "Running on worker-3:42, usually 2–10 seconds.",
        ),
        (
            {"status": "done", "verdict": "healthy", "words": "Proven: list, read."},
            "Healthy Proven: list, read.",
        ),
        (
            {"status": "failed", "error": "Internal error; the worker's log has the rest."},
            "Failed Internal error; the worker's log has the rest.",
        ),
        ({"status": "failed", "error": "Given up after 5 tries."}, "Given up after 5 tries."),
    ],
)
def test_a_check_says_where_it_is(fields: dict[str, str], said: str, person: User) -> None:
    check = check_of(person, **fields)
    browser = signed_in(person)

    assert said in words(browser, f"/stores/check/{check.pk}/")
    assert said in words(browser, f"/stores/check/{check.pk}/steps/")


def test_a_check_that_nobody_takes_says_that_no_worker_listens(person: User) -> None:
    early, late = timezone.now() - timedelta(seconds=9), timezone.now() - timedelta(seconds=11)
    check = check_of(person, queued_at=early)
    browser = signed_in(person)

    before = words(browser, f"/stores/check/{check.pk}/")
    Check.objects.update(queued_at=late)
    after = words(browser, f"/stores/check/{check.pk}/")

    assert "No worker is listening" not in before
    assert "No worker is listening on queue checks. The store was not tested." in after


def test_a_check_refreshes_itself_until_it_has_ended(person: User) -> None:
    check = check_of(person)
    browser = signed_in(person)

    waiting = browser.get(f"/stores/check/{check.pk}/steps/").content.decode()
    Check.objects.update(status=Run.Status.DONE, verdict="healthy")
    ended = browser.get(f"/stores/check/{check.pk}/steps/").content.decode()

    assert f'hx-get="/stores/check/{check.pk}/steps/"' in waiting
    assert "hx-get" not in ended


def test_a_failed_step_says_why_what_to_do_and_for_support_the_code(
    world: World, person: User
) -> None:
    said = words(signed_in(person), f"/stores/check/{world.check.pk}/")

    assert "Write · 31 ms thing is in the way. What to do: Move thing." in said
    assert "Code AuthorizationFailure · request 7f0e" in said
    assert "Degraded May be read, but “Write” failed: thing is in the way." in said


def test_the_steps_to_come_wait_and_the_next_one_runs(person: User) -> None:
    done = [{"name": "settings", "mark": "ok", "words": "They fit.", "ms": 1}]
    check = check_of(person, status="running", steps=done)

    said = words(signed_in(person), f"/stores/check/{check.pk}/steps/")

    assert "Passed Settings · 1 ms They fit. Running Secret Waiting Name Waiting Connect" in said


# The page of a transfer


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("planning", ["Listing: 0 artifacts so far. You may leave; the plan is kept."]),
        (
            "planned",
            [
                "The plan: copy 2 artifacts (4.0 KiB). Nothing is copied until you start it.",
                "Start: copy 2",
                "Skip, the same 1",
            ],
        ),
        ("running", ["Artifacts 1 of 2", "Bytes 2.5 KiB of 4.0 KiB", "on worker-3:42"]),
        ("completed", ["2 artifacts (4.0 KiB) copied in 10 s, each hashed as it was read"]),
        (
            "with_errors",
            [
                "1 copied, 1 failed. Each says why below.",
                "Retry failed (1)",
                "thing is another version by now. ConditionNotMet",
            ],
        ),
        ("failed", ["Nothing was copied. The source could not be listed."]),
        (
            "cancelled",
            [
                "Cancelled at 1 of 2. What was copied stays in the target.",
                "Retry what was not copied (1)",
            ],
        ),
    ],
)
def test_a_transfer_says_where_it_is(
    state: str, said: list[str], world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, state, "thing")

    page = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    for sentence in said:
        assert sentence in page


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("planning", {"cancel"}),
        ("planned", {"start", "cancel"}),
        ("running", {"cancel"}),
        ("completed", set()),
        ("with_errors", {"retry"}),
        ("failed", set()),
        ("cancelled", {"retry"}),
    ],
)
def test_a_transfer_offers_what_can_be_done_with_it(
    state: str, buttons: set[str], world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, state)

    page = signed_in(person).get(f"/stores/transfer/{transfer.pk}/").content.decode()

    offered = re.findall(rf'action="/stores/transfer/{transfer.pk}/(\w+)/"', page)
    assert set(offered) == buttons


def test_a_transfer_that_nobody_takes_says_that_no_worker_listens(
    world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, "planning")
    late = timezone.now() - timedelta(seconds=11)
    transfer.runs.update(status="queued", started_at=None, queued_at=late)

    said = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert "No worker listens on queue transfers. Nothing has started" in said


def test_a_plan_without_artifacts_has_nothing_to_start(world: World, person: User) -> None:
    transfer = make_transfer(world.store, world.other, "planned")
    transfer.items.all().delete()

    said = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert "The source has no artifacts here. Nothing to start." in said


def test_when_both_sides_match_there_is_nothing_to_start(world: World, person: User) -> None:
    transfer = make_transfer(world.store, world.other, "planned")
    transfer.items.exclude(action="same").delete()

    said = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert "Both sides already match (1 artifacts, compared by size and hash)." in said


def test_the_end_of_a_transfer_makes_the_page_load_anew(world: World, person: User) -> None:
    running = make_transfer(world.store, world.other, "running")
    browser = signed_in(person)

    going_on = browser.get(f"/stores/transfer/{running.pk}/progress/")
    ended = browser.get(f"/stores/transfer/{world.transfer.pk}/progress/")

    assert "HX-Refresh" not in going_on
    assert ended["HX-Refresh"] == "true"


def test_the_artifacts_of_a_transfer_can_be_filtered_by_result(world: World, person: User) -> None:
    browser = signed_in(person)
    address = f"/stores/transfer/{world.transfer.pk}/"

    failed = words(browser, f"{address}?result=failed")
    waiting = words(browser, f"{address}?result=pending")
    unknown = words(browser, f"{address}?result=nonsense")

    assert "2-thing" in failed
    assert "0-thing" not in failed
    assert "No artifact has this result. Show all 3" in waiting
    assert "0-thing" in unknown


def test_a_transfer_outlives_its_stores(world: World, person: User) -> None:
    Transfer.objects.update(source=None, target=None)

    said = words(signed_in(person), f"/stores/transfer/{world.transfer.pk}/")

    assert "thing/runs → thing-folder" in said


# The dashboard


def test_the_dashboard_of_somebody_new_has_the_first_steps(person: User) -> None:
    said = words(signed_in(person), "/")

    assert "Welcome. Three steps: Add a store" in said
    assert "No artifact stores yet." in said


def test_the_dashboard_says_what_needs_them(world: World, person: User) -> None:
    said = words(signed_in(person), "/")

    assert "Failing thing · “Connect” failed: thing does not answer. See the check" in said
    assert "thing/runs → thing-folder · Some artifacts were not copied. See which" in said


def test_the_dashboard_says_when_nothing_needs_them(person: User) -> None:
    store = Store.objects.create(
        name="fine", owner=person, flavor="local", path="/srv", sign_in="none", state="healthy"
    )

    said = words(signed_in(person), "/")

    assert "Nothing needs you. 1 store healthy." in said
    assert f"{store.name} Healthy /srv" in said


def test_the_dashboard_has_what_runs_now(world: World, person: User) -> None:
    running = make_transfer(world.store, world.other, "running")

    page = signed_in(person).get("/").content.decode()

    assert "Running now" in page
    assert f'href="/stores/transfer/{running.pk}/"' in page
    assert '<progress class="sr-bar" max="100" value="50">' in page


@pytest.fixture
def no_sample(settings: Any) -> Iterator[None]:
    """Nothing was said about the sample, nor is afterwards."""
    note = settings.HOME.sample / "state.json"
    note.unlink(missing_ok=True)
    yield
    note.unlink(missing_ok=True)


@pytest.mark.parametrize(("who", "there"), [("admin_user", True), ("person", False)])
def test_the_sample_is_a_superusers(who: str, there: bool, no_sample: None, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))

    said = words(browser, "/")
    load = browser.post("/sample/load/")
    remove = browser.post("/sample/remove/")

    assert ("The sample" in said) is there
    assert [load.status_code, remove.status_code] == ([302, 302] if there else [403, 403])


def test_the_sample_can_be_asked_for_where_up_runs(
    admin_user: User, no_sample: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(admin_user)
    offered = "Load the sample"

    without = words(browser, "/")
    monkeypatch.setenv("STOREROOM_UP", "1")

    assert offered not in without
    assert offered in words(browser, "/")


# Whose things


def test_w_idor_one_persons_things_are_nowhere_for_another(person: User, stranger: User) -> None:
    world = furnish(person, "confidential")
    make_transfer(world.store, world.other, "running", "confidential")
    browser = signed_in(stranger)

    for address in addresses(world):
        reply = browser.get(address)
        assert b"confidential" not in b"".join(reply), address

    of_a_thing = [address for address in addresses(world) if re.search(r"/\d+/", address)]
    mine = [a for a in of_a_thing if a.startswith(("/stores/", "/secrets_app/", "/project/"))]
    assert len(mine) > 40
    for address in mine:
        assert browser.get(address).status_code in (302, 403, 404, 405), address


@pytest.mark.parametrize(
    "address",
    [
        "/stores/store/{store}/overview/",
        "/stores/store/{store}/change/",
        "/stores/store/{store}/delete/",
        "/stores/check/{check}/",
        "/stores/check/{check}/steps/",
        "/stores/stack/{stack}/overview/",
        "/stores/stack/{stack}/change/",
        "/stores/component/{component}/change/",
        "/stores/schedule/{schedule}/change/",
        "/stores/transfer/{transfer}/",
        "/stores/transfer/{transfer}/progress/",
        "/stores/transfer/{transfer}/report.csv",
        "/secrets_app/secret/{secret}/change/",
        "/secrets_app/secret/{secret}/delete/",
        "/secrets_app/secretsmanager/{secretsmanager}/change/",
        "/project/auditentry/{auditentry}/change/",
    ],
)
def test_w_idor_a_foreign_thing_is_not_found(address: str, world: World, stranger: User) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    assert signed_in(stranger).get(address.format(**keys)).status_code == 404


@pytest.mark.parametrize(
    "action",
    [
        "/stores/store/{store}/check/",
        "/stores/stack/{stack}/activate/",
        "/stores/schedule/{schedule}/pause/",
        "/stores/transfer/{transfer}/start/",
        "/stores/transfer/{transfer}/cancel/",
        "/stores/transfer/{transfer}/retry/",
        "/stores/store/{store}/delete/",
        "/secrets_app/secret/{secret}/change/",
        "/secrets_app/secret/{secret}/delete/",
    ],
)
def test_w_idor_nothing_can_be_done_with_a_foreign_thing(
    action: str, world: World, stranger: User
) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    reply = signed_in(stranger).post(action.format(**keys), {"post": "yes"})

    assert reply.status_code == 404


@pytest.mark.parametrize("kind", ["store", "stack", "component", "schedule", "transfer"])
def test_w_idor_a_lists_action_leaves_foreign_things_alone(
    kind: str, world: World, stranger: User
) -> None:
    chosen = {"_selected_action": [world.things[kind].pk], "post": "yes"}

    signed_in(stranger).post(f"/stores/{kind}/", {"action": "delete_selected", **chosen})

    assert type(world.things[kind]).objects.filter(pk=world.things[kind].pk).exists()


def test_what_comes_with_the_installation_is_not_anybodys_to_delete(person: User) -> None:
    orchestrator = Component.objects.default_orchestrator()
    manager = SecretsManager.objects.built_in()
    browser = signed_in(person)

    one = browser.post(f"/stores/component/{orchestrator.pk}/delete/", {"post": "yes"})
    many = [
        browser.post(
            address,
            {"action": "delete_selected", "_selected_action": [thing.pk], "post": "yes"},
        )
        for address, thing in (
            ("/stores/component/", orchestrator),
            ("/secrets_app/secretsmanager/", manager),
        )
    ]

    assert [reply.status_code for reply in (one, *many)] == [403, 403, 403]
    assert Component.objects.filter(pk=orchestrator.pk).exists()
    assert SecretsManager.objects.filter(pk=manager.pk).exists()


def test_a_transfer_under_way_is_not_deleted_by_the_lists_action(
    world: World, person: User
) -> None:
    running = make_transfer(world.store, world.other, "running")
    chosen = {"action": "delete_selected", "_selected_action": [running.pk], "post": "yes"}

    reply = signed_in(person).post("/stores/transfer/", chosen)

    assert reply.status_code == 403
    assert Transfer.objects.filter(pk=running.pk).exists()


def test_the_counts_beside_the_navigation_are_ones_own(
    world: World, person: User, stranger: User
) -> None:
    Store.objects.update(state="healthy")

    own = words(signed_in(person), "/project/auditentry/")
    other = words(signed_in(stranger), "/project/auditentry/")

    assert re.search(r"Stores 2\b", own)
    assert re.search(r"Secrets 1\b", own)
    assert not re.search(r"(Stores|Stacks|Secrets) \d", other)


# Another key


@pytest.fixture
def other_key(world: World, settings: Any) -> str:
    """As after a restore with another key; the id of the key that sealed the secret."""
    sealed_by = key_id(settings.FERNET_KEYS[0])
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    return sealed_by


@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_s04_with_another_key_no_page_breaks(
    who: str, world: World, other_key: str, request: Any
) -> None:
    browser = signed_in(request.getfixturevalue(who))

    for address in addresses(world):
        assert browser.get(address).status_code in (200, 302, 403, 404, 405), address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/secrets_app/secret/", "Cannot be decrypted"),
        ("/secrets_app/secret/{secret}/change/", "cannot be decrypted with the loaded keys"),
        ("/stores/stack/{stack}/overview/", "cannot be decrypted with the loaded keys"),
        ("/", "cannot be decrypted with the loaded keys"),
    ],
)
def test_s04_with_another_key_the_pages_say_so(
    address: str, said: str, world: World, other_key: str, person: User
) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    page = words(signed_in(person), address.format(**keys))

    assert said in page
    assert other_key in page or address == "/secrets_app/secret/"


def test_s04_a_new_value_can_be_saved_over_it(world: World, other_key: str, person: User) -> None:
    browser = signed_in(person)
    address = f"/secrets_app/secret/{world.secret.pk}/change/"

    reply = browser.post(
        address,
        {
            "name": "thing",
            "description": "",
            "manager": world.secret.manager_id,
            "schema": "azure",
            "value_connection_string": CONNECTION,
            "_now": "1",
        },
    )

    assert reply.status_code == 302
    assert Secret.objects.get(pk=world.secret.pk).reveal() == {"connection_string": CONNECTION}
    assert "cannot be decrypted" not in words(browser, address)
