"""Local juries, then decisions rectified, then the national jury, whose addresses begin with any session."""

from juries import urls_local, urls_national, urls_rectifications

app_name = "juries"
urlpatterns = [*urls_local.urlpatterns, *urls_rectifications.urlpatterns, *urls_national.urlpatterns]
