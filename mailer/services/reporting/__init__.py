"""How issues and years were read. Counts rows and says what they mean; stores nothing but past figures."""

from mailer.services.reporting.bilan import bilan_text
from mailer.services.reporting.counting import COUNTED_FOR, close_counts
from mailer.services.reporting.grids import Grid, issue_grids
from mailer.services.reporting.importing import Imported, import_past
from mailer.services.reporting.issues import (
    NOT_RELEASED,
    IssueReport,
    issue_report,
    latest_names,
    year_bounds,
    year_reports,
)
from mailer.services.reporting.lines import Line, define, issue_lines, rate_lines, year_lines
from mailer.services.reporting.pages import Section, issue_page, issue_section, year_page, year_sections
from mailer.services.reporting.sentences import year_sentence
from mailer.services.reporting.tables import issue_table, year_table
from mailer.services.reporting.telling import left_to_count, past_sentence, rate_sentence, year_sentences
from mailer.services.reporting.years import CampaignYear, past_years, year_report, years_told

__all__ = [
    "COUNTED_FOR",
    "NOT_RELEASED",
    "CampaignYear",
    "Grid",
    "Imported",
    "IssueReport",
    "Line",
    "Section",
    "bilan_text",
    "close_counts",
    "define",
    "import_past",
    "issue_grids",
    "issue_lines",
    "issue_page",
    "issue_report",
    "issue_section",
    "issue_table",
    "latest_names",
    "left_to_count",
    "past_sentence",
    "past_years",
    "rate_lines",
    "rate_sentence",
    "year_bounds",
    "year_lines",
    "year_page",
    "year_report",
    "year_reports",
    "year_sections",
    "year_sentence",
    "year_sentences",
    "year_table",
    "years_told",
]
