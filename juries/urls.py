"""What comes before the national jury, local juries, the national jury, and what corrects it."""

from juries import (
    urls_kit,
    urls_local,
    urls_national,
    urls_planning,
    urls_preparation,
    urls_rectifications,
    urls_sitting,
)

app_name = "juries"
# Plain words first: a session's code would take them.
urlpatterns = [
    *urls_preparation.urlpatterns,
    *urls_rectifications.urlpatterns,
    *urls_local.urlpatterns,
    *urls_kit.urlpatterns,
    *urls_planning.urlpatterns,
    *urls_sitting.urlpatterns,
    *urls_national.urlpatterns,
]
