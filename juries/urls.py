"""Local juries, then the national jury."""

from juries import urls_kit, urls_local, urls_national, urls_planning, urls_sitting

app_name = "juries"
urlpatterns = [
    *urls_local.urlpatterns,
    *urls_kit.urlpatterns,
    *urls_planning.urlpatterns,
    *urls_sitting.urlpatterns,
    *urls_national.urlpatterns,
]
