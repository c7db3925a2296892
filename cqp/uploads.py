"""What somebody who has not signed in may send: a few megabytes, in memory, forgotten with the request.

It must be said in the settings, not by the view: the check of the form's token reads the form first.
"""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload

from cqp.seal import LARGEST


class FromVisitors(FileUploadHandler):
    """Nothing on the disk; beyond LARGEST bytes in all, what was read is forgotten and the rest not kept.

    The request then says `is_upload_too_large`. Files of people who signed in go to the next handlers.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._left = LARGEST
        self._kept: BytesIO | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file; a visitor's is for no other handler."""
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            self._kept = BytesIO()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep a piece, if it still fits."""
        if self._kept is None:
            return raw_data
        self._left -= len(raw_data)
        if self._left < 0:
            self._kept = BytesIO()
            self.request.is_upload_too_large = True  # type: ignore[union-attr]
            raise StopUpload
        self._kept.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """The file, whole."""
        if self._kept is None:
            return None
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
