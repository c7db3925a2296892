"""What a proclamation gives: documents, messages, the passages sent to the Caisse des dépôts."""

from cqp.awards.models.documents import DocumentRun, Duplicate, Stationery
from cqp.awards.models.messages import AGAIN, Message
from cqp.awards.models.transmission import Flux, Passage, PortalNote

__all__ = ["AGAIN", "DocumentRun", "Duplicate", "Flux", "Message", "Passage", "PortalNote", "Stationery"]
