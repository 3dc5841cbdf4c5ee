"""Answers of Azure Blob Storage as Microsoft documents them, each with what it has to mean.

https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
https://learn.microsoft.com/rest/api/storageservices/sas-error-codes
https://learn.microsoft.com/troubleshoot/azure/azure-storage/blobs/authentication/storage-troubleshoot-403-errors
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree

from stores.flavors.azure.access import Access
from stores.flavors.azure.errors import Attempt
from stores.flavors.azure.reply import Reply
from stores.flavors.base import Category as C

# This machine's clock, and the service's where a reply says nothing else.
NOW = datetime(2024, 11, 3, 11, 0, 0, tzinfo=UTC)
DATE = "Sun, 03 Nov 2024 11:00:00 GMT"
REQUEST = "7f0e1a2b-001e-0042-5e3d-2d1c0b000000"
OURS, THEIRS = "11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555"
CANARY = "c2VjcmV0LXNpZ25hdHVyZQ=="
FRAME = "Signature not valid in the specified time frame: Start [{}] - Expiry [{}] - Current [{}]"
MAC = (
    f"The MAC signature found in the HTTP request '{CANARY}' is not the same as any computed"
    " signature. Server used following string to sign: 'GET\n\n\nx-ms-date'."
)
AUTHENTICATE = (
    f"Bearer authorization_uri=https://login.microsoftonline.com/{THEIRS}/oauth2/authorize"
    " resource_id=https://storage.azure.com"
)
HTML = "<html><head><title>502 Bad Gateway</title></head><body>proxy</body></html>"


@dataclass(frozen=True)
class Recorded:
    """One answer, to whom it was given, and what it has to mean."""

    case: str
    status: int
    code: str
    category: C
    reason: str
    by: str = "key"
    operation: str = "list"
    message: str = "See the code."
    detail: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    html: str = ""
    emulated: str = ""
    letters: str = "r"

    @property
    def body(self) -> str:
        """What came after the headers; nothing where the service sent no code."""
        if self.html or not self.code:
            return self.html
        error = ElementTree.Element("Error")
        ElementTree.SubElement(error, "Code").text = self.code
        said = f"{self.message}\nRequestId:{REQUEST}\nTime:2024-11-03T11:00:00.0000000Z"
        ElementTree.SubElement(error, "Message").text = said
        if self.detail:
            ElementTree.SubElement(error, "AuthenticationErrorDetail").text = self.detail
        return ElementTree.tostring(error, encoding="unicode")

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that came with it."""
        if self.html:
            return {"Content-Type": "text/html", "Date": DATE} | self.headers
        named = {"x-ms-error-code": self.code} if self.code else {}
        return named | {"x-ms-request-id": REQUEST, "Date": DATE} | self.headers

    @property
    def reply(self) -> Reply:
        """As the classifier sees it."""
        detail = f"{self.message} {self.detail}"
        return Reply(self.status, self.code, detail, self.all_headers)

    @property
    def attempt(self) -> Attempt:
        """What was tried."""
        sas = {
            "letters": self.letters,
            "services": "queue",
            "ip": "20.1.2.0-20.1.2.255",
            "version": "2015-04-05",
        }
        token = {"tenant": OURS, "object_id": "0b1ec700-aaaa-bbbb-cccc-ddddeeeeffff"}
        known = {"sas": sas, "token": token}.get(self.by, {})
        access = Access(
            "mlacct", "ml", "team", signed_with=self.by, emulated=self.emulated, **known
        )
        return Attempt(self.operation, access, "runs/{4} a.bin")


def failed(case: str, reason: str, by: str, detail: str, **more: object) -> Recorded:
    """403 AuthenticationFailed with a detail."""
    message = (
        "Server failed to authenticate the request. Make sure the value of Authorization header is"
        " formed correctly including the signature."
    )
    return Recorded(
        case, 403, "AuthenticationFailed", C.SIGN_IN, reason, by, "list", message, detail, **more
    )


def unauthorized(case: str, reason: str, message: str, **more: object) -> Recorded:
    """401 InvalidAuthenticationInfo to a token."""
    code = "InvalidAuthenticationInfo"
    return Recorded(case, 401, code, C.SIGN_IN, reason, "token", "list", message, **more)


def refused(
    case: str, code: str, reason: str, by: str, operation: str = "list", letters: str = "r"
) -> Recorded:
    """403 for want of a right."""
    return Recorded(case, 403, code, C.PERMISSION, reason, by, operation, letters=letters)


