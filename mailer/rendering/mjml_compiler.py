"""MJML to HTML, and the theme's rules written into the elements. Works round what mrml and premailer do wrong.

premailer keeps its parser's state in globals: one letter at a time.
"""

import logging
import re
from threading import Lock

from mjml import mjml2html

from mailer.errors import Problem
from mailer.language import N_

NOT_MJML = N_("this layout does not make good MJML: {reason}. It broke near: {near}")
CRASHED = N_("this layout makes the MJML compiler crash: {reason}")
LEFT_OVER = N_("this layout leaves {left} in the letter.")


class BadMarkup(Exception):
    """The layout's MJML cannot be compiled; the sentence says why."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence, values)
        self.sentence = sentence
        self.values = values

    def problem(self, path: str) -> Problem:
        """As a mistake in a file; MJML's own messages know no line of it."""
        return Problem(path, None, self.sentence, self.values)


def compile_mjml(source: str) -> str:
    """HTML with its doctype. Raises BadMarkup."""
    prepared = escape_attributes(source)
    try:
        html = mjml2html(prepared, fonts={})
    except ValueError as error:
        raise BadMarkup(NOT_MJML, reason=str(error), near=_near(prepared, str(error))) from error
    except BaseException as error:
        # A panic of the Rust compiler arrives as pyo3_runtime.PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise BadMarkup(CRASHED, reason=str(error)) from error
    if left := _LEFT_OVER.search(html):
        raise BadMarkup(LEFT_OVER, left=left[0])
    return re.sub(r"^<!doctype html>", "<!DOCTYPE html>", html, flags=re.IGNORECASE)


def inline_theme(html: str, theme_css: str) -> str:
    """The theme's rules as style attributes; style elements, media queries and Outlook's comments stay as they are."""
    # Imported by who compiles: a process that only sends does without its 15 MB.
    from premailer import Premailer

    # premailer reads and rewrites every style element that is not marked so; it drops !important and @media rules.
    marked = re.sub(r"<style(?=[\s>])", f"<style{_IGNORED}", html)
    with _ONE_AT_A_TIME:
        inlined: str = Premailer(
            marked,
            css_text=theme_css,
            keep_style_tags=False,
            strip_important=False,
            disable_validation=True,
            allow_network=False,
            disable_link_rewrites=True,
            align_floating_images=False,
            remove_unset_properties=False,
            disable_basic_attributes=["align", "valign", "bgcolor", "width", "height"],
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
    return inlined.replace(_IGNORED, "")


def escape_attributes(source: str) -> str:
    """The same MJML with attribute values that mrml, which prints them as Rust strings, lets through unharmed."""
    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(_escape_attribute, tag[0]), source)


def _escape_attribute(match: re.Match[str]) -> str:
    value = match["double"] if match["double"] is not None else match["single"]
    flat = re.sub(r"\s*[\n\r\t]\s*", " ", value)
    return f'{match["name"]}="{_HARMFUL.sub(_reference, flat)}"'


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def _near(source: str, reason: str) -> str:
    """The part of the MJML that the error's byte offsets point to."""
    place = re.search(r"position (\d+):(\d+)", reason)
    if place is None:
        return source[-80:].strip()
    return source.encode()[int(place[1]) : int(place[2]) + 40].decode(errors="replace").strip()


_IGNORED = ' data-premailer="ignore"'
_ONE_AT_A_TIME = Lock()
_LEFT_OVER = re.compile(r"</?mj-[a-z-]+|\{\{")
_TAG = re.compile(r"<[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_ATTRIBUTE = re.compile(r"(?P<name>[^\s=<>\"'/]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
_HARMFUL = re.compile(r"[^ !#-;=?-\[\]-~]")
