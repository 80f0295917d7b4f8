"""CVAT's XML is read as its tasks, projects and uploads write it."""

import json
import zipfile
from pathlib import Path

import pytest

from datatools.errors import DataError
from datatools.exchange import Item
from datatools.exchange.cvat import Cvat
from datatools.sheets import Cell, Rejected

# The shape of an export of a task: meta with labels, an owner and an assignee; tags and shapes of images.
EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>12</id><name>faces</name><size>2</size><mode>annotation</mode><overlap>0</overlap>
      <labels>
        <label><name>person</name><color>#c06060</color><type>tag</type><attributes>
          <attribute><name>perceived_gender</name><mutable>False</mutable><input_type>select</input_type>
          <default_value>female</default_value><values>female
male</values></attribute></attributes></label>
      </labels>
      <owner><username>boss</username><email></email></owner>
      <assignee><username>kim</username><email></email></assignee>
    </task>
    <dumped>2024-05-01 10:00:00.000000+00:00</dumped>
  </meta>
  <image id="0" name="set/0.jpg" width="96" height="128">
    <tag label="person" source="manual">
      <attribute name="perceived_gender">female</attribute>
      <attribute name="perceived_race">white|black</attribute>
      <attribute name="glasses">true</attribute>
      <attribute name="mood">fine</attribute>
    </tag>
    <tag label="perceived_age_band:fairface_age@1" source="auto">
      <attribute name="value">20-29</attribute></tag>
    <box label="car" source="manual" occluded="0" xtl="1" ytl="1" xbr="2" ybr="2" z_order="0"></box>
    <box label="head" source="manual" occluded="0" xtl="1" ytl="1" xbr="2" ybr="2" z_order="0">
      <attribute name="perceived_gender">male</attribute></box>
  </image>
  <image id="1" name="set/1.jpg" width="96" height="128"><tag label="sunny" source="manual"></tag></image>
</annotations>
"""


def _read(path: Path, **users: str) -> list[Cell | Rejected]:
    return list(Cvat(**users).read(path))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Give an export as its folder holds it."""
    path = tmp_path / "out" / "annotations.xml"
    path.parent.mkdir()
    path.write_text(EXPORT)
    return path


def test_attributes_named_after_questions_are_answers(export: Path) -> None:
    """Of the task's assignee; a checkbox is yes or no; what CVAT made itself is a model's word."""
    cells = [cell for cell in _read(export) if isinstance(cell, Cell)]
    kim = {"annotator_id": "cvat:kim"}
    assert [(cell.sample, cell.question, cell.value, cell.fields) for cell in cells] == [
        ("set/0.jpg", "perceived_gender", "female", kim),
        ("set/0.jpg", "perceived_race", "white", kim),
        ("set/0.jpg", "perceived_race", "black", kim),
        ("set/0.jpg", "glasses", "yes", kim),
        (
            "set/0.jpg",
            "perceived_age_band",
            "20-29",
            {**kim, "vocabulary": "fairface_age@1", "source": "model"},
        ),
    ]
    assert {cell.fields["annotator_id"] for cell in _read(export, kim="ann01") if isinstance(cell, Cell)} == {
        "ann01"
    }


def test_answers_on_shapes_and_tags_of_other_names_are_rejected(export: Path) -> None:
    """An answer is about a picture; a shape that asks nothing is none of our business."""
    rejected = [cell for cell in _read(export) if isinstance(cell, Rejected)]
    assert [(cell.where, cell.question) for cell in rejected] == [
        ("image 'set/0.jpg'", "head"),
        ("image 'set/1.jpg'", "sunny"),
    ]


def test_the_zip_and_the_folder_are_read_like_the_file(export: Path, tmp_path: Path) -> None:
    """As CVAT hands it over, and as it is unpacked."""
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        archive.write(export, "annotations.xml")
        archive.writestr("images/0.jpg", b"")
    assert _read(tmp_path / "faces.zip") == _read(export.parent) == _read(export)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<annotations><track id='0' label='a'/></annotations>", "got the tracks of a video"),
        ("<opencv_storage/>", "XML that begins with <opencv_storage>"),
        ("<annotations><image>", r"a\.xml: expected annotations in CVAT for images 1\.1"),
    ],
)
def test_other_xml_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """The error says what came."""
    (tmp_path / "a.xml").write_text(content)
    with pytest.raises(DataError, match=message):
        _read(tmp_path / "a.xml")


def test_a_missing_file_and_a_zip_without_annotations_are_refused(tmp_path: Path) -> None:
    """Each with its name."""
    with pytest.raises(DataError, match=r"expected annotations in CVAT .* at .*gone\.xml"):
        _read(tmp_path / "gone.xml")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("labels.json", "[]")
    with pytest.raises(DataError, match=r"a\.zip: expected annotations\.xml in the ZIP"):
        _read(tmp_path / "a.zip")


def _item(**fields: object) -> Item:
    given = {"sample_id": "0" * 16, "annotator_id": "ann01", "source": "annotator", "presentation_order": 1}
    said = {"question": "perceived_gender", "vocabulary": "gender@1"}
    return Item(**{**given, **said, **fields})  # type: ignore[arg-type]  # fields of an Item


def test_the_labels_to_paste_offer_the_vocabularies_words(tmp_path: Path) -> None:
    """A label each question and vocabulary; nothing is chosen beforehand."""
    other = _item(question="perceived_age_band", vocabulary="fairface_age@1")
    years = _item(question="perceived_age", vocabulary="age_years@1")
    Cvat().write(tmp_path / "a.xml", [_item(), other, years])
    labels = json.loads((tmp_path / "a-labels.json").read_text())
    offered = {label["name"]: label["attributes"][0] for label in labels}
    assert {label["type"] for label in labels} == {"tag"}
    assert offered["perceived_gender"]["values"][:3] == ["not_answered", "female", "male"]
    assert offered["perceived_gender"]["default_value"] == "not_answered"
    assert "perceived_age_band:fairface_age@1" in offered
    assert offered["perceived_age"]["values"][1:3] == ["0", "1"]


def test_a_filled_in_sheet_keeps_its_plan_and_its_note(tmp_path: Path) -> None:
    """Who, in which order; a note is typed into an attribute; a record that somebody broke is let go."""
    path = tmp_path / "a.xml"
    Cvat().write(path, [_item(picture="a/0.jpg", width_px=96, height_px=128)])
    text = (
        path.read_text()
        .replace(">not_answered<", ">female<", 2)
        .replace('name="note" />', 'name="note">odd</attribute>')
    )
    path.write_text(text)
    (cell,) = _read(path)
    assert isinstance(cell, Cell)
    assert (cell.sample, cell.value) == ("0" * 16, "female")
    assert cell.fields == {
        "annotator_id": "ann01",
        "source": "annotator",
        "vocabulary": "gender@1",
        "presentation_order": "1",
        "note": "odd",
    }
    path.write_text(text.replace(">{", ">"))
    (broken,) = _read(path)
    assert isinstance(broken, Cell)
    assert (broken.sample, broken.value, broken.fields) == ("0.jpg", "female", {"note": "odd"})
