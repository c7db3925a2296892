"""Documents, publication, messages, verification, the register, the transmission of holders."""

from cqp.awards import (
    urls_documents,
    urls_messages,
    urls_publication,
    urls_register,
    urls_runs,
    urls_verification,
)

app_name = "awards"
urlpatterns = [
    *urls_verification.urlpatterns,
    *urls_publication.urlpatterns,
    *urls_messages.urlpatterns,
    *urls_documents.urlpatterns,
    *urls_runs.urlpatterns,
    *urls_register.urlpatterns,
]
