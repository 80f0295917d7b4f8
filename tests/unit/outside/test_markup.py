"""XML is looked at up to its root before a parser of documents sees it."""

import io

import pytest

from datatools.errors import DataError
from datatools.outside.markup import refuse_declarations


@pytest.mark.parametrize("encoding", ["klingon", "gbk", "utf-7", "big5", "idna"])
def test_an_encoding_that_the_parser_does_not_take_is_an_error_of_the_data(encoding: str) -> None:
    """Unknown, or of several bytes a character."""
    document = f'<?xml version="1.0" encoding="{encoding}"?><annotations/>'.encode()
    with pytest.raises(DataError, match=r"x\.xml: not readable as XML"):
        refuse_declarations(io.BytesIO(document), "x.xml")
