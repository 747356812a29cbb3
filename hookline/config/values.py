"""Kinds of values that settings may have; each says in words what it allows."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

__all__ = [
    "Allowed",
    "Cidr",
    "Cpu",
    "DatabaseName",
    "DnsName",
    "Host",
    "HttpAddress",
    "IdName",
    "ImageName",
    "ImageTag",
    "Label",
    "ListenPort",
    "LogTag",
    "LogTarget",
    "Memory",
    "MongoAddress",
    "Name",
    "Namespace",
    "NodePort",
    "ObjectLabel",
    "ObjectName",
    "OptionalCpu",
    "OptionalMemory",
    "OptionalObjectName",
    "Origin",
    "Port",
    "Registry",
    "Repository",
    "SchedulerAddress",
    "SecretKey",
    "Text",
    "TimeZone",
    "TypeName",
]

_PART = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_TAKEN = ("actual", "prediction_id")
"""Fields that a feedback row has already."""
_DNS_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_CPU = r"[0-9]{1,6}m|[0-9]{1,4}(\.[0-9]{1,3})?"
_MEMORY = "[1-9][0-9]{0,15}(Ki|Mi|Gi|Ti|k|M|G|T)?"
_SECRET_KEYS = (
    "hash_key",
    "fluentd_shared_key",
    "mongo_db_password",
    "keys_file",
    "fluentd_ca_file",
    "public_key_file",
)
"""Settings that are secrets, or name files a pod has no other way to get."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Say what a value may be; messages and the manual both use these words after "must be"."""

    words: str


def _empty(value: Any) -> Any:
    return "" if value is None else value


def _free(name: str) -> str:
    if name in _TAKEN:
        raise ValueError(name)
    return name


def _zone(name: str) -> str:
    try:
        return name if name == "UTC" else ZoneInfo(name).key  # UTC is known where no other zone is
    except (KeyError, OSError, ValueError):  # no such zone, a folder of zones, or no name at all
        raise ValueError(name) from None


def _cidr(text: str) -> str:
    ip_network(text)  # says in a ValueError what it cannot read
    return text


def _node_port(port: int) -> int:
    if port and not 30_000 <= port <= 32_767:
        raise ValueError(port)
    return port


