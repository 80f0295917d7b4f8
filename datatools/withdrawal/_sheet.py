"""How do a person's rows leave a filled-in workbook without the answers about others?"""

import io
import re
from pathlib import Path

from datatools.outside.archives import refuse_what_harms


def scrubbed(path: Path, mention: re.Pattern[str]) -> bytes | None:
    """Give a workbook without the rows that mention the person; None where there are none.

    A workbook that cannot be read has nothing that could be kept: its bytes are given as empty.
    """
    import openpyxl  # 0.2 s that a withdrawal without workbooks does not need

    try:
        refuse_what_harms(path, "a workbook")
        book = openpyxl.load_workbook(path)
    # The package raises whatever a missing or misplaced part of the file leads to.
    except Exception:
        return b""
    is_changed = False
    for sheet in book.worksheets:
        for row in range(sheet.max_row, 0, -1):  # from below: deleting moves the rows that follow
            cells = (cell.value for cell in sheet[row])
            if any(isinstance(value, str) and mention.search(value) for value in cells):
                sheet.delete_rows(row)
                is_changed = True
    if not is_changed:
        return None
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
