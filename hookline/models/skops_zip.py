"""The archive inside a skops file: plain, stored members whose arrays hold what their headers say."""

from __future__ import annotations

import hashlib
import io
import math
import warnings
import zipfile
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hookline.errors import UnsafeModelError
from hookline.hooks.call import in_words
from hookline.models.strictjson import read_json

__all__ = ["Archive"]

_SCHEMA = "schema.json"
_MOST_MEMBERS = 1_000_000
_LARGEST_SCHEMA = 256 * 1024**2  # read, it takes some twenty times as much; a million words fit in
_HEADER = 16 * 1024
_SPARSE_MEMBERS = frozenset(
    f"{name}.npy"
    for name in (
        "format", "data", "indices", "indptr", "shape", "offsets", "row", "col", "coords", "_is_array"
    )
)  # fmt: skip


class Archive:
    """Give a skops file's members, once the archive can do no harm by itself."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._digests: dict[tuple[str, str], bytes] = {}
        self._zip = _open(data, name)
        self._members = {info.filename: info for info in self._zip.infolist()}
        self._require_plain(len(data))

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the archive."""
        self._zip.close()

    def schema(self) -> dict[str, Any]:
        """Return the description of the objects."""
        size = self._members[_SCHEMA].file_size
        if size > _LARGEST_SCHEMA:
            raise self._odd(f"its description has {size} bytes, more than {_LARGEST_SCHEMA}")
        return read_json(self._zip.read(_SCHEMA), name=f"{self.name}/{_SCHEMA}")

    def check_bytes(self, member: Any) -> bytes:
        """Return the digest of a member."""
        return self._digest(member, "bytes", len)

    def check_array(self, member: Any) -> bytes:
        """Return the digest of a .npy member; its header must promise the data that is there, no objects."""
        return self._digest(member, "array", lambda data: _check_header(data, len(data), self.name))

    def check_sparse(self, member: Any, most: int) -> bytes:
        """Return the digest of a sparse matrix that is no larger than it may be and stays within itself."""
        return self._digest(member, "sparse", lambda data: self._check_npz(member, data, most))

    def array(self, member: Any) -> NDArray[Any]:
        """Return a .npy member's array."""
        self.check_array(member)
        return np.load(io.BytesIO(self._zip.read(member)), allow_pickle=False)  # type: ignore[no-any-return]

    def require_all_used(self) -> None:
        """Refuse members that nothing refers to."""
        spare = sorted(self._members.keys() - {member for member, _ in self._digests} - {_SCHEMA})
        if spare:
            raise self._odd(f"nothing in it refers to its member {spare[0]!r}")

    def _digest(self, member: Any, kind: str, check: Callable[[bytes], object]) -> bytes:
        if not isinstance(member, str) or member not in self._members or member == _SCHEMA:
            raise self._odd(f"it refers to {member!r}, which is not one of its members")
        if (member, kind) not in self._digests:
            data = self._zip.read(member)
            check(data)
            self._digests[member, kind] = hashlib.sha256(data).digest()
        return self._digests[member, kind]

    def _check_npz(self, member: str, data: bytes, most: int) -> None:
        from scipy.sparse import load_npz  # noqa: PLC0415 - needed only where a model holds one

        with _open(data, self.name) as inner:
            infos = inner.infolist()
            names = [info.filename for info in infos]
            if len(set(names)) != len(names) or not _SPARSE_MEMBERS.issuperset(names):
                raise self._odd(f"{member} is not a sparse matrix")
            if sum(info.file_size for info in infos) > most:
                raise self._odd(f"{member} unpacks to more than models.max_file_bytes ({most})")
            for info in infos:
                with inner.open(info) as file:
                    _check_header(file.read(_HEADER), info.file_size, self.name)
        matrix = load_npz(io.BytesIO(data))
        if hasattr(matrix, "check_format"):
            matrix.check_format(full_check=True)

    def _require_plain(self, size: int) -> None:
        infos = self._zip.infolist()
        if len(self._members) != len(infos) or len(infos) > _MOST_MEMBERS:
            raise self._odd("it names a member twice, or has too many")
        if _SCHEMA not in self._members:
            raise self._odd(f"it has no {_SCHEMA}")
        for info in infos:
            # skops stores; packed members have no place in it but to unpack into more than memory holds.
            if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 0x1 or info.is_dir():
                raise self._odd(f"its member {info.filename!r} is packed, encrypted or a folder")
        if sum(info.file_size for info in infos) > size:
            raise self._odd("its members overlap")

    def _odd(self, why: str) -> UnsafeModelError:
        return UnsafeModelError(f"{self.name} is not a file that skops wrote: {why}; train again")


def _open(data: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnsafeModelError(
            f"{name} is not a skops file (it may be a pickle under another name); train again"
        ) from error


def _check_header(start: bytes, size: int, name: str) -> None:
    file = io.BytesIO(start)
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a header that numpy has to mend was not written by it
            shape, _, dtype = read[version](file)
        if dtype.hasobject or math.prod(shape) * dtype.itemsize != size - file.tell():
            raise ValueError("it does not hold what its header says")  # noqa: TRY301 - one sentence for all
    except (ValueError, KeyError, TypeError, SyntaxError, UserWarning, RecursionError, MemoryError) as error:
        raise UnsafeModelError(f"{name} holds an unusable array ({in_words(error)}); train again") from error
