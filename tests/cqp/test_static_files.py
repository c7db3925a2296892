"""What is served in production: names that say what a file contains, in the scripts too."""

import re
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

from cqp.static_files import HashedFilesStorage

_STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "cqp.static_files.HashedFilesStorage"}}


def test_a_script_imports_modules_of_its_own_version(tmp_path):
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=_STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
        storage: Any = staticfiles_storage
        assert isinstance(storage._wrapped, HashedFilesStorage)
        served = tmp_path / storage.stored_name("evaluations/mark_sheet.js")
    imported = re.findall(r'from "\./([^"]+)"', served.read_text())
    assert imported
    for name in imported:
        assert re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name)
        assert (served.parent / name).is_file()
