"""One photograph with two labels is found, whatever its files are called."""

from datatools.label_conflicts import ALIKE, SAME_FILE, Label, conflicts


def _label(path: str, value: str, sample_id: str | None = None, question: str = "perceived_age") -> Label:
    return Label(path=path, sample_id=sample_id or path, question=question, value=value)


def test_files_of_one_cluster_that_differ_are_a_conflict() -> None:
    """All of its files are named, the one that agrees with another too, by path."""
    labels = [_label("c", "30"), _label("a", "24"), _label("b", "30"), _label("d", "90")]
    (found,) = conflicts(labels, {"a": "a", "b": "a", "c": "a"})
    assert [(label.path, label.value) for label in found.labels] == [("a", "24"), ("b", "30"), ("c", "30")]
    assert found.reason == ALIKE


def test_one_file_under_two_names_needs_no_cluster() -> None:
    """Its bytes are the same."""
    (found,) = conflicts([_label("a", "24", "s"), _label("b", "30", "s")], {})
    assert found.reason == SAME_FILE


def test_questions_are_compared_apart() -> None:
    """Files that agree on one question may differ on another; agreement is no conflict."""
    labels = [
        _label("a", "24", "s"),
        _label("b", "24", "s"),
        _label("b", "male", "s", "perceived_gender"),
        _label("a", "female", "s", "perceived_gender"),
    ]
    assert [found.question for found in conflicts(labels, {})] == ["perceived_gender"]


def test_conflicts_come_in_the_order_of_their_first_paths() -> None:
    """So that a list stays the same from run to run."""
    labels = [_label("z", "1", "t"), _label("y", "2", "t"), _label("b", "1", "s"), _label("a", "2", "s")]
    assert [found.labels[0].path for found in conflicts(labels, {})] == ["a", "y"]


def test_annotators_of_one_file_may_differ() -> None:
    """Answers of three people about one file are no conflict; two files are compared as wholes."""
    three = [_label("a", value, "s") for value in ("24", "30", "24")]
    again = [_label("b", value, "s") for value in ("30", "24")]
    assert conflicts(three, {}) == []
    assert conflicts([*three, *again], {}) == []
    assert len(conflicts([*three, _label("b", "24", "s")], {})) == 1
