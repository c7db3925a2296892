"""Local juries, decisions rectified, then the national jury, whose addresses begin with any session."""

from juries import urls_local, urls_national, urls_rectifications, urls_sitting

app_name = "juries"
urlpatterns = [
    *urls_local.urlpatterns,
    *urls_rectifications.urlpatterns,
    *urls_sitting.urlpatterns,
    *urls_national.urlpatterns,
]
