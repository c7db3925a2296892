import pytest
from django.core.management import call_command
from tests.awards.run_scenes import proclaimed_crowd
from juries.models import Certificate
def test_x(cast, tmp_path):
    s = proclaimed_crowd(cast, 6)
    print(Certificate.objects.count())
    call_command("certificates", s.code, "-o", str(tmp_path))
    call_command("certificates", s.code, "-o", str(tmp_path))
    import os
    print(os.listdir(tmp_path)); print((tmp_path/f"certificats-{s.code}.jsonl").read_text())
    assert 0
