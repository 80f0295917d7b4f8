"""Do the verbs of teachers list and fetch what there is?"""

from pathlib import Path

import pytest

from datatools.errors import UsageError, WeightsError
from datatools.progress import Progress
from datatools.stages import doctor, teachers_list, teachers_pull
from datatools.workspace import Workspace


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache of weights."""
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_list_names_source_licence_and_command(workspace: Workspace, quiet: Progress) -> None:
    """What is not here says how to get it; every plug-in is listed."""
    text = "\n".join(teachers_list.run(workspace, teachers_list.Settings(), quiet).notes)
    wanted = (
        "datatools teachers pull selfie",
        "Apache-2.0",
        "AGPL-3.0",
        "no commercial use",
        "grabcut",
        "0.2 MB",
    )
    assert [word for word in wanted if word not in text] == []


def test_teacher_without_weights_is_passed_over(workspace: Workspace, quiet: Progress) -> None:
    """A recipe may pull whatever its teacher is."""
    settings = teachers_pull.Settings(names=("grabcut", "card.toml"))
    result = teachers_pull.run(workspace, settings, quiet)
    assert result.facts["paths"] == {"grabcut": None, "card.toml": None}


def test_predictor_comes_with_the_installation(workspace: Workspace, quiet: Progress) -> None:
    """Dlib's landmark model is pip's to bring, and the note says where it is."""
    result = teachers_pull.run(workspace, teachers_pull.Settings(names=("dlib68",)), quiet)
    assert "comes with the installation" in result.notes[0]


def test_dry_run_fetches_nothing(workspace: Workspace, quiet: Progress, cache: Path) -> None:
    """The plan names the cache folder, which stays absent."""
    settings = teachers_pull.Settings(names=("selfie",), dry_run=True)
    assert str(cache) in teachers_pull.run(workspace, settings, quiet).notes[0]
    assert not cache.exists()


def test_wrong_file_is_refused(workspace: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """A file with another checksum never reaches the cache."""
    (tmp_path / "weights.tflite").write_bytes(b"x")
    settings = teachers_pull.Settings(names=("selfie",), file=tmp_path / "weights.tflite")
    with pytest.raises(WeightsError, match="SHA-256"):
        teachers_pull.run(workspace, settings, quiet)


@pytest.mark.parametrize(
    "settings",
    [
        teachers_pull.Settings(names=("nobody",)),
        teachers_pull.Settings(names=("selfie", "isnet"), file=Path("weights")),
    ],
)
def test_wrong_names_are_refused(
    workspace: Workspace, quiet: Progress, settings: teachers_pull.Settings
) -> None:
    """An unknown teacher, and one file for two, are usage errors."""
    with pytest.raises(UsageError, match="expected one"):
        teachers_pull.run(workspace, settings, quiet)


def test_doctor_finds_what_is_needed(workspace: Workspace, quiet: Progress) -> None:
    """In an environment that runs the tests nothing needed is missing."""
    result = doctor.run(workspace, doctor.Settings(), quiet)
    assert result.passed
    assert any("weights:selfie" in note and "teachers pull" in note for note in result.notes)
