"""One changed byte anywhere in a version is noticed before anything of the version is deserialized."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import hookline.models.loading
from hookline.errors import ModelError
from hookline.models.golden import GoldenRows
from hookline.models.loading import Use, load_model
from hookline.models.policy import LoadPolicy
from hookline.models.signing import make_keys
from hookline.models.store import ModelStore
from tests.framework.models.parts import Parts

FLIPS = 500  # of each way to load: 1,000 in all


@pytest.mark.parametrize("use", ["compiled", "native"])
def test_a_flipped_byte_is_refused_before_anything_is_deserialized(
    store: ModelStore,
    parts: Parts,
    policy: LoadPolicy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    use: Use,
) -> None:
    private_key, _ = make_keys(tmp_path)
    version = parts.publish(store, key=private_key).version
    deserialized = []
    monkeypatch.setattr(hookline.models.loading, "_predictor", lambda *_: deserialized.append("model"))
    monkeypatch.setattr(GoldenRows, "from_bytes", lambda *_: deserialized.append("golden"))
    with pytest.raises(AttributeError):  # null control: whole files get as far as the spy
        load_model(store, policy=policy, use=use)
    assert deserialized == ["golden"]
    deserialized.clear()
    for path, place, change in flips(store.directory / version):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[place] ^= change
        path.chmod(0o644)
        path.write_bytes(flipped)
        with pytest.raises(ModelError) as refused:
            load_model(store, policy=policy, use=use)
        assert "\n" not in str(refused.value), path.name
        path.write_bytes(whole)
    assert deserialized == []


def flips(version: Path) -> list[tuple[Path, int, int]]:
    """Choose bytes to change: half of them in the small files, where each byte matters most."""
    chance = random.Random(11)  # noqa: S311 - repeatable is all it must be
    files = sorted(version.iterdir())
    assert {"manifest.json", "manifest.sha256", "manifest.sig", "golden.json"} < {f.name for f in files}
    chosen = [chance.choice(files) for _ in range(FLIPS // 2)]
    chosen += chance.choices(files, [path.stat().st_size for path in files], k=FLIPS // 2)
    return [(path, chance.randrange(path.stat().st_size), chance.randrange(1, 256)) for path in chosen]
