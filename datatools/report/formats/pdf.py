"""How does an outline become a PDF to print, to read aloud and to keep?

Typst sets it: A4, tagged after PDF/UA-1, every word passed as data so that no name becomes markup. What
the page folds away stands behind the findings, as details; where it was taken from says where it went.
"""

import json
import tempfile
from importlib import resources
from pathlib import Path

import typst

from datatools.report.blocks import Outline
from datatools.report.formats import letters
from datatools.report.formats.print_data import Writer


def render(outline: Outline) -> bytes:
    """Give the report as a PDF; the same outline gives the same bytes.

    Letters beyond Latin, Greek, Cyrillic, Hebrew, Arabic and common signs are drawn with a font of this
    machine: where there are such, another machine may give other bytes.
    """
    writer = Writer()
    document = writer.document(outline)
    strangers = letters.strange(writer.texts)
    fonts = letters.fonts_of(strangers, letters.of_this_machine()) if strangers else {}
    borrowed = sorted(set(fonts.values()) - {letters.LAST_RESORT})
    last = [*borrowed, letters.LAST_RESORT]
    document["fonts"] = {"text": [*letters.TEXT, *last], "code": [*letters.CODE, *last]}
    document["boxed"] = [
        (letter, *letters.named(letter)) for letter, font in fonts.items() if font == letters.LAST_RESORT
    ]
    template = resources.files("datatools.report") / "templates" / "report.typ"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, drawing in writer.drawings.items():
            (folder / path).write_text(letters.in_drawing(drawing, fonts), encoding="utf-8")
        for path, picture in writer.pictures.items():
            (folder / path).write_bytes(picture)
        (folder / "report.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        (folder / "report.typ").write_bytes(template.read_bytes())
        return typst.compile(
            str(folder / "report.typ"),
            root=str(folder),
            font_paths=[str(letters.FOLDER)],
            ignore_system_fonts=not borrowed,
            pdf_standards=["ua-1"],
        )
