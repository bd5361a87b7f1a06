"""A real nginx before a server, with the configuration that is shipped."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server import Client, free_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx.conf"


@contextmanager
def running_proxy(server_url: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an nginx that passes requests on to a server.

    :raises RuntimeError: When this machine has no nginx: the tests that need one are never skipped.
    """
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise RuntimeError("The tests of slow clients need nginx: install Debian's 'nginx-light'.")
    port = free_port()
    configuration = folder / "nginx.conf"
    text = SHIPPED.read_text().replace("scim-server:8000", server_url.removeprefix("http://"))
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/tmp/nginx", str(folder / "nginx"))
    configuration.write_text(text)
    command = [nginx, "-c", str(configuration), "-p", str(folder), "-g", f"daemon off; user {_user(folder)};"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _user(folder: Path) -> str:
    """Return whom nginx's workers run as: the folder's owner, who alone reaches it."""
    return folder.owner()


def _wait_until_ready(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"nginx did not start: {process.communicate()[1]}")
        try:
            if Client(url).get("/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("nginx did not get ready.")
