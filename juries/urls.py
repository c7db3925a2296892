"""Local juries, then the national jury."""

from juries import urls_local, urls_national, urls_planning

app_name = "juries"
urlpatterns = [*urls_local.urlpatterns, *urls_planning.urlpatterns, *urls_national.urlpatterns]
