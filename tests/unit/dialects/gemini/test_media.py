from __future__ import annotations

import pytest

from sluiceway.dialects.gemini.media import Media, decode_blob, decode_file, encode_media
from sluiceway.dialects.gemini.request_shapes import BlobShape, FileShape
from sluiceway.errors import UnsupportedFeature
from sluiceway.request import AudioPart, FilePart, ImagePart

OWN = "https://generativelanguage.googleapis.com/v1beta/files/abc"


@pytest.mark.parametrize(
    ("mime_type", "part"),
    [
        ("image/png", ImagePart("data:image/png;base64,QUI=")),
        ("audio/mpeg", AudioPart("QUI=", "mp3")),
        ("audio/wav", AudioPart("QUI=", "wav")),
        ("application/pdf", FilePart(data="data:application/pdf;base64,QUI=", filename="a.pdf")),
        ("audio/midi", FilePart(data="data:audio/midi;base64,QUI=", filename="a.pdf")),
    ],
)
def test_what_comes_along_is_told_by_its_type(mime_type: str, part: Media) -> None:
    assert decode_blob(BlobShape(mime_type, "QUI=", "a.pdf")) == part


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        (FileShape("https://x/a.png", "image/png"), ImagePart("https://x/a.png")),
        (FileShape("https://x/a.pdf", "application/pdf"), FilePart(url="https://x/a.pdf")),
        (FileShape(OWN, "image/png", "a"), FilePart(file_id=OWN, filename="a")),
        (FileShape("gs://bucket/a.mp4"), FilePart(file_id="gs://bucket/a.mp4")),
    ],
)
def test_what_has_a_place_is_told_by_it(shape: FileShape, part: Media) -> None:
    assert decode_file(shape) == part


@pytest.mark.parametrize(
    ("part", "record"),
    [
        (ImagePart("data:image/png;base64,QUI="), {"inlineData": {"mimeType": "image/png", "data": "QUI="}}),
        (ImagePart("data:image/png;x=1;base64,QUI="), {"inlineData": {"mimeType": "image/png", "data": "QUI="}}),
        (ImagePart("https://x/a.PNG?b=c"), {"fileData": {"fileUri": "https://x/a.PNG?b=c", "mimeType": "image/png"}}),
        (ImagePart("https://x/a"), {"fileData": {"fileUri": "https://x/a"}}),
        (AudioPart("QUI=", "mp3"), {"inlineData": {"mimeType": "audio/mp3", "data": "QUI="}}),
        (FilePart(data="data:text/csv;base64,QUI="), {"inlineData": {"mimeType": "text/csv", "data": "QUI="}}),
        (FilePart(data="QUI=", filename="a.pdf"), {"inlineData": {"mimeType": "application/pdf", "data": "QUI="}}),
        (FilePart(url="https://x/a.mp4"), {"fileData": {"fileUri": "https://x/a.mp4", "mimeType": "video/mp4"}}),
        (FilePart(file_id=OWN), {"fileData": {"fileUri": OWN}}),
    ],
)
def test_everything_is_one_part(part: Media, record: dict[str, object]) -> None:
    assert encode_media(part, "messages[0]") == record


@pytest.mark.parametrize(
    "part",
    [
        FilePart(file_id="file-1"),
        FilePart(),
        FilePart(data="QUI=", filename="a.xyz"),
        FilePart(data="QUI="),
        ImagePart("data:image/png,raw"),
    ],
)
def test_what_cannot_be_shown_is_refused(part: Media) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        encode_media(part, "messages[3]")
    assert caught.value.field == "messages[3]"
