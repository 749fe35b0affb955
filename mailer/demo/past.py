"""The letters of before: invented issues as an old tool would have exported them, for the archive to bring in."""

from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ISSUES = {
    "sirene": (
        (date(2022, 10, 5), "La rentrée des bénévoles", ("benevoles", "budget")),
        (date(2022, 11, 2), "Subventions : ce qui change au 1er janvier", ("budget", "libertes")),
        (date(2022, 12, 7), "Un hiver solidaire, quartier par quartier", ("quartiers", "benevoles")),
        (date(2023, 1, 4), "Nos vœux, et trois rendez-vous", ("rencontres", "quartiers")),
        (date(2023, 2, 1), "Petites associations, grands travaux", ("travaux", "budget")),
        (date(2023, 3, 1), "L’assemblée générale se prépare", ("rencontres", "libertes")),
        (date(2023, 4, 5), "Les jardins partagés sortent de l’hiver", ("jardins", "quartiers")),
        (date(2023, 5, 3), "Former sans formater", ("formation", "benevoles")),
        (date(2023, 6, 7), "Une fête, deux scènes, cent bénévoles", ("rencontres", "benevoles")),
        (date(2023, 7, 5), "Avant la pause d’été", ("formation", "jardins")),
    ),
    "klaxon": (
        (date(2023, 2, 16), "Contrats à impact : qui paie, qui décide ?", ("contrats", "budget")),
        (date(2023, 4, 20), "Quand l’entraide devient un marché", ("marche", "libertes")),
        (date(2023, 6, 15), "Plateformes de dons : lire les petites lignes", ("dons", "contrats")),
    ),
}
ARTICLES = {
    "benevoles": (
        "Donner une heure",
        "Une heure par mois suffit pour tenir un accueil. Douze associations racontent comment elles s’y prennent.",
    ),
    "budget": (
        "Compter à plusieurs",
        "Un budget se lit mieux à voix haute. Notre trésorier propose une soirée pour apprendre, sans tableur.",
    ),
    "libertes": (
        "Les libertés associatives",
        "Trois recours ont été gagnés cette année. Ce que disent les juges, et ce que cela change pour nous.",
    ),
    "quartiers": (
        "Dans les quartiers",
        "Le repas partagé du samedi a trouvé sa place. La mairie prête la salle jusqu’à la fin de l’hiver.",
    ),
    "rencontres": (
        "Se retrouver",
        "Nous nous verrons à Montbriel, dans la grande salle. Le train de 9 h 12 arrive à temps.",
    ),
    "travaux": ("Le local refait", "Peinture, chauffage, rampe d’accès : quatre week-ends et beaucoup de soupe."),
    "jardins": ("Au jardin", "Les semis de tomates sont prêts. Venez avec un pot, repartez avec trois plants."),
    "formation": ("Apprendre ensemble", "Six ateliers ouverts à toutes les associations membres, gratuits, le soir."),
    "contrats": (
        "Le coût d’un contrat",
        "Quand un financeur n’est payé qu’au résultat, qui choisit le résultat ? Deux exemples chiffrés.",
    ),
    "marche": ("Prix de l’entraide", "Des entreprises vendent ce que des voisines faisaient. Nous avons comparé."),
    "dons": ("Qui garde combien", "Sur cent euros donnés, il en arrive de quatre-vingt-trois à quatre-vingt-dix-huit."),
}


def write_old_issues(templates: tuple[Path, ...], folder: Path) -> dict[str, Path]:
    """The old issues as HTML files, one folder a list."""
    environment = Environment(
        loader=FileSystemLoader([one / "demo" for one in templates]), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("old_issue.html")
    folders = {}
    for slug, issues in ISSUES.items():
        folders[slug] = folder / slug
        folders[slug].mkdir(parents=True)
        for day, subject, articles in issues:
            html = page.render(subject=subject, day=day.isoformat(), articles=[ARTICLES[one] for one in articles])
            (folders[slug] / f"{day.isoformat()}.html").write_text(html, encoding="utf-8")
    return folders
