"""A piece of the world: web servers, a package index, a git repository, echoes over UDP.

Runs in a container of the tests. The variables CERTIFICATE and KEY are PEM.
"""

import hashlib
import os
import socket
import ssl
import subprocess
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path("/tmp/world")  # noqa: S108 - of a container
PORTS = (80, 81, 8080)
UDP_PORTS = (53, 5300)
PACKAGE = "tinypackage"


def make_index() -> None:
    """An index as PyPI's simple one, with one wheel."""
    directory = ROOT / "simple" / PACKAGE
    directory.mkdir(parents=True)
    name = f"{PACKAGE}-1.0-py3-none-any.whl"
    info = f"{PACKAGE}-1.0.dist-info"
    with zipfile.ZipFile(directory / name, "w") as wheel:
        wheel.writestr(f"{PACKAGE}.py", "WORD = 'installed'\n")
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256((directory / name).read_bytes()).hexdigest()
    (directory / "index.html").write_text(f'<a href="{name}#sha256={digest}">{name}</a>')


def make_repository() -> None:
    """A repository that plain web servers can give."""
    work, bare = ROOT / "work", ROOT / "repository.git"
    author = ["-c", "user.name=World", "-c", "user.email=world@example.org"]
    for words in (
        ["init", "--quiet", str(work)],
        ["-C", str(work), *author, "commit", "--quiet", "--allow-empty", "--message", "Begin"],
        ["clone", "--quiet", "--bare", str(work), str(bare)],
        ["-C", str(bare), "update-server-info"],
    ):
        subprocess.run(["git", *words], check=True)


def serve(port: int, *, encrypted: bool = False) -> None:
    handler = partial(SimpleHTTPRequestHandler, directory=str(ROOT))
    server = ThreadingHTTPServer(("", port), handler)
    if encrypted:
        pair = ROOT.with_suffix(".pem")
        pair.write_text(os.environ["CERTIFICATE"] + os.environ["KEY"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()


def echo(port: int) -> None:
    def forever() -> None:
        while True:
            data, sender = listener.recvfrom(4096)
            listener.sendto(data, sender)

    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("", port))
    threading.Thread(target=forever).start()


ROOT.mkdir(parents=True)
(ROOT / "word").write_text("the world answers\n")
make_index()
make_repository()
for each in PORTS:
    serve(each)
serve(443, encrypted=True)
for each in UDP_PORTS:
    echo(each)
print("serving", flush=True)
