"""A file from anybody, kept in memory while it is looked at, and no longer than it may be."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class InMemoryUpTo(FileUploadHandler):
    """Nothing on the disk; beyond `largest` bytes in all, what was read is forgotten, the rest not kept."""

    def __init__(self, largest: int) -> None:
        super().__init__()
        self.left = largest
        self.is_too_large = False
        self._kept = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece, if it still fits."""
        self.left -= len(raw_data)
        if self.left < 0:
            self.is_too_large = True
            self._kept = BytesIO()
            raise StopUpload
        self._kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """The file, whole."""
        self._kept.seek(0)
        return InMemoryUploadedFile(
            self._kept,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )
