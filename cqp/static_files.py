"""Static files under names that say what they contain, the modules a script imports included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = (r'(?P<matched>from "(?P<url>\.\.?/[^"]+)";)', 'from "%(url)s";')


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """A browser never runs the script of one version with the modules of another.

    Django can do so for every script; those of packages speak of modules that they do not ship.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((f"{room}/*.js", (_IMPORT,)) for room in ("evaluations", "juries")),
    )