REPLIES = [
    Recorded("A06", 400, "AccountRequiresHttps", C.SETTINGS, "https_required"),
    Recorded("A07", 400, "TlsVersionNotPermitted", C.TLS, "tls_version"),
    failed("A08", "bad_key", "key", MAC),
    failed("A08 without a detail", "bad_key", "key", ""),
    Recorded(
        "A08 of an emulator",
        403,
        "AuthorizationFailure",
        C.SIGN_IN,
        "bad_key",
        emulated="yes",
        message="Server failed to authenticate the request.",
    ),
    Recorded(
        "A11 of an emulator",
        403,
        "AuthorizationFailure",
        C.SIGN_IN,
        "sas_malformed",
        "sas",
        emulated="yes",
    ),
    Recorded("A10", 403, "KeyBasedAuthenticationNotPermitted", C.SIGN_IN, "key_disabled"),
    Recorded(
        "A10 with a SAS",
        403,
        "KeyBasedAuthenticationNotPermitted",
        C.SIGN_IN,
        "key_disabled",
        "sas",
    ),
    failed(
        "A11",
        "sas_expired",
        "sas",
        FRAME.format("Tue, 01 Oct 2024 10:00:00 GMT", "Fri, 01 Nov 2024 11:00:00 GMT", DATE),
    ),
    failed(
        "A12",
        "sas_not_yet_valid",
        "sas",
        FRAME.format("Sun, 03 Nov 2024 11:10:00 GMT", "Mon, 04 Nov 2024 11:00:00 GMT", DATE),
    ),
    failed(
        "A12 with a clock that is ahead",
        "sas_not_yet_valid",
        "sas",
        FRAME.format(
            "Sun, 03 Nov 2024 11:00:00 GMT",
            "Mon, 04 Nov 2024 11:00:00 GMT",
            "Sun, 03 Nov 2024 10:53:00 GMT",
        ),
        headers={"Date": "Sun, 03 Nov 2024 10:53:00 GMT"},
    ),
    failed(
        "A13 behind",
        "clock_skew",
        "key",
        "Request date header too old: 'Sun, 03 Nov 2024 11:00:00 GMT'",
        headers={"Date": "Sun, 03 Nov 2024 11:17:00 GMT"},
    ),
    failed(
        "A13 without a date",
        "clock_skew",
        "key",
        "Request date header too old: 'Sun, 03 Nov 2024 11:00:00 GMT'",
        headers={"Date": ""},
    ),
    refused("A14 list", "AuthorizationPermissionMismatch", "sas_permission", "sas"),
    refused("A14 read", "AuthorizationPermissionMismatch", "sas_permission", "sas", "read", "l"),
    refused("A14 write", "AuthorizationPermissionMismatch", "sas_permission", "sas", "write"),
    refused("A14 delete", "AuthorizationPermissionMismatch", "sas_permission", "sas", "delete"),
    refused("A14 tags", "AuthorizationPermissionMismatch", "sas_permission", "sas", "tags"),
    refused("A14 share", "AuthorizationPermissionMismatch", "sas_permission", "sas", "share"),
    refused("A14 overwrite", "UnauthorizedBlobOverwrite", "sas_permission", "sas", "overwrite"),
    refused("A15", "AuthorizationResourceTypeMismatch", "sas_resource_type", "sas"),
    Recorded("A16", 403, "AuthorizationServiceMismatch", C.SIGN_IN, "sas_service", "sas"),
    Recorded("A17", 403, "AuthorizationProtocolMismatch", C.SIGN_IN, "https_required", "sas"),
    Recorded(
        "A18",
        403,
        "AuthorizationSourceIPMismatch",
        C.SIGN_IN,
        "sas_ip",
        "sas",
        message="This request is not authorized to perform this operation using this source IP"
        " 20.50.1.9.",
    ),
    failed("A19 cut off", "sas_malformed", "sas", f"Signature did not match. String: {CANARY}"),
    failed("A19 a field", "sas_malformed", "sas", "SAS field sv is not well formed"),
    failed("A19 without a detail", "sas_malformed", "sas", ""),
    failed(
        "A20",
        "sas_scope",
        "sas",
        "The specified signed resource is not allowed for this resource level",
    ),
    failed(
        "A21",
        "sas_policy",
        "sas",
        "SAS identifier cannot be found for specified signed identifier",
    ),
    refused("A22 list", "AuthorizationPermissionMismatch", "rbac_role", "token"),
    refused("A22 write", "AuthorizationPermissionMismatch", "rbac_role", "token", "write"),
    refused("A22 tags", "AuthorizationPermissionMismatch", "rbac_role", "token", "tags"),
    refused("A22 share", "AuthorizationPermissionMismatch", "rbac_role", "token", "share"),
    refused("A23 with a key", "AuthorizationPermissionMismatch", "forbidden", "key"),
    Recorded("A24", 409, "PublicAccessNotPermitted", C.SIGN_IN, "no_credentials"),
    Recorded("A24 nothing sent", 401, "NoAuthenticationInformation", C.SIGN_IN, "no_credentials"),
    unauthorized(
        "A26",
        "wrong_tenant",
        "Server failed to authenticate the request. Please refer to the information in the"
        " www-authenticate header.",
        headers={"WWW-Authenticate": AUTHENTICATE},
    ),
    failed(
        "A26 by its issuer",
        "wrong_tenant",
        "token",
        "Issuer validation failed. Issuer did not match.",
    ),
    failed("A26 of an emulator", "wrong_tenant", "token", "Invalid token issuer"),
    failed("A26 its audience", "token", "token", "Audience validation failed."),
    failed("A26 without a detail", "token", "token", ""),
    unauthorized(
        "A27", "token", "Lifetime validation failed. The token is expired.\nSee the header."
    ),
    Recorded("A33", 400, "NewThing", C.UNKNOWN, "unknown"),
    Recorded("A33 refusing", 403, "NewRefusal", C.SIGN_IN, "unknown"),
    Recorded("A34", 404, "ContainerNotFound", C.CONTAINER_MISSING, "container_missing"),
    Recorded("A34 or hidden", 404, "ResourceNotFound", C.CONTAINER_MISSING, "container_missing"),
    Recorded("A35", 409, "ContainerBeingDeleted", C.CONTAINER_MISSING, "container_deleting"),
    Recorded("A36", 400, "InvalidResourceName", C.NAME, "name"),
    Recorded("A36 too short", 400, "OutOfRangeInput", C.NAME, "name"),
    Recorded("A37", 403, "AccountIsDisabled", C.SIGN_IN, "account_disabled"),
    refused("A38", "InsufficientAccountPermissions", "read_only", "key", "write"),
    Recorded("A39", 409, "BlobOperationNotSupported", C.PERMISSION, "hns", operation="tags"),
    Recorded("A39 dfs", 409, "EndpointUnsupportedAccountFeatures", C.PERMISSION, "hns"),
    Recorded("A40", 409, "BlobImmutableDueToPolicy", C.PERMISSION, "immutable"),
    Recorded("A40 legal hold", 409, "BlobImmutableDueToLegalHold", C.PERMISSION, "immutable"),
    Recorded("A41", 404, "BlobNotFound", C.NOT_FOUND, "missing", operation="read"),
    Recorded("A42", 407, "", C.CONNECT, "proxy", html=HTML),
    Recorded("A42 bad gateway", 502, "", C.CONNECT, "proxy", html=HTML),
    Recorded("A42 a page that forbids", 403, "", C.CONNECT, "proxy", html=HTML),
    Recorded(
        "A43",
        400,
        "InvalidHeaderValue",
        C.SETTINGS,
        "api_version",
        message="The value for one of the HTTP headers is not in the correct format."
        " x-ms-version 2026-10-06",
    ),
    Recorded("A44", 403, "", C.SIGN_IN, "forbidden", operation="read"),
    Recorded("A47", 503, "ServerBusy", C.THROTTLED, "throttled"),
    Recorded("A47 too many", 429, "TooManyRequests", C.THROTTLED, "throttled"),
    Recorded("5.1 network rules", 403, "AuthorizationFailure", C.SIGN_IN, "network_rules"),
    refused("5.1 an old SAS", "FeatureVersionMismatch", "sas_version", "sas"),
    Recorded("5.1 copy", 403, "CannotVerifyCopySource", C.PERMISSION, "copy_source"),
    Recorded("5.1 archived", 409, "BlobArchived", C.PERMISSION, "archived", operation="read"),
    Recorded("5.1 waking", 409, "BlobBeingRehydrated", C.PERMISSION, "archived"),
    Recorded("5.1 leased", 412, "LeaseIdMissing", C.PERMISSION, "leased", operation="delete"),
    Recorded("A25 leased", 409, "LeaseAlreadyPresent", C.PERMISSION, "leased"),
    Recorded("5.1 snapshots", 409, "SnapshotsPresent", C.PERMISSION, "snapshots"),
    Recorded("5.1 changed", 412, "ConditionNotMet", C.CHANGED, "changed"),
    Recorded("5.1 timed out", 500, "OperationTimedOut", C.TIMEOUT, "service_timeout"),
    Recorded("its own error", 500, "InternalError", C.UNAVAILABLE, "service_error"),
    Recorded("damaged", 400, "Md5Mismatch", C.INTEGRITY, "integrity", operation="write"),
    Recorded("already there", 409, "BlobAlreadyExists", C.EXISTS, "exists", operation="write"),
    Recorded("a page blob", 409, "InvalidBlobType", C.PERMISSION, "blob_type", operation="write"),
    Recorded("a redirect", 302, "", C.CONNECT, "redirect"),
]