# `key:` with nothing behind it is an empty text. A number is refused, not turned into text: `1.10` would
# silently become 1.1, and Helm, which reads the same file, writes 20240101 as 2.0240101e+07.
Text: TypeAlias = Annotated[str, BeforeValidator(_empty), Allowed("text")]
Name: TypeAlias = Annotated[str, Field(min_length=1), Allowed("text, not empty")]

Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
ListenPort: TypeAlias = Annotated[int, Field(ge=0, le=65535)]
NodePort: TypeAlias = Annotated[
    int,
    AfterValidator(_node_port),
    Field(json_schema_extra={"anyOf": [{"const": 0}, {"minimum": 30_000, "maximum": 32_767}]}),
    Allowed("0, or a whole number from 30000 to 32767"),
]
IdName: TypeAlias = Annotated[
    str,
    Field(pattern="^([A-Za-z_][A-Za-z0-9_.-]{0,63})?$"),
    BeforeValidator(_empty),
    AfterValidator(_free),
    Allowed(
        "empty, or a field name of at most 64 letters, digits and `_.-` that is neither "
        + " nor ".join(f"`{name}`" for name in _TAKEN)
    ),
]
TypeName: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"),
    Allowed("type names such as `my_package.module.Class`"),
]
SchedulerAddress: TypeAlias = Annotated[
    str,
    Field(pattern=r"^([a-z]+://\S+)?$"),
    BeforeValidator(_empty),
    Allowed("empty, or an address such as `tcp://127.0.0.1:8786`"),
]
Host: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^({_HOST}|\[?[0-9a-fA-F:]+\]?)$"),
    Allowed("a host name or an IP address, without `http://` and without a port"),
]
LogTarget: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^({_HOST}|\[?[0-9a-fA-F:]+\]?|unix://\S+)$"),
    Allowed("a host name or an IP address without a port, or a socket such as `unix:///run/fluentd.sock`"),
]
TimeZone: TypeAlias = Annotated[
    str, AfterValidator(_zone), Allowed("the name of a time zone such as `UTC` or `Europe/Berlin`")
]
HttpAddress: TypeAlias = Annotated[
    str,
    Field(pattern=r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$"),
    Allowed("an address such as `http://127.0.0.1:4318/v1/traces`, without a password"),
]
Origin: TypeAlias = Annotated[
    str,
    Field(pattern=r"^(\*|https?://[^\s/@?#*]+)$"),
    Allowed("origins such as `https://app.example.com`, with nothing behind the host and port, or `*`"),
]
MongoAddress: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^({_HOST}|\[?[0-9a-fA-F:]+\]?|mongodb(\+srv)?://([^\s:/@]+@)?[^\s/@]+(/[^\s@]*)?)$"),
    Allowed("a host name, an IP address or a `mongodb://` address, without a password"),
]
LogTag: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"),
    Allowed("a tag of letters, digits, `_` and `-`, its parts joined by dots"),
]
DatabaseName: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,63}$"),
    Allowed("a name of 1 to 63 letters, digits, `_` and `-`"),
]
Registry: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^({_HOST}(:[0-9]+)?(/{_PART})*)?$"),
    BeforeValidator(_empty),
    Allowed("empty, or a host such as `registry.example.com:5000`, without `https://`"),
]
Repository: TypeAlias = Annotated[
    str,
    Field(pattern=f"^{_PART}(/{_PART})*$"),
    Allowed("a name of lower-case letters and digits, joined by `.`, `_`, `-` or `/`"),
]
ImageName: TypeAlias = Annotated[
    str,
    Field(pattern=f"^{_PART}$"),
    Allowed("a name of lower-case letters and digits, joined by `.`, `_` or `-`"),
]
ImageTag: TypeAlias = Annotated[
    str,
    Field(pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"),
    Allowed("a tag of at most 128 letters, digits and `_.-` that begins with none of `.-`"),
]
Label: TypeAlias = Annotated[
    str,
    Field(pattern="^[a-z]([a-z0-9-]{0,51}[a-z0-9])?$"),
    Allowed("a name of at most 53 lower-case letters, digits and `-`, first a letter, last no `-`"),
]
Namespace: TypeAlias = Annotated[
    str,
    Field(pattern=f"^{_DNS_LABEL}$"),
    Allowed("names of Kubernetes namespaces"),
]
ObjectName: TypeAlias = Annotated[
    str,
    Field(pattern=f"^{_DNS_NAME}$", max_length=253),
    Allowed("names of Kubernetes objects"),
]
ObjectLabel: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({_DNS_NAME}/)?{_LABEL}=({_LABEL})?$", max_length=380),
    Allowed("labels of Kubernetes objects such as `release=prometheus`"),
]
OptionalObjectName: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({_DNS_NAME})?$", max_length=253),
    BeforeValidator(_empty),
    Allowed("empty, or the name of a Kubernetes object: lower-case letters, digits, `-` and `.`"),
]
DnsName: TypeAlias = Annotated[
    str,
    Field(pattern=rf"^((\*\.)?{_DNS_NAME})?$", max_length=253),
    BeforeValidator(_empty),
    Allowed("empty, or a host name in lower-case letters such as `iris.example.com`"),
]
Cpu: TypeAlias = Annotated[
    str, Field(pattern=f"^({_CPU})$"), Allowed("an amount of CPU in quotes, such as `250m` or `1.5`")
]
OptionalCpu: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({_CPU})?$"),
    BeforeValidator(_empty),
    Allowed("empty, or an amount of CPU in quotes, such as `250m` or `1.5`"),
]
Memory: TypeAlias = Annotated[
    str, Field(pattern=f"^{_MEMORY}$"), Allowed("an amount of memory or storage such as `512Mi` or `4Gi`")
]
OptionalMemory: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({_MEMORY})?$"),
    BeforeValidator(_empty),
    Allowed("empty, or an amount of memory such as `512Mi` or `4Gi`"),
]
Cidr: TypeAlias = Annotated[
    str,
    Field(pattern="^[0-9a-fA-F.:]+/[0-9]{1,3}$"),
    AfterValidator(_cidr),
    Allowed("ranges of addresses such as `10.1.0.0/16`"),
]
SecretKey: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({'|'.join(_SECRET_KEYS)})$"),
    Allowed(f"names of settings, of these: {', '.join(f'`{key}`' for key in _SECRET_KEYS)}"),
]
