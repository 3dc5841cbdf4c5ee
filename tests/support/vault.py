"""A stand-in for Microsoft Entra and Azure Key Vault, over TLS, for Azure's real SDKs."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import re
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "22222222-3333-4444-5555-666666666666"
GOOD_SECRET = "good~client.secret-of-the-tests"
VERSION = "0123456789abcdef0123456789abcdef"


class Vault:
    """A running vault; stops at the end of the `with` block.

    `secrets` holds text by name, `expires` seconds since 1970 by name; `requests` is what was
    asked, as (method, path). `meanwhile` is called while a secret is being written.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="storeroom-vault-")
        self.ca_file = str(Path(self._folder.name, "ca.pem"))
        self.secrets: dict[str, str] = {}
        self.expires: dict[str, int] = {}
        self.requests: list[tuple[str, str]] = []
        self.refuse_sign_in = ""
        self.meanwhile: Callable[[], None] = lambda: None
        self._answers: list[tuple[int, Any, Mapping[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*_certificate(Path(self._folder.name)))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.host = f"localhost:{self._server.server_port}"
        self.url = f"https://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """The variables by which a process finds and trusts it."""
        return {
            "AZURE_AUTHORITY_HOST": self.url,
            "REQUESTS_CA_BUNDLE": self.ca_file,
            "STOREROOM_TOKEN_HOSTS": self.host,
        }

    def answer_next(self, status: int, code: str, inner: str = "", **headers: str) -> None:
        """Refuse the next request for a secret so."""
        error: dict[str, Any] = {"code": code, "message": "as the test wants it"}
        if inner:
            error["innererror"] = {"code": inner}
        self._answers.append((status, {"error": error}, headers))

    def answer(
        self, method: str, path: str, body: str, signed_in: bool
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, JSON and headers for a request."""
        bare = path.partition("?")[0]
        self.requests.append((method, bare))
        if bare.endswith("openid-configuration"):
            return 200, self._configuration(), {}
        if bare.endswith("/token"):
            return self._token(body)
        if not signed_in:
            return 401, {}, {"WWW-Authenticate": self._challenge()}
        if self._answers:
            return self._answers.pop(0)
        return self._secret(method, bare, body)

    def _configuration(self) -> dict[str, str]:
        base = f"{self.url}/{TENANT}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/authorize",
            "issuer": f"{base}/v2.0",
        }

    def _challenge(self) -> str:
        return f'Bearer authorization="{self.url}/{TENANT}", resource="https://vault.azure.net"'

    def _token(self, body: str) -> tuple[int, Any, Mapping[str, str]]:
        code = self.refuse_sign_in
        if not code and f"client_secret={GOOD_SECRET}" not in body:
            code = "AADSTS7000215"
        if code:
            refusal = {"error": "invalid_client", "error_description": f"{code}: refused"}
            return 401, refusal, {}
        audience = "https://storage.azure.com" if "storage" in body else "https://vault.azure.net"
        token = _token_for(audience)
        return 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": token}, {}

    def _secret(self, method: str, path: str, body: str) -> tuple[int, Any, Mapping[str, str]]:
        if path.rstrip("/") == "/secrets":
            listed = [
                {"id": f"{self.url}/secrets/{name}", "attributes": {}} for name in self.secrets
            ]
            return 200, {"value": listed, "nextLink": None}, {}
        name = re.sub(r"^/secrets/([^/]+).*", r"\1", path)
        if method == "PUT":
            self.meanwhile()
            written = json.loads(body)
            self.secrets[name] = written["value"]
            self.expires.pop(name, None)
            if "exp" in written.get("attributes", {}):
                self.expires[name] = written["attributes"]["exp"]
        if name not in self.secrets:
            error = {"code": "SecretNotFound", "message": "there is none"}
            return 404, {"error": error}, {"x-ms-request-id": "7f0e"}
        attributes: dict[str, Any] = {"enabled": True}
        if name in self.expires:
            attributes["exp"] = self.expires[name]
        identifier = f"{self.url}/secrets/{name}/{VERSION}"
        found = {"value": self.secrets[name], "id": identifier, "attributes": attributes}
        return 200, found, {}


def _handler(vault: Vault) -> type[BaseHTTPRequestHandler]:
    """What answers the vault's requests."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            """Silent."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            signed_in = "Authorization" in self.headers
            status, answer, headers = vault.answer(self.command, self.path, body, signed_in)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_PUT = do_POST = do_GET

    return Handler


def _token_for(audience: str) -> str:
    """An access token as Azurite's `--oauth basic` looks at it: not signed."""
    now = int(time.time())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now - 5,
        "nbf": now - 5,
        "exp": now + 3600,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "signature"])


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
