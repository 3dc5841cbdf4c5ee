"""A stand-in for Google Cloud Storage and Google's tokens, for Google's real SDK.

It answers the parts of the JSON API that the flavor uses, as Google documents them: tokens against
signed assertions, generations and their preconditions, uploads in one request and in chunks with
their MD5, ranges, pages, the rules for names. It is no proof of what Google does beyond that.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import json
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.serving import ThreadServer

EMAIL = "storeroom@tests.iam.gserviceaccount.com"
READER = "reader@tests.iam.gserviceaccount.com"
# Signed for Google, whatever address the key names for tokens.
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


@dataclass
class Kept:
    """An object and its bytes."""

    resource: dict[str, Any]
    data: bytes

    @property
    def generation(self) -> int:
        return int(self.resource["generation"])


@dataclass
class Upload:
    """What has come in of an upload in chunks."""

    bucket: str
    resource: dict[str, Any]
    only_if: str
    data: bytearray
    finished: Kept | None = None


class Refused(Exception):
    """An answer that is no success, in Google's form."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        error = {"code": status, "message": message, "errors": [{"reason": reason}]}
        self.body = {"error": error}


class GcsServer(ThreadServer):
    """A running stand-in; stops at the end of the `with` block.

    `values` is as in a secret the key of who may do everything, `reader_values` of who may only
    read. `seen` holds the method and path of every request.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.buckets: dict[str, dict[str, Kept]] = {}
        self._uploads: dict[str, Upload] = {}
        self._generations = itertools.count(1_700_000_000_000_000)
        self._lock = threading.RLock()
        super().__init__(_handler(self))
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self._keys = {EMAIL: _private_key(), READER: _private_key()}
        self.values = self.key_of(EMAIL)
        self.reader_values = self.key_of(READER)

    def make_bucket(self, name: str) -> str:
        """Create a bucket and return its name."""
        self.buckets[name] = {}
        return name

    def key_of(self, email: str, **changed: str) -> dict[str, str]:
        """The JSON key of a service account, as a secret holds it."""
        key = {
            "type": "service_account",
            "project_id": "tests",
            "private_key_id": "1",
            "private_key": _pem(self._keys[email]),
            "client_email": email,
            "token_uri": f"{self.url}/token",
        }
        return {"token": json.dumps(key | changed)}

    def key_that_was_deleted(self) -> dict[str, str]:
        """A key that Google no longer knows, of an account that it knows."""
        return self.key_of(EMAIL, private_key=_pem(_private_key()))

    def answer(self, method: str, url: str, headers: Any, body: bytes) -> Answer:
        """Status, headers and body for a request. Raises `Refused`."""
        self.seen.append((method, url))
        parts = urlsplit(url)
        query = {name: found[0] for name, found in parse_qs(parts.query).items()}
        if parts.path == "/token":
            return self._token(parse_qs(body.decode()))
        person = self._person(headers.get("Authorization", ""))
        with self._lock:
            if parts.path.startswith("/upload/") and "upload_id" in query:
                return self._chunk(query["upload_id"], headers, body)
            found = re.fullmatch(r"(/\w+)?/storage/v1/b/([^/]+)/o(?:/(.*))?", parts.path)
            if found is None:
                raise Refused(404, "notFound", "Not Found")
            room, bucket, name = found[1], found[2], unquote(found[3] or "")
            right = {"GET": "get" if name else "list", "DELETE": "delete"}.get(method, "create")
            if person == READER and right not in ("get", "list"):
                raise Refused(
                    403,
                    "forbidden",
                    f"{person} does not have storage.objects.{right} access to the Google Cloud"
                    " Storage object.",
                )
            if bucket not in self.buckets:
                raise Refused(404, "notFound", "The specified bucket does not exist.")
            if room == "/upload":
                return self._upload(bucket, query, headers, body)
            if not name:
                return self._list(bucket, query)
            kept = self.buckets[bucket].get(name)
            if kept is None:
                raise Refused(404, "notFound", f"No such object: {bucket}/{name}")
            self._check(kept, query.get("ifGenerationMatch", ""))
            if method == "DELETE":
                del self.buckets[bucket][name]
                return Answer(204)
            if room == "/download":
                return _range(kept, headers.get("Range", ""))
            return Answer(200, kept.resource)

    def _token(self, form: dict[str, list[str]]) -> Answer:
        assertion = form["assertion"][0]
        claims = jwt.decode(assertion, options={"verify_signature": False})
        key = self._keys.get(claims["iss"])
        if key is None:
            return _no_token("Invalid grant: account not found")
        try:
            jwt.decode(assertion, key.public_key(), algorithms=["RS256"], audience=AUDIENCE)
        except jwt.InvalidSignatureError:
            return _no_token("Invalid JWT Signature.")
        except jwt.InvalidTokenError:
            return _no_token(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a"
                " reasonable timeframe."
            )
        if claims["scope"] != SCOPE:
            return _no_token("Bad scope")
        return Answer(
            200,
            {
                "access_token": f"token of {claims['iss']}",
                "expires_in": 3600,
                "token_type": "Bearer",
            },
        )

    def _person(self, authorization: str) -> str:
        person = authorization.removeprefix("Bearer token of ")
        if person not in self._keys:
            raise Refused(401, "authError", "Invalid Credentials")
        return person

    def _list(self, bucket: str, query: dict[str, str]) -> Answer:
        after, prefix = query.get("pageToken", ""), query.get("prefix", "")
        count = int(query.get("maxResults", 1000))
        names = sorted(
            name
            for name in self.buckets[bucket]
            if name.startswith(prefix) and (not after or name > after)
        )
        page = {"items": [self.buckets[bucket][name].resource for name in names[:count]]}
        more = {"nextPageToken": names[count - 1]} if len(names) > count else {}
        return Answer(200, page | more)

    def _upload(self, bucket: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
        only_if = query.get("ifGenerationMatch", "")
        if query["uploadType"] == "multipart":
            resource, data = _two_parts(headers["Content-Type"], body)
            _check_name(resource["name"])
            return Answer(200, self._store(bucket, resource, data, only_if).resource)
        resource = json.loads(body)
        _check_name(resource["name"])
        self._check(self.buckets[bucket].get(resource["name"]), only_if)
        upload_id = f"upload{len(self._uploads)}"
        self._uploads[upload_id] = Upload(bucket, resource, only_if, bytearray())
        where = f"http://{headers['Host']}/upload/storage/v1/b/{bucket}/o?upload_id={upload_id}"
        return Answer(200, headers={"Location": where})

    def _chunk(self, upload_id: str, headers: Any, body: bytes) -> Answer:
        upload = self._uploads[upload_id]
        if upload.finished is not None:
            return Answer(200, upload.finished.resource)
        start, _, total = re.fullmatch(
            r"bytes (\d+)-(\d+)/(\d+|\*)", headers["Content-Range"]
        ).groups()
        upload.data[int(start) :] = body
        if total == "*" or len(upload.data) < int(total):
            return Answer(308, headers={"Range": f"bytes=0-{len(upload.data) - 1}"})
        given = headers.get("X-Goog-Hash", "")
        resource = upload.resource
        if given.startswith("md5="):
            resource = resource | {"md5Hash": given.removeprefix("md5=")}
        upload.finished = self._store(upload.bucket, resource, bytes(upload.data), upload.only_if)
        return Answer(200, upload.finished.resource)

    def _store(self, bucket: str, resource: dict[str, Any], data: bytes, only_if: str) -> Kept:
        md5 = base64.b64encode(hashlib.md5(data).digest()).decode()
        if resource.get("md5Hash", md5) != md5:
            raise Refused(400, "invalid", "Provided MD5 hash doesn't match calculated MD5 hash.")
        self._check(self.buckets[bucket].get(resource["name"]), only_if)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        kept = Kept(
            {
                **resource,
                "bucket": bucket,
                "size": str(len(data)),
                "md5Hash": md5,
                "generation": str(next(self._generations)),
                "metageneration": "1",
                "updated": now.replace("+00:00", "Z"),
            },
            data,
        )
        self.buckets[bucket][resource["name"]] = kept
        return kept

    def _check(self, kept: Kept | None, only_if: str) -> None:
        if only_if and int(only_if) != (kept.generation if kept else 0):
            raise Refused(
                412,
                "conditionNotMet",
                "At least one of the pre-conditions you specified did not hold.",
            )


@dataclass
class Answer:
    """What is sent back."""

    status: int
    body: dict[str, Any] | bytes = b""
    headers: dict[str, str] | None = None


def _check_name(name: str) -> None:
    if not name or len(name.encode()) > 1024 or re.search("[\r\n]", name):
        raise Refused(400, "invalid", "Disallowed unicode characters present in object name.")


def _no_token(description: str) -> Answer:
    return Answer(400, {"error": "invalid_grant", "error_description": description})


def _range(kept: Kept, asked: str) -> Answer:
    start, end = (int(part or len(kept.data)) for part in asked.removeprefix("bytes=").split("-"))
    if start >= len(kept.data):
        raise Refused(416, "requestedRangeNotSatisfiable", "Request range not satisfiable")
    data = kept.data[start : end + 1]
    said = f"bytes {start}-{start + len(data) - 1}/{len(kept.data)}"
    return Answer(206, data, {"Content-Range": said})


def _two_parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The resource and the bytes of an upload in one request (multipart/related)."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)[1].encode()
    first, second = body.split(b"--" + boundary)[1:3]
    resource = json.loads(first.split(b"\r\n\r\n", 1)[1])
    return resource, second.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")


def _handler(server: GcsServer) -> type[BaseHTTPRequestHandler]:
    """What answers the stand-in's requests."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            """Silent."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                answer = server.answer(self.command, self.path, self.headers, body)
            except Refused as refused:
                answer = Answer(refused.status, refused.body)
            raw = (
                answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            )
            self.send_response(answer.status)
            for name, value in (answer.headers or {}).items():
                self.send_header(name, value)
            if not isinstance(answer.body, bytes):
                self.send_header("Content-Type", "application/json")
            self.send_header("X-GUploader-UploadID", "stand-in")
            if answer.status != 204:
                self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_PUT = do_POST = do_DELETE = do_GET

    return Handler


def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
