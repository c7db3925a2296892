"""What an address may hold where it names a row. Importing this module makes `<id:…>` known to `path`."""

from django.urls import register_converter


class RowId:
    """An identifier no longer than a database can hold; a longer number is no address of ours."""

    regex = "[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(RowId, "id")
