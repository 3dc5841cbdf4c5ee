"""Stand-ins for what gives tokens of Microsoft Entra, for Azure's real SDKs: Entra itself over
TLS, and the endpoint where Azure offers a machine its managed identity."""

from __future__ import annotations

import atexit
import base64
import datetime
import ipaddress
import json
import shutil
import ssl
import tempfile
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.serving import ThreadServer

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "22222222-3333-4444-5555-666666666666"
OBJECT = "33333333-4444-5555-6666-777777777777"
GOOD_SECRET = "good~client.secret-of-the-tests"
# What AKS would put into a pod's token file.
GOOD_ASSERTION = "assertion.of-the.tests"
# Client IDs of managed identities: the machine's own, and one that was assigned to it.
OWN_IDENTITY = "44444444-5555-6666-7777-888888888888"
ASSIGNED_IDENTITY = "55555555-6666-7777-8888-999999999999"
STORAGE = "https://storage.azure.com"

Answer = tuple[int, Any, Mapping[str, str]]


class Certificate:
    """A certificate for this machine that signs itself, in files; `ca_file` is what to trust."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="storeroom-certificate-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.ca_file, self.key_file = _certificate(Path(folder))

    def serve_on(self, server: ThreadingHTTPServer) -> None:
        """Let the server speak TLS with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, self.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)


class Server(ThreadServer):
    """Something on a free port that answers; stops at the end of the `with` block. Over TLS where
    it has a certificate. `requests` is what was asked, as (method, path)."""

    def __init__(self, certificate: Certificate | None) -> None:
        self.requests: list[tuple[str, str]] = []
        super().__init__(_handler(self))
        name, scheme = ("localhost", "https") if certificate else ("127.0.0.1", "http")
        if certificate:
            certificate.serve_on(self._server)
        self.host = f"{name}:{self.port}"
        self.url = f"{scheme}://{self.host}"

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Status, JSON and headers for a request."""
        raise NotImplementedError


class Entra(Server):
    """A running Entra. `refuse_sign_in` is a code such as AADSTS7000222 to refuse everybody
    with."""

    def __init__(self, certificate: Certificate | None = None) -> None:
        self._certificate = certificate or Certificate()
        super().__init__(self._certificate)
        self.ca_file = self._certificate.ca_file
        self.refuse_sign_in = ""

    def environment(self) -> dict[str, str]:
        """The variables by which a process finds and trusts it."""
        return {
            "AZURE_AUTHORITY_HOST": self.url,
            "REQUESTS_CA_BUNDLE": self.ca_file,
            "STOREROOM_TOKEN_HOSTS": self.host,
        }

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        bare = path.partition("?")[0]
        self.requests.append((method, bare))
        if bare.endswith("openid-configuration"):
            return 200, self._configuration(), {}
        if bare.endswith("/token"):
            return self._token(parse_qs(body))
        return 404, {}, {}

    def _configuration(self) -> dict[str, str]:
        base = f"{self.url}/{TENANT}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/authorize",
            "issuer": f"{base}/v2.0",
        }

    def _token(self, asked: Mapping[str, list[str]]) -> Answer:
        proofs = (asked.get("client_secret"), asked.get("client_assertion"))
        code = self.refuse_sign_in
        if not code and proofs not in (([GOOD_SECRET], None), (None, [GOOD_ASSERTION])):
            code = "AADSTS7000215"
        if code:
            refusal = {"error": "invalid_client", "error_description": f"{code}: refused"}
            return 401, refusal, {}
        audience = asked["scope"][0].partition("/.default")[0]
        token = token_for(audience, appid=asked["client_id"][0])
        return 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": token}, {}


class Machine(Server):
    """The endpoint where Azure offers a machine its identities, over http as there: its own, and
    those in `assigned` by their client ID."""

    def __init__(self) -> None:
        super().__init__(None)
        self.assigned = [ASSIGNED_IDENTITY]

    def environment(self) -> dict[str, str]:
        """As a virtual machine finds it."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.url}

    def app_service_environment(self) -> dict[str, str]:
        """As an App Service, or a container in Container Apps, finds it."""
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": "header"}

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        url = urlsplit(path)
        self.requests.append((method, url.path))
        asked = parse_qs(url.query)
        is_app_service = url.path == "/msi/token" and headers.get("X-IDENTITY-HEADER") == "header"
        if headers.get("Metadata") != "true" or not (
            is_app_service or url.path == "/metadata/identity/oauth2/token"
        ):
            return 400, {"error": "bad_request"}, {}
        client = asked.get("client_id", [OWN_IDENTITY])[0]
        if client not in (OWN_IDENTITY, *self.assigned):
            refusal = {"error": "invalid_request", "error_description": "Identity not found"}
            return 400, refusal, {}
        token = {
            "access_token": token_for(asked["resource"][0], appid=client),
            "expires_in": "3600",
            "expires_on": str(int(time.time()) + 3600),
            "resource": asked["resource"][0],
            "token_type": "Bearer",
        }
        return 200, token, {}


class Listener(Server):
    """A host that takes what it can get: `captured` has the headers of each request, and
    `connections` counts what was only opened, too."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(certificate)
        self.captured: list[Mapping[str, str]] = []
        self.connections = 0
        self._server.verify_request = self._count  # type: ignore[method-assign]

    def _count(self, *_: object) -> bool:
        self.connections += 1
        return True

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        self.captured.append(headers)
        return 403, {}, {}


def azure_cli(folder: Path, answer: str, status: int = 0) -> None:
    """Put an `az` into the folder that prints `answer` (on standard error where it fails) and
    ends with this status."""
    (folder / "answer").write_text(answer)
    program = folder / "az"
    stream = "" if status == 0 else " >&2"
    program.write_text(f"#!/bin/sh\ncat '{folder}/answer'{stream}\nexit {status}\n")
    program.chmod(0o755)


def cli_token(**claims: str) -> str:
    """What `az account get-access-token` prints for storage."""
    token = token_for(STORAGE, **claims)
    return json.dumps({"accessToken": token, "expires_on": int(time.time()) + 3600})


def token_for(audience: str, **claims: str) -> str:
    """An access token as Azurite's `--oauth basic` looks at it: not signed."""
    now = int(time.time())
    said = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now - 5,
        "nbf": now - 5,
        "exp": now + 3600,
        "oid": OBJECT,
        "tid": TENANT,
        **claims,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, said)]
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "signature"])


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    """What hands requests to the server's `answer`, which is asked anew for each."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            """Silent."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, answer, headers = server.answer(self.command, self.path, body, self.headers)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_PUT = do_POST = do_HEAD = do_GET

    return Handler


def _certificate(folder: Path) -> tuple[str, str]:
    """A certificate for this machine that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return str(folder / "ca.pem"), str(folder / "key.pem")
