"""What was delivered, sent or transmitted stays as it was; only where it stands moves."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse, refuse_overwrite, refuse_truncate

STATIONERY = "Une version de la papeterie ne se modifie pas."
DUPLICATE = "Un duplicata délivré ne se modifie pas."
MESSAGE = "Un message préparé ne se modifie pas."
FLUX = "Un flux produit ne se modifie pas."
PASSAGE = "Un passage jugé ne se modifie pas."
NOTE = "Une note du portail ne se modifie pas."


def moved(*columns: str) -> str:
    """Any of these columns, none of which is null, changes."""
    return " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns)


WRITTEN = moved("id", "session_id", "kind", "key", "email", "subject", "text", "html", "written_at")
PRODUCED = moved("id", "session_id", "identifier", "version", "content", "digest", "made_at", "made_by_id")
# Given up, it stays so, by whom and when.
TAKEN_UP = (
    f"OLD.given_up_at IS NOT NULL AND (NEW.given_up_at IS NULL OR {moved('given_up_at', 'given_up_by_id')})"
)
IN_FLUX = moved("id", "flux_id", "certificate_id", "technical_id")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("awards", "0001_initial")]
    operations: ClassVar = [
        refuse("awards_stationery", ["UPDATE", "DELETE"], STATIONERY),
        refuse_overwrite("awards_stationery", STATIONERY, "1 = 1", ("certification_id", "version")),
        refuse_truncate("awards_stationery", STATIONERY),
        refuse("awards_duplicate", ["UPDATE", "DELETE"], DUPLICATE),
        refuse_overwrite(
            "awards_duplicate",
            DUPLICATE,
            "1 = 1",
            ("certificate_id", "rank"),
            ("bloc_certificate_id", "rank"),
        ),
        refuse_truncate("awards_duplicate", DUPLICATE),
        refuse("awards_message", ["UPDATE"], MESSAGE, WRITTEN),
        refuse("awards_message", ["DELETE"], MESSAGE),
        refuse_overwrite("awards_message", MESSAGE, "1 = 1", ("key",)),
        refuse_truncate("awards_message", MESSAGE),
        refuse("awards_flux", ["UPDATE"], FLUX, f"OLD.report_digest <> '' OR {PRODUCED} OR ({TAKEN_UP})"),
        refuse("awards_flux", ["DELETE"], FLUX),
        refuse_overwrite("awards_flux", FLUX, "1 = 1", ("identifier",)),
        refuse_truncate("awards_flux", FLUX),
        refuse("awards_passage", ["UPDATE"], PASSAGE, f"OLD.state <> 'TRANSMIS' OR {IN_FLUX}"),
        refuse("awards_passage", ["DELETE"], PASSAGE),
        refuse_overwrite(
            "awards_passage", PASSAGE, "1 = 1", ("flux_id", "certificate_id"), ("flux_id", "technical_id")
        ),
        refuse_truncate("awards_passage", PASSAGE),
        # A note made by mistake is erased, and the journal keeps both.
        refuse("awards_portalnote", ["UPDATE"], NOTE),
        refuse_overwrite("awards_portalnote", NOTE, "1 = 1", ("certificate_id", "kind")),
        refuse_truncate("awards_portalnote", NOTE),
    ]
