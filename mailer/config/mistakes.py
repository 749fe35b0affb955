"""What is wrong with a value, said so that whoever wrote it can put it right. Knows no file and no line."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailer.language import N_

UNKNOWN_KEY = N_('unknown key "{key}". The keys here are: {known}.')
UNKNOWN_KEY_CLOSE = N_('unknown key "{key}". Did you mean "{close}"?')
MISSING_KEY = N_('the key "{key}" is missing.')
NOT_ONE_OF = N_('"{key}" cannot be {value}; it is one of {expected}.')
BAD_VALUE = N_('"{key}" cannot be {value}: {reason}.')
NOT_WHOLE = N_('"{key}" cannot be {value}; it is a whole number.')
NOT_NUMBER = N_('"{key}" cannot be {value}; it is a number.')
NOT_TEXT = N_('"{key}" cannot be {value}; it is a text between quotation marks.')
NOT_YES_OR_NO = N_('"{key}" cannot be {value}; it is true or false.')
NOT_DATE = N_('"{key}" cannot be {value}; it is a date, like 2026-01-31.')
NOT_LIST = N_('"{key}" cannot be {value}; it is a list between square brackets.')
NOT_TABLE = N_('"{key}" cannot be {value}; it is a table, which a line [{key}] opens.')
AT_LEAST = N_('"{key}" cannot be {value}; it is {limit} or more.')
AT_MOST = N_('"{key}" cannot be {value}; it is {limit} or less.')
MORE_THAN = N_('"{key}" cannot be {value}; it is more than {limit}.')

# By the name that pydantic gives to the error, so that no English of its own reaches a French reader.
SENTENCES = {
    "int_type": NOT_WHOLE,
    "int_parsing": NOT_WHOLE,
    "int_from_float": NOT_WHOLE,
    "float_type": NOT_NUMBER,
    "float_parsing": NOT_NUMBER,
    "string_type": NOT_TEXT,
    "bool_type": NOT_YES_OR_NO,
    "bool_parsing": NOT_YES_OR_NO,
    "date_type": NOT_DATE,
    "date_parsing": NOT_DATE,
    "date_from_datetime_parsing": NOT_DATE,
    "date_from_datetime_inexact": NOT_DATE,
    "list_type": NOT_LIST,
    "tuple_type": NOT_LIST,
    "model_type": NOT_TABLE,
    "dict_type": NOT_TABLE,
    "greater_than_equal": AT_LEAST,
    "less_than_equal": AT_MOST,
    "greater_than": MORE_THAN,
}

OWN_SENTENCE = "sentence"
"""The kind of the errors whose context holds a sentence of ours and its values."""


def sentence_of(detail: ErrorDetails, keys: tuple[str, ...], model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    """The sentence for one of pydantic's errors, and what fills its holes; a secret's value is not among them."""
    context = detail.get("ctx", {})
    values = {"key": ".".join(keys), "value": _shown(detail["input"], _field(model, keys))}
    match detail["type"]:
        case kind if kind == OWN_SENTENCE:
            return context["sentence"], context["values"]
        case "missing":
            return MISSING_KEY, {"key": values["key"]}
        case "extra_forbidden":
            return _unknown(keys, model)
        case "literal_error" | "enum":
            return NOT_ONE_OF, {**values, "expected": context["expected"].replace(" or ", ", ")}
        case kind if kind in SENTENCES:
            return SENTENCES[kind], {**values, "limit": next(iter(context.values()), "")}
        case _:
            return BAD_VALUE, {**values, "reason": detail["msg"].removeprefix("Value error, ").rstrip(".")}


def _unknown(keys: tuple[str, ...], model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    known = list(_fields(model, keys[:-1]))
    if close := get_close_matches(keys[-1], known, 1):
        return UNKNOWN_KEY_CLOSE, {"key": keys[-1], "close": close[0]}
    return UNKNOWN_KEY, {"key": keys[-1], "known": ", ".join(known)}


def _field(model: type[BaseModel], keys: tuple[str, ...]) -> FieldInfo | None:
    return _fields(model, keys[:-1]).get(keys[-1])


def _fields(model: type[BaseModel], tables: tuple[str, ...]) -> Mapping[str, FieldInfo]:
    names = iter(tables)
    for table in names:
        field = model.model_fields.get(table)
        inner = model_in(field.annotation) if field else None
        if inner is None:
            return {}
        if by_name(field) and next(names, None) is None:
            return {}
        model = inner
    return model.model_fields


def by_name(field: FieldInfo | None) -> bool:
    """Whether the table holds tables under names that its writer chose, as [relays.NAME] does."""
    return field is not None and get_origin(field.annotation) is dict


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model in `Model`, `Model | None`, `list[Model]` or `dict[str, Model]`."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def _shown(value: object, field: FieldInfo | None) -> str:
    if field is not None and field.annotation is SecretStr:
        return "•••"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str) else str(value)
