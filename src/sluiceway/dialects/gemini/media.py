"""Images, sound and files, in both directions: Gemini has one part for all of them, told apart by their media type.

Source: Google's API reference, "Blob" and "FileData" (August 2026).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import assert_never

from sluiceway.dialects.gemini.request_shapes import BlobShape, FileShape
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import AudioPart, FilePart, ImagePart

__all__ = ["Media", "decode_blob", "decode_file", "encode_media"]

Media = ImagePart | AudioPart | FilePart

_FORMAT_OF = MappingProxyType(
    {
        "audio/wav": "wav",
        "audio/x-wav": "wav",
        "audio/mp3": "mp3",
        "audio/mpeg": "mp3",
        "audio/flac": "flac",
        "audio/ogg": "ogg",
        "audio/aac": "aac",
        "audio/aiff": "aiff",
    }
)
_TYPE_OF_ENDING = MappingProxyType(
    {
        "png": "image/png",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "webp": "image/webp",
        "gif": "image/gif",
        "heic": "image/heic",
        "pdf": "application/pdf",
        "txt": "text/plain",
        "md": "text/markdown",
        "csv": "text/csv",
        "html": "text/html",
        "json": "application/json",
        "mp3": "audio/mp3",
        "wav": "audio/wav",
        "mp4": "video/mp4",
        "mov": "video/mov",
        "webm": "video/webm",
    }
)
_DATA_URL = re.compile(r"data:([^;,]+)(?:;[^;,]+)*;base64,(.*)", re.DOTALL)
_ENDING = re.compile(r"\.([A-Za-z0-9]{2,4})(?:[?#].*)?$")

# What Google keeps, which nobody else can fetch: uploaded files and buckets.
_OWN_URI = re.compile(r"(?:https://generativelanguage\.googleapis\.com/|gs://|files/)")


def decode_blob(shape: BlobShape) -> Media:
    """Return what comes along as base64."""
    url = f"data:{shape.mime_type};base64,{shape.data}"
    if shape.mime_type.startswith("image/"):
        return ImagePart(url)
    form = _FORMAT_OF.get(shape.mime_type)
    return FilePart(data=url, filename=shape.display_name) if form is None else AudioPart(shape.data, form)


def decode_file(shape: FileShape) -> Media:
    """Return what is told by its place: Google's own, or a URL that anybody can fetch."""
    if _OWN_URI.match(shape.file_uri):
        return FilePart(file_id=shape.file_uri, filename=shape.display_name)
    if shape.mime_type.startswith("image/"):
        return ImagePart(shape.file_uri)
    return FilePart(url=shape.file_uri, filename=shape.display_name)


def encode_media(part: Media, field: str) -> dict[str, object]:
    """Return the part for it.

    Args:
        part: what is to be shown.
        field: its path, for errors.

    Raises:
        UnsupportedFeature: it is a file of another vendor's, or one whose media type is not known.
    """
    match part:
        case ImagePart(url=url):
            return _encode_url(url, field)
        case AudioPart(data=data, format=form):
            return _blob(f"audio/{form}", data)
        case FilePart(data=str(data), filename=name):
            return _encode_url(data, field) if data.startswith("data:") else _blob(_guess(name or "", field), data)
        case FilePart(url=str(url)):
            return _encode_url(url, field)
        case FilePart(file_id=str(uri)) if _OWN_URI.match(uri):
            return {"fileData": {"fileUri": uri}}
        case FilePart():
            raise UnsupportedFeature("A file of another vendor's cannot be shown to this model.", field=field)
        case _:
            assert_never(part)


def _encode_url(url: str, field: str) -> dict[str, object]:
    if not url.startswith("data:"):
        ending = _ENDING.search(url)
        kind = _TYPE_OF_ENDING.get(ending[1].lower()) if ending else None
        return {"fileData": {"fileUri": url, **({"mimeType": kind} if kind else {})}}
    found = _DATA_URL.fullmatch(url)
    if found is None:
        raise UnsupportedFeature("A data URL must give its media type and be base64.", field=field)
    return _blob(found[1], found[2])


def _blob(mime_type: str, data: str) -> dict[str, object]:
    return {"inlineData": {"mimeType": mime_type, "data": data}}


def _guess(name: str, field: str) -> str:
    ending = _ENDING.search(name)
    kind = _TYPE_OF_ENDING.get(ending[1].lower()) if ending else None
    if kind is None:
        raise UnsupportedFeature("The media type of a file is not known.", field=field)
    return kind
