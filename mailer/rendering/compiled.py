"""Templates compiled once a process, whoever opens them: by far the longest part of setting a letter or a first page.

Keeps code only, never a value. A template that changes is compiled anew.
"""

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """The code of templates by file. Environments that compile differently must not share one."""

    def __init__(self) -> None:
        self._kept: dict[str, Bucket] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives the code of this very source, if it was compiled before."""
        kept = self._kept.get(bucket.key)
        if kept is not None and kept.checksum == bucket.checksum:
            bucket.code = kept.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code; what an earlier version of the file was compiled to is forgotten."""
        self._kept[bucket.key] = bucket
