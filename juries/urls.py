"""Local juries, then the national jury."""

from juries import urls_local, urls_national, urls_preparation

app_name = "juries"
# Plain words first: a session's code would take them.
urlpatterns = [*urls_preparation.urlpatterns, *urls_local.urlpatterns, *urls_national.urlpatterns]
