"""Layouts may come from someone else: what they try ends in a sentence, at once, in little memory (check 34)."""

import os
import resource
import time

import pytest
from babel.support import NullTranslations
from jinja2 import TemplateError

from mailer.rendering.sandbox import LayoutEnvironment

DOUBLING = "{% set x %}aaaaaaaaaa{% endset %}" + "{% set x %}" + "{{x}}" * 10 + "{% endset %}"
ATTACKS = [
    "{{ 'a' * 10**9 }}",
    "{{ ['a'] * 10**9 }}",
    "{{ 10**10**10 }}",
    "{% for a in range(10000) %}" * 3 + "{% endfor %}" * 3,
    "{{ range(10**10)|list }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ '{:>1000000000}'.format_map({}) }}",
    "{{ 'x'.zfill(10**9) }}",
    "{{ 'x'|center(10**9) }}",
    "{{ 'x'|wordwrap(1, wrapstring='x' * 10**9) }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ lipsum.__globals__ }}",
    "{{ gettext.__globals__ }}",
    "{{ ()|attr('__class__') }}",
    "{{ [].append(1) }}",
    "{{ {}.update(a=1) }}",
    "{{ env }}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../config.toml' %}",
    "{% import 'os' as os %}{{ os.environ }}",
    "{{ _('%(x)s') }}",
    DOUBLING + "{% set x %}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{% endset %}" * 9 + "{{x}}",
    "{% set x='aaaaaaaaaa' %}" + "{% set x=x~x~x~x~x~x~x~x~x~x %}" * 12 + "{{ x }}",
    "{% set x=[0] %}" + "{% set x=x+x %}" * 40 + "{{ x }}",
    "{{ range(9999)|join('x' ~ 'x') }}{{ range(20000)|join(range(20000)|join) }}",
    "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "{% for i in range(3) recursive %}{{ loop([1, 2]) }}{% endfor %}",
]


def environment() -> LayoutEnvironment:
    return LayoutEnvironment([], NullTranslations())


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_at_once_and_tells_nothing(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_TEST_MARKER", "do-not-tell")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with pytest.raises((TemplateError, RecursionError)) as caught:
        environment().from_string(attack).render()
    assert time.monotonic() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert os.environ["MAILER_TEST_MARKER"] not in str(caught.value)


@pytest.mark.parametrize(
    "harmless", ["{{ _('%(x)1000000000d', x=1) }}", "{% trans x=1 %}%(x)1000000000d{{ x }}{% endtrans %}"]
)
def test_a_width_in_a_translated_sentence_is_words(harmless: str) -> None:
    assert "1000000000" in environment().from_string(harmless).render()


def test_values_are_escaped_in_translated_sentences_and_joined_texts() -> None:
    template = (
        "{{ _('a %(v)s', v=v) }} {{ 'b' ~ v }} {{ ['c', v]|join(' ') }} {% trans n=v %}d {{ n }} 5 %{% endtrans %}"
    )
    assert environment().from_string(template).render(v="<x>") == "a &lt;x&gt; b&lt;x&gt; c &lt;x&gt; d &lt;x&gt; 5 %"


def test_ordinary_work_is_let_through() -> None:
    template = "{% for i in range(100) %}{{ i + 1 }}{% endfor %}{{ 'a' ~ 'b' }}{{ [1, 2]|join(', ')|upper }}{{ 3 * 4 }}"
    assert environment().from_string(template).render().endswith("100ab1, 212")


def test_the_measure_starts_anew_with_each_rendering() -> None:
    one = environment()
    template = one.from_string("{% for i in range(15000) %}{% endfor %}")
    for _ in range(3):
        one.start_counting()
        template.render()
