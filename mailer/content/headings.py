"""What associations write above the columns of a contact file. Words only: without accents, capitals, signs, digits."""

from mailer.domain.meanings import Meaning

_WORDS = {
    Meaning.ADDRESS: """
        @, email, e mail, mail, mel, courriel, email address, e mail address, mail address, adresse email,
        adresse e mail, adresse mail, adresse courriel, adresse electronique, adresse de courriel,
        adresse de messagerie, courrier electronique, email adherent, e mail adherent, mail adherent,
        email de l adherent, adresse email de l adherent, champ complementaire email, champ additionnel email
    """,
    Meaning.LAST_NAME: """
        nom, nom de famille, last name, surname, name, full name, nom complet, nom prenom, nom et prenom, prenom nom,
        prenom et nom, nom adherent, nom de l adherent, nom du contact, contact, nom du membre
    """,
    Meaning.FIRST_NAME: """
        prenom, first name, given name, prenom adherent, prenom de l adherent, prenom du contact, prenom du membre
    """,
    Meaning.STRUCTURE: """
        structure, association, asso, organisation, organization, organisme, raison sociale, reseau,
        nom de la structure, nom de l association, nom association, nom structure, company
    """,
    Meaning.KIND: "type, kind, type de contact, nature",
    Meaning.ROLE: "fonction, fonctions, role, poste, qualite, mandat, responsabilite, titre",
    Meaning.REMARKS: """
        remarque, remarques, commentaire, commentaires, note, notes, observation, observations, comment, comments,
        divers, infos complementaires, statut, etat
    """,
    Meaning.WANTED: """
        newsletter, newsletters, lettre, lettre d info, lettre d information, infolettre, abonne, abonnee, abonnement,
        inscrit, inscrite, inscription, optin, opt in, subscribed, accepte la newsletter, recoit la lettre,
        souhaite recevoir la lettre, consentement
    """,
    Meaning.POSTCODE: "code postal, cp, postcode, post code, zip, zip code, code postal adherent, code postal payeur",
    Meaning.CITY: "ville, commune, city, town, localite, bureau distributeur, ville adherent, ville payeur",
    Meaning.REGION: "region, region administrative",
    Meaning.COUNTRY: "pays, country, pays adherent, pays payeur",
    Meaning.TAGS: """
        tag, tags, etiquette, etiquettes, label, labels, mots cles, mot cle, groupe, groupes, categorie, categories
    """,
    Meaning.YEAR: """
        annee, annee d adhesion, annees d adhesion, adhesion, adhesions, adherent, adherente, adherent e, adherents,
        cotisation, cotisations, membre, membres, annee de cotisation, a jour, a jour de cotisation, membership year
    """,
    Meaning.MEMBERSHIP: """
        type d adhesion, type adhesion, tarif, formule, categorie d adhesion, nature de l adhesion, membership kind
    """,
    Meaning.SINCE: """
        date d adhesion, date adhesion, date de l adhesion, date de la commande, date de cotisation, adhere le,
        adherent depuis, membre depuis, member since
    """,
    Meaning.LANGUAGE: "langue, language",
    Meaning.LEVEL: "niveau, echelon, level, echelle",
    Meaning.THEME: "theme, thematique, domaine d activite, secteur",
    Meaning.NETWORK: "federation, tete de reseau, reseau d appartenance, structure mere, union, membre de, network",
    Meaning.MEMBER: """
        president, presidente, president e, presidence, tresorier, tresoriere, tresorier e, tresorier ere, secretaire,
        directeur, directrice, directeur trice, coordinateur, coordinatrice, coordinateur trice, referent, referente,
        referent e, responsable
    """,
    Meaning.PAYER_ADDRESS: "email payeur, e mail payeur, mail payeur, email du payeur",
    Meaning.PAYER_LAST_NAME: "nom payeur, nom du payeur",
    Meaning.PAYER_FIRST_NAME: "prenom payeur, prenom du payeur",
    Meaning.ORDER: "statut de la commande, statut commande, statut du paiement",
    Meaning.PHONE: """
        telephone, tel, portable, mobile, phone, numero de telephone, telephone portable, telephone fixe, gsm, tel fixe
    """,
}

HEADINGS = {
    " ".join(word.split()): meaning for meaning, words in _WORDS.items() for word in words.replace("\n", " ").split(",")
}
"""A heading, and what stands below it."""
