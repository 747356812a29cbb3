"""Managed by hookline. Fetch kubectl or helm while an image is built; refuse what is not what it should be.

Usage: fetch.py kubectl|helm VERSION ARCHITECTURE FOLDER [SHA256]
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
import urllib.request
from pathlib import Path

# FETCH_KUBECTL and FETCH_HELM name a mirror instead.
HOSTS = {"kubectl": "https://dl.k8s.io/release", "helm": "https://get.helm.sh"}
PLACES = {
    "kubectl": "{host}/{version}/bin/linux/{architecture}/kubectl",
    "helm": "{host}/helm-{version}-linux-{architecture}.tar.gz",
}


def main(name: str, version: str, architecture: str, folder: str, wanted: str = "") -> None:
    """Put the program into the folder."""
    host = os.environ.get(f"FETCH_{name.upper()}") or HOSTS[name]
    url = PLACES[name].format(host=host, version=version, architecture=architecture)
    data = read(url)
    wanted = wanted or read(f"{url}.sha256").decode().split()[0]
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        sys.exit(f"error: {url} has the SHA-256 {found} instead of {wanted}; do not use it")
    program = Path(folder) / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_bytes(unpacked(data, f"linux-{architecture}/{name}") if url.endswith(".gz") else data)
    program.chmod(0o755)
    print(f"fetched {url} ({found})")


def read(url: str) -> bytes:
    """Return what a URL gives."""
    try:
        with urllib.request.urlopen(url, timeout=300) as answer:
            data: bytes = answer.read()
    except OSError as error:
        sys.exit(
            f"error: {url} cannot be fetched ({error}); use another network, or files at hand with TOOLS="
        )
    return data


def unpacked(archive: bytes, member: str) -> bytes:
    """Return one file of an archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        file = tar.extractfile(member)
        if file is None:
            sys.exit(f"error: the archive holds no {member}; name another version")
        return file.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
