"""A stand-in for the Blob service with latency and faults, in a process of its own.

    python -m benchmarks.blob_stand_in --latency 0.1 --faults 0.05

Prints its port as its first line and serves until it is ended. Every account and container is
there and holds the same few blobs; signatures are not looked at. A fault is, a third each, a 503
`ServerBusy`, a connection that is reset, and an answer that comes 3 s late. Which requests fail is
drawn from a fixed seed, so that two runs see faults at the same rate.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import socket
import struct
from email.utils import formatdate
from http import HTTPStatus

STALL = 3.0
BLOBS = [f"runs/{number:03d}/model.pkl" for number in range(10)]
BODY = b"0123456789abcdef" * 16
MD5 = "bTp9zWYfFqYFVwCK1wJrJQ=="
PROPERTIES = (
    "<Properties><Creation-Time>Wed, 25 Nov 2026 12:00:00 GMT</Creation-Time>"
    "<Last-Modified>Wed, 25 Nov 2026 12:00:00 GMT</Last-Modified><Etag>0x8DE2C0000000001</Etag>"
    f"<Content-Length>{len(BODY)}</Content-Length><Content-Type>application/octet-stream"
    f"</Content-Type><Content-MD5>{MD5}</Content-MD5><BlobType>BlockBlob</BlobType>"
    "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState></Properties>"
)
LISTING = (
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://127.0.0.1/"'
    ' ContainerName="ml"><Blobs>'
    + "".join(f"<Blob><Name>{name}</Name>{PROPERTIES}</Blob>" for name in BLOBS)
    + "</Blobs><NextMarker /></EnumerationResults>"
).encode()
BUSY = b'<?xml version="1.0"?><Error><Code>ServerBusy</Code><Message>busy</Message></Error>'


class StandIn:
    """Answers requests; counts them, and the faults among them."""

    def __init__(self, latency: float, faults: float) -> None:
        self.latency = latency
        self.faults = faults
        self.chance = random.Random(4)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request by request."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *lines = head.decode("latin-1").split("\r\n")
                headers = {
                    name.strip().lower(): text.strip()
                    for name, _, text in (each.partition(":") for each in lines)
                }
                await reader.readexactly(int(headers.get("content-length") or 0))
                if not await self._answer(line, headers, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, line: str, headers: dict[str, str], writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether the connection goes on."""
        await asyncio.sleep(self.latency)
        fault = self.chance.choice("brs") if self.chance.random() < self.faults else ""
        if fault == "r":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        if fault == "s":
            await asyncio.sleep(STALL)
        method, address, _ = line.split(" ")
        if fault == "b":
            reply = self._reply(503, BUSY, "x-ms-error-code: ServerBusy")
        elif "comp=list" in address:
            reply = self._reply(200, LISTING, "content-type: application/xml")
        elif method in ("GET", "HEAD") and "restype=container" in address:
            reply = self._reply(200, b"", "x-ms-lease-state: available")
        elif method in ("GET", "HEAD"):
            reply = self._blob(headers.get("x-ms-range") or headers.get("range", ""), method)
        else:
            reply = self._reply(202 if method == "DELETE" else 201, b"")
        writer.write(reply)
        await writer.drain()
        return True

    def _blob(self, asked: str, method: str) -> bytes:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start = int(first or 0)
        end = min(int(last or len(BODY) - 1), len(BODY) - 1)
        part = BODY[start : end + 1]
        said = (
            f"content-range: bytes {start}-{end}/{len(BODY)}",
            "x-ms-blob-type: BlockBlob",
            f"x-ms-blob-content-md5: {MD5}",
            "accept-ranges: bytes",
        )
        status = 206 if asked else 200
        return self._reply(status, part, *said, head=method == "HEAD")

    def _reply(self, status: int, body: bytes, *said: str, head: bool = False) -> bytes:
        lines = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            f"content-length: {len(body)}",
            'etag: "0x8DE2C0000000001"',
            "last-modified: Wed, 25 Nov 2026 12:00:00 GMT",
            f"date: {formatdate(usegmt=True)}",
            "x-ms-version: 2025-11-05",
            "x-ms-request-id: 00000000-0000-4000-8000-000000000000",
            *said,
        )
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if head else body)


async def main(latency: float, faults: float) -> None:
    """Serve for ever."""
    stand_in = StandIn(latency, faults)
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--latency", type=float, default=0.1, help="seconds before an answer")
    arguments.add_argument("--faults", type=float, default=0.05, help="share of requests")
    given = arguments.parse_args()
    asyncio.run(main(given.latency, given.faults))
