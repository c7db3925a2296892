"""The addresses of the queue of messages; cqp/awards/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from cqp.awards.views import messages, outbox

urlpatterns = [
    path("delivrance/<slug:code>/messages/", messages.message_list, name="message_list"),
    path("delivrance/<slug:code>/messages/preparer/", messages.messages_write, name="messages_write"),
    path("delivrance/<slug:code>/messages/renvoyer/", messages.messages_resend, name="messages_resend"),
    path("delivrance/<slug:code>/messages/courriers.pdf", messages.message_letters, name="message_letters"),
    path("messages/<id:pk>/", messages.message_detail, name="message_detail"),
    path("messages/<id:pk>/mise-en-forme/", messages.message_html, name="message_html"),
    path("messages/<id:pk>/renvoyer/", messages.message_resend, name="message_resend"),
    path("messages/adresses/<id:pk>/", messages.message_address, name="message_address"),
    path("boite-d-envoi/", outbox.outbox, name="outbox"),
    path("boite-d-envoi/<slug:name>/", outbox.outbox_message, name="outbox_message"),
    path("boite-d-envoi/<slug:name>/mise-en-forme/", outbox.outbox_html, name="outbox_html"),
]
