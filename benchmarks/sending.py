"""Sends requests to a server from a separate process."""

import json
import subprocess
from pathlib import Path

import httpx

from benchmarks.contestants import Contestant
from benchmarks.report import Cost
from benchmarks.starting import BENCH_PYTHON

_LOAD = Path(__file__).with_name("load.py")


def send(contestant: Contestant, requests: list[httpx.Request]) -> Cost:
    """Sends each request once, and returns the average cost."""
    arguments = {
        "port": httpx.URL(contestant.address).port,
        "pid": contestant.pid,
        "requests": [_wire(request) for request in requests],
    }
    command = [BENCH_PYTHON, str(_LOAD)]
    ran = subprocess.run(command, input=json.dumps(arguments), stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own
    taken = json.loads(ran.stdout)
    return Cost(taken["computed"] / len(requests) * 1000, len(requests) / taken["seconds"])


def _wire(request: httpx.Request) -> str:
    head = f"{request.method} {request.url.raw_path.decode()} HTTP/1.1"
    fields = (f"{name}: {value}" for name, value in request.headers.items())
    return "\r\n".join((head, *fields, "", request.content.decode()))
