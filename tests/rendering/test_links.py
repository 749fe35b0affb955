"""Which targets a letter may link to (check 31), and the numbers of those that are counted."""

import pytest

from mailer.rendering.links import LinkNumbers, is_web, mistake_in

BAD = [
    "", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "javascript%3Aalert(1)",
    "vbscript:msgbox", "data:text/html,<script>", "file:///etc/passwd", "ftp://a.example", "//evil.example",
    "///evil.example", "\\\\evil.example", "https:\\\\evil.example", "https:evil.example", "https:///evil.example",
    "https://a@b.example", "https://a:b@c.example", "https://a%40b.example", "https://[::1", "https://a.example:port/",
    "page.html", "/page", "militant.es", "www.a.example", "mailto:", "mailto:personne",
    "mailto:a@b.example,c@d.example",
    "tel:", "tel:javascript", "https://a.example/\u202egpj.exe", "https://a.example/\u200b", "https://a.example/a b",
    "blob:https://a.example", "intent://a.example",
]  # fmt: skip


@pytest.mark.parametrize("target", BAD)
def test_targets_that_no_letter_may_have_are_told(target: str) -> None:
    assert mistake_in(target)


@pytest.mark.parametrize(
    "target",
    [
        "https://a.example",
        "http://a.example/x?y=z#w",
        "HTTPS://A.example/",
        "https://a.example:8443/?Page",
        "https://fr.a.example/%C3%A9t%C3%A9",
        "mailto:contact@a.example?subject=Bonjour",
        "tel:+33123456789",
        "tel:01.23.45.67.89",
        "#ancre",
    ],
)
def test_web_pages_mail_telephone_and_anchors_are_good(target: str) -> None:
    assert mistake_in(target) is None


def test_only_web_pages_are_counted() -> None:
    assert [is_web(one) for one in ("https://a.example", "HTTP://a.example", "mailto:a@b.example", "tel:3949")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_the_same_target_has_the_same_number_and_numbers_start_at_one() -> None:
    numbers = LinkNumbers()
    assert [numbers.number(one) for one in ("https://a", "https://b", "https://a", "https://c")] == [1, 2, 1, 3]
    assert numbers.targets == ["https://a", "https://b", "https://c"]
