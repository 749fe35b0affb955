"""Names that outlive an issue: of its images, of its list, of itself."""

from dataclasses import replace

from mailer.domain.letters import Image, MailingList
from mailer.domain.rates import MeasureMode

SIRENE = MailingList(
    slug="sirene",
    title="L'heure de la Sirène",
    description="La lettre du mois",
    sender_name="Le Collectif",
    sender_address="sirene@lettres.example",
    reply_to="bonjour@collectif.example",
    reason="Vous avez demandé cette lettre.",
    everyone=False,
    public=True,
    measure=MeasureMode.ANONYMOUS,
)


def test_a_list_keeps_its_label_when_its_title_changes() -> None:
    assert SIRENE.list_id == "sirene.lettres.example"
    assert replace(SIRENE, title="La Sirène").list_id == SIRENE.list_id


def test_an_image_is_named_by_its_content_alone() -> None:
    image = Image("bandeau.png", "image/png", b"bytes", 600, 200)
    assert image.file_name == replace(image, name="copie.png").file_name
    assert image.file_name != replace(image, content=b"other").file_name
    stem, _, extension = image.file_name.partition(".")
    assert (len(stem), extension) == (32, "png")
    assert replace(image, media_type="image/jpeg").file_name == f"{stem}.jpg"
