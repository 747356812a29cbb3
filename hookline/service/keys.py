"""API keys as they are written down: a name, what it may do, the hash of a secret that is kept nowhere."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from hookline.config import Settings
from hookline.errors import ConfigError

__all__ = ["SCOPES", "Key", "Scope", "digest_of", "new_key", "parse_key", "read_keys"]

Scope: TypeAlias = Literal["predict", "logs", "feedback", "admin"]
SCOPES: tuple[str, ...] = get_args(Scope)

_PREFIX = "hk_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_MAKE = "make a line with `hookline keys new NAME --scope predict`"


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the list."""

    name: str
    scopes: frozenset[str]
    digest: bytes

    def __str__(self) -> str:
        """Write the line as it stands in the configuration."""
        return f"{self.name}:{'+'.join(sorted(self.scopes))}:{self.digest.hex()}"

    def allows(self, scope: Scope) -> bool:
        """Tell whether the key may do what `scope` names; `admin` may do everything."""
        return scope in self.scopes or "admin" in self.scopes


def new_key(name: str, scopes: Sequence[str]) -> tuple[str, Key]:
    """Make a secret, and the line that recognises it."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is no name for a key: it has at most 64 letters, digits and `._@-`, and begins with a "
            "letter or a digit"
        )
    secret = _PREFIX + secrets.token_urlsafe(32)
    return secret, parse_key(f"{name}:{'+'.join(scopes)}:{digest_of(secret.encode()).hex()}")


def digest_of(secret: bytes) -> bytes:
    """Hash a secret. It has 256 random bits, so one round of a fast hash is enough."""
    return hashlib.sha256(secret).digest()


def parse_key(line: str) -> Key:
    """Read one line. A message leaves out its last part, where somebody may have put the secret itself."""
    name, _, rest = line.partition(":")
    words, _, digest = rest.partition(":")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "an API key begins with a name of at most 64 letters, digits and `._@-`, and a colon, such as "
            f"`ci:predict:…`; {_MAKE}"
        )
    scopes = frozenset(words.split("+"))
    unknown = sorted(scopes - set(SCOPES))
    if unknown:
        raise ConfigError(f"the API key {name} has an unknown scope; scopes are {', '.join(SCOPES)}; {_MAKE}")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise ConfigError(f"the API key {name} has no sha256 behind its scopes; {_MAKE}")
    return Key(name, scopes, bytes.fromhex(digest))


def read_keys(settings: Settings, root: Path) -> list[Key]:
    """Return the keys of config.yaml and of the key file."""
    access = settings.access
    keys = [parse_key(line) for line in access.keys]
    if access.keys_file:
        keys += map(parse_key, _lines(root / access.keys_file))
    if not keys and (access.required or access.protect_metrics):
        setting = "required" if access.required else "protect_metrics"
        raise ConfigError(
            f"access.{setting} is true and there are no keys; put a line of `hookline keys new NAME` into "
            "access.keys, or into the file that access.keys_file names"
        )
    _no_twins(keys)
    return keys


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"access.keys_file: {path} cannot be read ({error.strerror}); "
            "make it with `hookline keys new NAME > FILE`"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"access.keys_file: {path} is not UTF-8 text; it holds lines of `hookline keys new`"
        ) from error
    yield from (line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#"))


def _no_twins(keys: Sequence[Key]) -> None:
    names: set[str] = set()
    for key in keys:
        if key.name in names:
            raise ConfigError(f"two API keys are called {key.name}; give each a name of its own")
        names.add(key.name)
