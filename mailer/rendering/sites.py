"""The files of a new site, from `templates/site/<language>`: config, lists, a campaign. Writes nothing."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = "site"


def site_files(language: str, folders: Sequence[Path], values: Mapping[str, object]) -> dict[str, str]:
    """Each file's text by its path in the new site; `values` stand in them as TOML writes them."""
    root = f"{FOLDER}/{language}"
    # Letters write {{name}} and models write [[month]]: a site's own files keep both, so holes look different here.
    # Nothing of this is HTML, and every value is quoted as TOML.
    environment = Environment(  # noqa: S701 - as above
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    quoted = {name: _toml(value) for name, value in values.items()}
    names = environment.list_templates(filter_func=lambda name: name.startswith(f"{root}/"))
    return {name.removeprefix(f"{root}/"): environment.get_template(name).render(quoted) for name in names}


def _toml(value: object) -> str:
    """A basic string as TOML reads it (every JSON string is one); a day or a number as it is; nothing for nothing."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)
