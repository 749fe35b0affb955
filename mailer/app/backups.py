"""A backup is one file: a tar of a manifest, the database and the site's own files. Packed whole, opened if whole.

The site's keys are never in it. Every member is held to the hash that the manifest gives.
"""

import gzip
import hashlib
import json
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from mailer.domain.tokens import Keyring
from mailer.errors import Refused
from mailer.language import N_
from mailer.store.copies import DatabaseCopy

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database/"
SITE = "site/"
OWN_FILES = ("config.toml", "lists", "campaigns", "templates", "var/journal")
"""Of a site's folder, what is in a backup beside the database."""

NOT_A_BACKUP = N_("{path} is not a backup made by this program.")
NEWER_FORMAT = N_("{path} was made by a newer version of this program. Update it, then restore.")
DAMAGED = N_("{path} is damaged or cut short ({what}): nothing was changed. Take another backup.")
BLOCK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    made_at: datetime
    version: str
    schema: str
    dialect: str
    key_check: str
    """Tells whether a key is the one that this database was written with; says nothing of the key."""
    rows: Mapping[str, int]
    members: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each member, by its name."""


def pack(site: Path, copy: DatabaseCopy, manifest: Manifest, path: Path) -> Manifest:
    """Writes the backup of a copied database and the site's files. Raises OSError."""
    sources = {f"{DATABASE}{copy.path.name}": copy.path, **dict(_own_files(site))}
    with tarfile.open(path, "x:gz", compresslevel=6) as tar:
        members = {}
        # A file that an editor saves meanwhile is read once: what is hashed is what is packed.
        for name, source in sources.items():
            staged = copy.path.with_name("member")
            members[name] = _hashed_copy(source, staged)
            tar.add(staged, name, recursive=False)
            staged.unlink()
        complete = Manifest(**{**vars(manifest), "members": members})
        _add_manifest(tar, complete, copy.path.with_name(MANIFEST))
    path.chmod(0o600)
    return complete


def unpack(path: Path, folder: Path) -> Manifest:
    """The backup's members below `folder`, each as its manifest says. Raises Refused or OSError."""
    try:
        found = _extract(path, folder)
    except (tarfile.TarError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    except OSError as error:
        if error.errno is None:  # gzip says so what is wrong with the content
            raise _unreadable(path, error) from error
        raise
    manifest = _read_manifest(path, folder / MANIFEST)
    if sum(name.startswith(DATABASE) for name in found) != 1:
        raise Refused(NOT_A_BACKUP, path=path)
    for name in sorted(manifest.members.keys() | found.keys() - {MANIFEST}):
        if manifest.members.get(name) != found.get(name):
            raise Refused(DAMAGED, path=path, what=name)
    return manifest


def database_in(folder: Path) -> Path:
    """The copy of the database in an unpacked backup."""
    return next((folder / DATABASE).iterdir())


def files_in(folder: Path) -> Iterator[tuple[Path, Path]]:
    """The site's files in an unpacked backup, each with its place in a site."""
    top = folder / SITE
    for source in sorted(top.rglob("*")):
        if source.is_file():
            yield source.relative_to(top), source


def key_check(key: bytes) -> str:
    """What the manifest keeps of a key."""
    return Keyring(key).fingerprint("which key is this?").hex()


def program_version() -> str:
    """The version of this program."""
    try:
        return version("mailer")
    except PackageNotFoundError:
        return "?"


def _own_files(site: Path) -> Iterator[tuple[str, Path]]:
    for top in OWN_FILES:
        start = site / top
        for source in [start] if start.is_file() else sorted(start.rglob("*")):
            if source.is_file() and "__pycache__" not in source.parts:
                yield f"{SITE}{source.relative_to(site).as_posix()}", source


def _hashed_copy(source: Path, staged: Path) -> str:
    shutil.copy2(source, staged)
    with staged.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add_manifest(tar: tarfile.TarFile, manifest: Manifest, path: Path) -> None:
    written = {"program": "mailer", "format": FORMAT, **asdict(manifest), "made_at": manifest.made_at.isoformat()}
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False), encoding="utf-8")
    tar.add(path, MANIFEST, recursive=False)


def _extract(path: Path, folder: Path) -> dict[str, str]:
    """The hash of each member written. By hand: nothing in a tar may choose where it goes but by a plain name."""
    found: dict[str, str] = {}
    with gzip.open(path) as whole:
        with tarfile.open(fileobj=whole, mode="r|") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isreg() else None
                if source is None or not _plain(member.name) or member.name in found:
                    raise Refused(NOT_A_BACKUP, path=path)
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    found[member.name] = _poured(source, file)
        # To the very end, where gzip's own checksum stands: it covers the manifest, which no hash does.
        while whole.read(BLOCK):
            pass
    return found


def _poured(source: IO[bytes], file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        file.write(block)
    return digest.hexdigest()


def _plain(name: str) -> bool:
    parts: Sequence[str] = PurePosixPath(name).parts
    known = name == MANIFEST or name.startswith((DATABASE, SITE))
    return known and ".." not in parts and "\0" not in name and PurePosixPath(name).as_posix() == name


def _read_manifest(path: Path, file: Path) -> Manifest:
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        if written.pop("program") != "mailer":
            raise Refused(NOT_A_BACKUP, path=path)
        if written.pop("format") > FORMAT:
            raise Refused(NEWER_FORMAT, path=path)
        if not isinstance(written["members"], dict):
            raise Refused(NOT_A_BACKUP, path=path)
        return Manifest(**{**written, "made_at": datetime.fromisoformat(written["made_at"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(NOT_A_BACKUP, path=path) from error


def _unreadable(path: Path, error: Exception) -> Refused:
    # A gzip or tar that begins well and ends badly was a backup once; anything else never was.
    begins_well = path.read_bytes()[:2] == b"\x1f\x8b"
    return Refused(DAMAGED, path=path, what=str(error)) if begins_well else Refused(NOT_A_BACKUP, path=path)
