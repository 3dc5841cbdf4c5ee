"""A server that speaks S3's protocol, for the length of a test run: moto's, in its own process.

It proves signatures and policies, and holds to the conditions of writes. Unlike Amazon's own it
does not look at Content-MD5, takes no If-Match with the last request of an upload in parts, and
cannot be asked for a name with a line break.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from botocore.config import Config
from botocore.session import Session

from tests.support.serving import ProcessServer

REGION = "us-east-1"
EVERYTHING = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
READING = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}
# For each of the two people: made, given a policy, given a key.
ACTIONS_TO_SET_UP = 6
SESSION = Session()


class S3Server(ProcessServer):
    """A running server with the keys of somebody who may do everything and of somebody who may
    only read; stops at the end of the `with` block."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"
        self.values: dict[str, str] = {}
        """As in a secret: the key of who may do everything."""
        self.reader_values: dict[str, str] = {}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def environment(self) -> dict[str, str]:
        return {"INITIAL_NO_AUTH_ACTION_COUNT": str(ACTIONS_TO_SET_UP)}

    def prepare(self) -> None:
        self.values = self._add_person("ada", EVERYTHING)
        self.reader_values = self._add_person("bea", READING)

    def make_bucket(self, name: str) -> str:
        """Create a bucket and return its name."""
        client = self.client("s3")
        client.create_bucket(Bucket=name)
        client.close()
        return name

    def client(self, service: str) -> Any:
        """The SDK itself, to look at what our client did."""
        values = self.values or {"aws_access_key_id": "setup", "aws_secret_access_key": "setup"}
        return SESSION.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            config=Config(retries={"total_max_attempts": 1}),
            **values,
        )

    def _add_person(self, name: str, statement: dict[str, Any]) -> dict[str, str]:
        """Make somebody with this right, and return the key as a secret holds it."""
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        values, self.values = self.values, {}
        iam = self.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="tests", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        iam.close()
        self.values = values
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }
