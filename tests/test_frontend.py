"""The vendored editor is what frontend/ makes of its lock; nobody needs Node to run or install the mailer."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "templates" / "desk" / "static"
BUILT = ("tiptap.js", "tiptap.licences.txt")


def test_the_built_files_were_made_from_the_lock_that_is_there() -> None:
    hashes = json.loads((FRONTEND / "built.json").read_text(encoding="utf-8"))
    found = {name: (VENDOR if name in BUILT else FRONTEND) / name for name in hashes}
    assert set(BUILT) | {"package-lock.json", "rich.js", "build.mjs"} <= set(hashes)
    assert hashes == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}


def test_the_lock_has_a_hash_for_every_package_and_no_address() -> None:
    text = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert [name for name, one in packages.items() if "resolved" in one] == []


def test_every_package_in_the_bundle_brings_its_licence() -> None:
    text = (VENDOR / "tiptap.licences.txt").read_text(encoding="utf-8")
    assert "no licence file" not in text
    assert {line.rpartition(": ")[2] for line in text.splitlines() if line.startswith("@tiptap/")} == {"MIT"}
