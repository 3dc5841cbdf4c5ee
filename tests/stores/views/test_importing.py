"""The pages on which stacks come in and go out."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from project.access import Role, Team
from secrets_app.models import Secret
from stores.models import Component, Stack, Store
from tests.support.pages import CONNECTION, KEY, signed_in, words_of

pytestmark = pytest.mark.django_db

START = "/stores/import/"
FINISH = "/stores/import/finish/"
SAMPLES = Path(__file__).parents[1] / "zenml"
LIST = (SAMPLES / "zenml-0.98.0_list.yaml").read_text()
LINES = (
    "zenml secrets-manager secret register az_secret -s azure --account_name=team"
    f" --accountkey='{KEY}'\n"
)


def preview(browser: Client, text: str = LIST) -> tuple[str, str]:
    """The words of the preview, and the sealed text that it carries."""
    reply = browser.post(START, {"text": text})
    assert reply.status_code == 200
    found = re.search(r'name="text" value="([^"]*)"', reply.content.decode())
    assert found
    return words_of(reply), unescape(found[1])


def test_a_pasted_stack_is_previewed_and_nothing_is_saved(person: User) -> None:
    said, _ = preview(signed_in(person))

    assert "Ready 3 new, 0 used as they are here." in said
    assert "1 secret missing" in said
    assert "az_secret named by az_secret_store" in said
    assert not Store.objects.exists()


def test_where_all_is_here_already_there_is_nothing_to_import(person: User) -> None:
    browser = signed_in(person)
    _, sealed = preview(browser)
    browser.post(FINISH, {"text": sealed})

    reply = browser.post(START, {"text": LIST})

    said = words_of(reply)
    stack = Stack.objects.get()
    assert "Already here All of it is here already: there is nothing to import. Open copy2" in said
    assert f'href="/stores/stack/{stack.pk}/overview/"' in reply.content.decode()
    assert ">Import</button>" not in reply.content.decode()


def test_what_was_previewed_is_imported_and_its_stack_is_shown(person: User) -> None:
    browser = signed_in(person)
    _, sealed = preview(browser)

    reply = browser.post(FINISH, {"text": sealed})

    stack = Stack.objects.get()
    assert (reply.status_code, reply["Location"]) == (302, f"/stores/stack/{stack.pk}/overview/")
    assert "Imported: 3 new." in words_of(browser.get(reply["Location"]))


def test_a_zip_of_several_stacks_is_taken(person: User) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("zenml-0.33.0_dict.yaml", "zenml-0.98.0_list.yaml"):
            archive.write(SAMPLES / name, name)
    upload = SimpleUploadedFile("stacks.zip", packed.getvalue())

    said = words_of(signed_in(person).post(START, {"file": upload}))

    assert "zenml-0.33.0_dict.yaml, line 7" in said
    assert "Stack copy2" in said


def test_a_difference_is_decided_on_in_the_preview(person: User) -> None:
    Store.objects.create(
        name="az_secret_store",
        owner=person,
        flavor="azure",
        path="az://another",
        sign_in="implicit",
    )
    browser = signed_in(person)
    said, sealed = preview(browser)

    undecided = browser.post(FINISH, {"text": sealed})
    browser.post(FINISH, {"text": sealed, "choice:artifact_store/az_secret_store": "rename"})

    assert "path: here az://another, in the text abfs://your-container" in said
    assert "still has to be decided on" in words_of(undecided)
    assert Stack.objects.get().store.name == "az_secret_store-2"


def test_what_changed_since_the_preview_is_shown_again(person: User) -> None:
    browser = signed_in(person)
    _, sealed = preview(browser)
    Store.objects.create(
        name="az_secret_store",
        owner=person,
        flavor="azure",
        path="az://another",
        sign_in="implicit",
    )

    reply = browser.post(FINISH, {"text": sealed})

    assert "1 of 3 differ from what is here." in words_of(reply)
    assert not Stack.objects.exists()


def test_m31_a_pasted_secret_s_value_is_in_no_page_and_is_sealed_by_the_import(
    person: User,
) -> None:
    browser = signed_in(person)
    reply = browser.post(START, {"text": LINES})
    _, sealed = preview(browser, LINES)

    browser.post(FINISH, {"text": sealed})

    assert KEY not in reply.content.decode()
    assert "--accountkey is the older spelling of --account_key" in words_of(reply)
    assert Secret.objects.get().reveal() == {"account_name": "team", "account_key": KEY}


def test_a_preview_is_of_use_to_nobody_else(person: User, stranger: User) -> None:
    _, sealed = preview(signed_in(person), LINES)

    reply = signed_in(stranger).post(FINISH, {"text": sealed})

    assert "This preview cannot be used any more" in words_of(reply, 400)
    assert not Secret.objects.exists()


@pytest.mark.parametrize("text", ["", "v1.0123abcd.gAAAA", "<script>"])
def test_what_is_no_preview_is_refused(person: User, text: str) -> None:
    reply = signed_in(person).post(FINISH, {"text": text})

    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is nothing in it."),
        ("a: 1\na: 2\n", "Line 2: a stands here twice."),
        ("a: !!python/object/apply:os.system ['id']", "Line 1: tags (!) are not taken"),
        (
            'components: {alerter: {name: "a\\nb", flavor: x}}',
            "Line 1: 'a\\nb' cannot be used as a name. A name has no line breaks,",
        ),
        ("[" * 100_000, "Line 1: this is no YAML"),
        ("components: {a: &x [*x]}", "Line 1: anchors (&) and aliases (*) are not taken."),
    ],
)
def test_w38_w39_w44_hostile_texts_are_refused_with_their_line(
    person: User, text: str, words: str
) -> None:
    reply = signed_in(person).post(START, {"text": text})

    assert f"Nothing was imported {words}" in words_of(reply, 400)


def test_what_belongs_into_a_secret_is_sent_there_and_not_repeated(person: User) -> None:
    reply = signed_in(person).post(START, {"text": CONNECTION})

    assert "Read as a connection string. The form of a secret takes it." in words_of(reply, 400)
    assert KEY not in reply.content.decode()


def test_w40_a_file_that_is_too_large_is_refused(person: User) -> None:
    upload = SimpleUploadedFile("a.yaml", b"#" * 600 * 1024)

    reply = signed_in(person).post(START, {"file": upload})

    assert "This is larger than 512 KiB." in words_of(reply, 400)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\n", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary="),
        (b"no boundary at all", f"multipart/form-data; boundary={'b' * 300}"),
        (b"--\xff", "multipart/form-data; boundary=\xff"),
    ],
)
def test_w40_a_malformed_form_is_refused(person: User, body: bytes, content_type: str) -> None:
    reply = signed_in(person).generic("POST", START, body, content_type)

    assert reply.status_code == 400


def test_a_person_who_is_not_signed_in_is_asked_to(client: Client, db: None) -> None:
    for address in (START, FINISH):
        assert client.post(address, {"text": LIST}).status_code == 302
    assert not Store.objects.exists()


def test_m32_the_export_is_shown_and_downloaded_for_a_version(person: User) -> None:
    Component.objects.default_orchestrator()
    browser = signed_in(person)
    browser.post(FINISH, {"text": preview(browser)[1]})
    address = f"/stores/stack/{Stack.objects.get().pk}/export/"

    shown = words_of(browser.get(address))
    file = browser.get(f"{address}?version=0.33.0&download=1")

    assert "The values of 1 secret: az_secret." in shown
    assert file["Content-Disposition"] == 'attachment; filename="copy2.yaml"'
    assert file.content.decode().startswith(
        "# Stack copy2, written by Storeroom for ZenML 0.33.0.\n"
        "# 1 secret is not in this file: az_secret.\n"
    )


def test_a_version_that_nothing_is_written_for_is_said(person: User) -> None:
    browser = signed_in(person)
    browser.post(FINISH, {"text": preview(browser)[1]})

    reply = browser.get(f"/stores/stack/{Stack.objects.get().pk}/export/?version=0.13.2")

    assert "ZenML before 0.23.0 reads another form" in words_of(reply)


def test_a_foreign_stack_is_not_exported(person: User, stranger: User) -> None:
    browser = signed_in(person)
    browser.post(FINISH, {"text": preview(browser)[1]})

    reply = signed_in(stranger).get(f"/stores/stack/{Stack.objects.get().pk}/export/")

    assert reply.status_code == 404


def test_an_import_is_for_the_team_that_was_chosen(person: User, stranger: User) -> None:
    team = Team.objects.found("ml", stranger)
    team.admit(person, Role.EDITOR)
    browser = signed_in(person)

    asked = browser.get(START).content.decode()
    shown = browser.post(START, {"text": LIST, "team": team.pk}).content.decode()
    carried = dict(re.findall(r'type="hidden" name="(text|team)" value="([^"]*)"', shown))
    browser.post(FINISH, carried)

    assert f'<option value="{team.pk}">ml</option>' in asked
    assert "What is new belongs to the team ml." in shown
    assert f"/secret/add/?name=az_secret&amp;team={team.pk}" in shown
    assert [stack.team.name for stack in Stack.objects.all()] == ["ml"]
    assert [store.team.name for store in Store.objects.all()] == ["ml"]


def test_nothing_is_imported_into_a_team_in_which_one_may_add_nothing(
    person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", stranger)
    team.admit(person, Role.OPERATOR)
    browser = signed_in(person)
    _, sealed = preview(browser)

    replies = [
        browser.post(START, {"text": LIST, "team": team.pk}),
        browser.post(FINISH, {"text": sealed, "team": team.pk}),
    ]

    assert ">ml</option>" not in browser.get(START).content.decode()
    for reply in replies:
        assert "You cannot put anything into this team." in words_of(reply, 400)
    assert not Store.objects.exists()
