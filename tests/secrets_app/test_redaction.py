"""What never appears in a log, and what stays readable there."""

import base64
import io
import json
import logging
import subprocess
import sys
import threading
import urllib.parse

import pytest

from secrets_app import redaction
from secrets_app.redaction import RedactingFormatter, redact, redact_mapping
from secrets_app.redaction.hidden import HiddenValues
from secrets_app.redaction.named import is_sensitive

KEY = base64.b64encode(
    b"canary of an account key, made of exactly 64 bytes for this test"
).decode()


@pytest.fixture
def hidden(monkeypatch):
    """Values hidden for one test only."""
    values = HiddenValues(limit=3)
    monkeypatch.setattr(redaction, "_hidden", values)
    return values


@pytest.fixture
def log():
    """A logger of its own whose output, formatted as in production, can be read."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("{levelname} {name}: {message}", style="{"))
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)
    logger.propagate = True


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("http://foo?sig=canary&x=y", "http://foo?sig=***&x=y"),
        ("http://foo?x=y&sig=canary", "http://foo?x=y&sig=***"),
        ("http://foo?x=y&sig=canary\r\nBlah", "http://foo?x=y&sig=***\r\nBlah"),
        ("blah\r\nhttp://foo?x=y&sig=canary blah", "blah\r\nhttp://foo?x=y&sig=*** blah"),
        (
            "http://foo?a=b&X-Amz-siGnature=canary&x=y",
            "http://foo?a=b&X-Amz-siGnature=***&x=y",
        ),
        ("http://foo?sIg=canary&x=y", "http://foo?sIg=***&x=y"),
        ("http://foo?a=b&someother-signature=canary", "http://foo?a=b&someother-signature=***"),
        ("http://foo?x=y&my-token=canary", "http://foo?x=y&my-token=***"),
        ("Foo=x;Signature=canary", "Foo=x;Signature=***"),
        ("Signature = canary;Foo = x", "Signature = ***;Foo = x"),
        ("Foo : x, Signature : canary, Other: z", "Foo : x, Signature : ***, Other: z"),
        (
            "http://foo?sig=canary and http://bar?sig=canary b",
            "http://foo?sig=*** and http://bar?sig=*** b",
        ),
        ("http://foo?sig=sigcanary Blah", "http://foo?sig=*** Blah"),
        ("u=http%3A%2F%2Ffoo%3Fsig%3Dcanary%26x%3Dy", "u=http%3A%2F%2Ffoo%3Fsig%3D***%26x%3Dy"),
        ("?u=foo%3Fx%3Dy%26sIg%3dcanary%252Bcanary&z", "?u=foo%3Fx%3Dy%26sIg%3d***&z"),
        (
            "?u=foo%253Fx%253Dy%2526sig%253Dcanary%2526z",
            "?u=foo%253Fx%253Dy%2526sig%253D***%2526z",
        ),
        ("&amp;sig=canary&amp;x=y", "&amp;sig=***&amp;x=y"),
        ("'x\\nsig=canary\\tsas=canary'", "'x\\nsig=***'"),
    ],
)
def test_s15_signatures_in_addresses_are_hidden(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("AccountName=a;AccountKey=canary==;X=y", "AccountName=a;AccountKey=***;X=y"),
        ("accountkey=canary==", "accountkey=***"),
        ("SharedAccessKey=canary;", "SharedAccessKey=***;"),
        (
            "SharedAccessSignature=sv=1&sp=r&sig=canary;X=y",
            "SharedAccessSignature=***&sp=r&sig=***;X=y",
        ),
        ("client_secret=canary", "client_secret=***"),
        ("client-secret: canary~x.y", "client-secret: ***"),
        ("password='can\\'ary' next", "password='***' next"),
        ('{"client_secret": "can\\"ary", "a": "b"}', '{"client_secret": "***", "a": "b"}'),
        ("{'sas_token': 'canary', 'a': 'b'}", "{'sas_token': '***', 'a': 'b'}"),
        ("{b'access_key': b'canary'}", "{b'access_key': b'***'}"),
        ('"{\\"token\\": \\"canary\\", \\"a\\": 1}"', '"{\\"token\\": \\"***\\", \\"a\\": 1}"'),
        ('{"passwords": ["canary", "canary"]}', '{"passwords": ***'),
        ("AZURE_STORAGE_CONNECTION_STRING=canary", "AZURE_STORAGE_CONNECTION_STRING=***"),
        ("FERNET_KEYS=canary,canary", "FERNET_KEYS=***"),
        ("Client(password=canary, user=x)", "Client(password=***, user=x)"),
        ("account_key_2=canary account_key_old=canary", "account_key_2=*** account_key_old=***"),
        ("Authorization: Bearer canary", "Authorization: ***"),
        ("Authorization: SharedKey acct:canary=", "Authorization: ***"),
        ("'Authorization': 'SharedKey acct:canary='", "'Authorization': '***'"),
        ("x-ms-copy-source-authorization: Bearer canary", "x-ms-copy-source-authorization: ***"),
        ("Cookie: sessionid=canary; csrftoken=canary", "Cookie: ***; csrftoken=***"),
        ("sent Bearer canarycanarycanarycanary", "sent Bearer ***"),
        ("sent SharedKey acct:canarycanarycanarycanary= on", "sent SharedKey acct:*** on"),
        ("x-ms-copy-source: https://a/b?x=canary&y=1 z", "x-ms-copy-source: https://a/b?*** z"),
        (
            "'x-ms-copy-source': 'https://a/b?x=canary', 'c'",
            "'x-ms-copy-source': 'https://a/b?***', 'c'",
        ),
        ("redis://:canary@host:6379/0", "redis://:***@host:6379/0"),
        ("postgres://user:can@ary@host/db", "postgres://user:***@host/db"),
        (f"key {KEY} read", "key *** read"),
        (
            "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\nrest",
            "***\nrest",
        ),
        ("sealed v1.1a2b3c4d.gAAAAABcanarycanarycanary== x", "sealed v1.1a2b3c4d.*** x"),
        ("jwt eyJcanarycanary.canary.canary x", "jwt *** x"),
    ],
)
def test_s15_values_beside_telling_names_are_hidden(text, redacted):
    assert redact(text) == redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "string with no secrets",
        "This is the sig that I have and x=y",
        "http://foo/path/with/sig/in/it?x=y",
        "http://www.signature.example.com/blah",
        "http://foo?signatureevent=123&x=y",
        "http://foo?something=sig&somethingelse=sig",
        "http://foo?something=sigabc&somethingelse=abcsig",
        "used 3 tokens; max_tokens=5; tokens: 7",
        "design=1 kansas=2 reconn",
        "The secret az_secret was bound; az_secret: 2 stores use it",
        "authentication_secret=az_secret",
        "Part `AccountKey=` is cut off (not valid base64).",
        "password='' token=",
        "127.0.0.1:10000 at 12:30:00, https://host:443/a@b",
        "md5 XrY7u+Ae7tCTyyK7j1rNww== etag 0x8D9F",
        "secret_name=az_secret key_id=1a2b3c4d token_type=x",
    ],
)
def test_s15_harmless_words_stay(text):
    assert redact(text) == text


def test_s15_a_revealed_value_is_hidden_in_every_notation(hidden):
    value = 'can&ary+/"value\n\u00fc'
    hidden.add([value])
    raw = value.encode()

    for text in (
        value,
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        repr(value),
        urllib.parse.quote(value),
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote(value, safe="").lower(),
        urllib.parse.quote_plus(value),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
    ):
        assert redact(f"<{text}>").strip("<\"'>") == "***"


@pytest.mark.parametrize("before", ["", "u:", "us:", "use:"])
def test_s15_a_revealed_value_is_hidden_inside_longer_base64(hidden, before):
    hidden.add(["canary-value"])
    header = base64.b64encode(f"{before}canary-value, and more".encode()).decode()

    redacted = redact(header)

    assert "***" in redacted
    assert base64.b64encode(b"canary-value")[3:12].decode() not in redacted
    assert len(redacted) <= len(header) - 10


def test_s15_the_key_inside_a_revealed_connection_string_is_hidden_by_itself(hidden):
    hidden.add(["AccountName=mlacct;AccountKey=Y2FuYXJ5Y2FuYXJ5;EndpointSuffix=core.windows.net"])

    assert redact("mlacct signs with Y2FuYXJ5Y2FuYXJ5") == "mlacct signs with ***"


def test_s15_the_signature_inside_a_revealed_sas_token_is_hidden_unescaped_too(hidden):
    hidden.add(["?sv=2025-11-05&sp=rl&sig=canary%2Bcanary%3D"])

    assert redact("sig canary+canary= or canary%2Bcanary%3D") == "sig *** or ***"


def test_the_longer_of_two_revealed_values_is_hidden_whole(hidden):
    hidden.add(["canary", "canary-and-its-tail"])

    assert redact("a canary-and-its-tail b canary c") == "a *** b *** c"


def test_short_values_are_not_hidden_everywhere(hidden):
    hidden.add(["", "a", "12345"])

    assert redact("a 12345 b") == "a 12345 b"


def test_only_the_last_values_are_kept(hidden):
    hidden.add(["canary-one", "canary-two", "canary-three"])
    hidden.add(["canary-one"])
    hidden.add(["canary-four"])

    assert redact("canary-one canary-two canary-three canary-four") == "*** canary-two *** ***"


def test_a_very_long_value_is_hidden_as_it_is(hidden):
    value = "0123456789abcdef" * 4096
    hidden.add([value])

    assert redact(f"a {value} b") == "a *** b"


def test_values_can_be_hidden_by_several_threads_while_others_read():
    values = HiddenValues(limit=500)
    wrong: list[str] = []

    def hide_and_read(thread: int) -> None:
        for number in range(50):
            values.add([f"canary-{thread}-{number}-end"])
            if values.mask(f"<canary-{thread}-{number}-end>") != "<***>":
                wrong.append(f"{thread} {number}")

    threads = [threading.Thread(target=hide_and_read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_hide_works_for_the_whole_process(hidden):
    redaction.hide(["canary-of-hide"])

    assert redact("a canary-of-hide") == "a ***"


@pytest.mark.parametrize(
    "name",
    [
        *("connection_string", "access_key", "account_key", "sas_token", "AZURE_CONN"),
        *("credential", "credentials", "Client-Secret", "CLIENT SECRET", "clientSecret"),
        *(
            "accountKey",
            "x-ms-encryption-key",
            "Authorization",
            "sig",
            "SAS",
            "primaryConnectionString",
        ),
        *("SECRET_KEY", "FERNET_KEYS", "password2", "secret_value", "csrfmiddlewaretoken"),
    ],
)
def test_s16_sensitive_names_are_known_in_any_spelling(name):
    assert is_sensitive(name)


@pytest.mark.parametrize(
    "name",
    [
        "account_name",
        "key",
        "tokens",
        "secret_id",
        "authentication_secret",
        "client_id",
        "design",
        "",
    ],
)
def test_harmless_names_are_not_sensitive(name):
    assert not is_sensitive(name)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("{{wandb.api_key}}", "{{wandb.api_key}}"),
        ("{{ wandb.api_key }}", "{{ wandb.api_key }}"),
        ("{{wandb.api_key}}canary", "***"),
        ("canary{{wandb.api_key}}", "***"),
        ("{{canary}}", "***"),
        (["{{wandb.api_key}}"], "***"),
    ],
)
def test_a_reference_to_a_secret_is_none(value, shown):
    assert redact_mapping({"api_key": value}) == {"api_key": shown}


def test_s16_everything_under_a_sensitive_name_is_hidden():
    assert redact_mapping(
        {
            "name": "az_store",
            "size": 7,
            "on": True,
            "none": None,
            "Client-Secret": {"nested": ["canary"]},
            "AZURE_CONN": 12345678,
            "list": ({"account_key": b"canary"}, "https://a?sig=canary"),
            "sig=canary": 1,
            3: "x",
        }
    ) == {
        "name": "az_store",
        "size": 7,
        "on": True,
        "none": None,
        "Client-Secret": "***",
        "AZURE_CONN": "***",
        "list": [{"account_key": "***"}, "https://a?sig=***"],
        "sig=***": 1,
        3: "x",
    }


def test_s16_names_are_found_twelve_levels_down():
    value: object = {"sas_token": "canary", "name": "kept"}
    for _ in range(12):
        value = {"level": [value]}

    redacted = str(redact_mapping(value))

    assert "canary" not in redacted
    assert "kept" in redacted


def test_s16_what_contains_itself_is_hidden_as_a_whole():
    endless: dict[str, object] = {"name": "canary"}
    endless["self"] = [endless, endless]

    assert redact_mapping(endless) == "***"


def test_s16_the_given_mapping_is_not_changed():
    value = {"password": "canary"}

    redact_mapping(value)

    assert value == {"password": "canary"}


def test_s15_arguments_of_a_log_call_are_hidden(log):
    logger, stream = log

    logger.info("opened %s with %r", "https://a?sig=canary", {"account_key": "canary"})

    assert stream.getvalue() == (
        "INFO tests.redaction: opened https://a?sig=*** with {'account_key': '***'}\n"
    )


def test_s15_extra_fields_of_a_log_call_are_hidden(log):
    logger, stream = log
    logger.handlers[0].setFormatter(RedactingFormatter("{message} {url}", style="{"))

    logger.info("opened", extra={"url": "https://a?sig=canary"})

    assert stream.getvalue() == "opened https://a?sig=***\n"


def test_s15_a_chain_of_exceptions_is_hidden_and_keeps_its_lines(log, hidden):
    logger, stream = log
    hidden.add(["canary-in-a-message"])

    try:
        try:
            raise ValueError("AccountKey=canary;\nsig=canary")
        except ValueError as error:
            raise RuntimeError("canary-in-a-message") from error
    except RuntimeError:
        logger.exception("failed", stack_info=True)

    output = stream.getvalue()
    assert "canary" not in output
    assert "\nRuntimeError: ***\n" in output
    assert "\nValueError: AccountKey=***;\nsig=***\n" in output
    assert "Traceback (most recent call last):\n" in output
    assert "Stack (most recent call last):\n" in output


def test_s15_a_traceback_that_another_handler_formatted_is_hidden(log):
    logger, stream = log
    record = logger.makeRecord("tests.redaction", logging.INFO, "f", 1, "m", (), None)
    record.exc_text = "ValueError: AccountKey=canary"

    logger.handle(record)

    assert stream.getvalue() == "INFO tests.redaction: m\nValueError: AccountKey=***\n"


def test_one_event_is_one_line_without_control_characters(log):
    logger, stream = log

    logger.info("a\nERROR b\r\x1b[31mred\x00\u2028\u202ec\td\\n")

    assert stream.getvalue() == (
        "INFO tests.redaction: a\\nERROR b\\r\\x1b[31mred\\x00\\u2028\\u202ec\td\\n\n"
    )


def test_control_characters_in_an_exception_are_written_out(log):
    logger, stream = log

    try:
        raise ValueError("\x1b[31mred")
    except ValueError:
        logger.exception("failed")

    assert stream.getvalue().endswith("\nValueError: \\x1b[31mred\n")


def test_s15_a_value_with_a_line_end_is_hidden_before_it_is_made_one_line(log, hidden):
    logger, stream = log
    hidden.add(["canary\nline two"])

    logger.info("a canary\nline two\nsig=canary")

    assert stream.getvalue() == "INFO tests.redaction: a ***\\nsig=***\n"


def test_s15_a_log_call_whose_arguments_do_not_fit_shows_them_hidden():
    arguments = ("a", "https://a?sig=canary")
    record = logging.LogRecord("tests", logging.INFO, "f", 1, "one %s", arguments, None)

    assert RedactingFormatter().format(record) == (
        "tests: 'one %s' does not fit ('a', 'https://a?sig=***')"
    )


def test_s17_what_urllib3_logs_at_debug_holds_no_signature(log):
    logger, stream = log

    logger.debug(
        '%s://%s:%s "%s %s %s" %s %s',
        *("https", "mlacct.blob.core.windows.net", 443, "GET"),
        *("/ml?restype=container&comp=list&sv=2025-11-05&sig=canary%2B%3D", "HTTP/1.1", 200, None),
    )

    assert stream.getvalue() == (
        'DEBUG tests.redaction: https://mlacct.blob.core.windows.net:443 "GET'
        ' /ml?restype=container&comp=list&sv=2025-11-05&sig=*** HTTP/1.1" 200 None\n'
    )


def test_logging_is_set_up_without_django():
    program = "import sys, secrets_app.redaction; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
