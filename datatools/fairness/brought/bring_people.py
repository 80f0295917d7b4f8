"""Whose scores are these, and whom is each row of a table of groups about?"""

from collections.abc import Sequence

import pandas as pd

from datatools.errors import DataError
from datatools.fairness.brought.bring_rows import Named, distinct, few


def of_pictures(frame: pd.DataFrame, at: Named, about: Named, notes: list[str]) -> pd.Series:
    """Give the person of each row of scores (n_rows,): as the table of scores says, else that of groups.

    A picture of which neither says a person is another person's.

    Args:
        frame: rows of scores with picture and key.
        at: who the rows of scores name.
        about: who the rows of groups name.
        notes: gets what the reader must know.

    Raises:
        DataError: the table of groups says several people for a picture, and that of scores none.
    """
    if at.person is not None:
        person = at.person.reindex(frame.index)
    elif about.person is not None and about.picture.notna().any():
        pairs = pd.DataFrame({"key": about.picture_key, "person": about.person}).dropna().drop_duplicates()
        _refuse_several(pairs, frame, about, at)
        person = frame["key"].map(pairs.set_index("key")["person"])
    else:
        notes.append(
            "Nobody said which pictures show the same person, so each counts as another person. If some show "
            "the same one, say which column names the person with --person-column: otherwise intervals are "
            "too narrow and tests find gaps that are not there."
        )
        return frame["picture"]
    is_known = person.notna()
    if not is_known.all():
        nameless = sorted(frame.loc[~is_known, "picture"].unique())
        notes.append(f"Without a person, and each counted as another one: {_pictures(nameless)}.")
    return person.where(is_known, frame["picture"])


def joined(
    frame: pd.DataFrame,
    at: Named,
    about: Named,
    wanted: Sequence[str] | None,
    columns: Sequence[str],
    notes: list[str],
) -> pd.Series:
    """Give whom each row of the table of groups is about (n_rows,); None: nobody who was scored.

    Args:
        frame: rows of scores with key, person_key and person_id.
        at: who the rows of scores name.
        about: who the rows of groups name; the same as ``at`` where the scores hold the groups.
        wanted: attributes that were asked for, None: all ``columns``.
        columns: that may be attributes; two rows of a picture must not differ in them.
        notes: gets what the reader must know.

    Raises:
        DataError: the tables share no name, two rows of a picture differ, or a picture shows several
            people and the table of groups does not say which one it is about.
    """
    if about is at:
        person = frame["person_id"].reindex(at.sheet.frame.index)
        return person.astype(object).where(person.notna(), None)
    by_picture = about.picture.notna().any()
    by_person = at.person is not None and about.person is not None
    keys = [name for name, is_used in (("key", by_picture), ("person_key", by_person)) if is_used]
    if not keys:
        raise DataError(
            f"{about.sheet.name} names people and no pictures, and {at.sheet.name} names no people: expected "
            "a column that both have; say which with --id-column or --person-column"
        )
    known = frame[[*keys, "person_id"]].dropna().drop_duplicates()
    if by_picture and not by_person:
        _refuse_several(known.rename(columns={"person_id": "person"}), frame, at, about)
    rows = pd.DataFrame({"key": about.picture_key, "person_key": about.person_key})[keys].dropna()
    if by_picture:
        asked = [name for name in columns if wanted is None or any(_names(spec, name) for spec in wanted)]
        values = pd.DataFrame({name: about.sheet.text(name) for name in asked}).reindex(rows.index)
        distinct(about.sheet, pd.concat([rows, values], axis=1), keys, asked, "picture")
    person = rows.reset_index().merge(known, on=keys, how="left").set_index("index")["person_id"]
    _tell_unmatched(frame, at, about, keys, rows, person, notes)
    person = person.reindex(about.sheet.frame.index)
    return person.astype(object).where(person.notna(), None)


def _names(spec: str, column: str) -> bool:
    return spec == column or spec.rpartition(":")[0] == column


def _refuse_several(pairs: pd.DataFrame, frame: pd.DataFrame, saying: Named, silent: Named) -> None:
    """Refuse pictures of several people where one table does not say which of them a row is about."""
    several = pairs[pairs["key"].duplicated(keep=False) & pairs["key"].isin(set(frame["key"]))]
    if len(several):
        shown = frame.loc[frame["key"] == several["key"].iloc[0], "picture"].iloc[0]
        raise DataError(
            f"{saying.sheet.name} says several people for {shown!r}, and {silent.sheet.name} does not say "
            "which of them a row is about: expected a column that names the person in both; say which with "
            "--person-column"
        )


def _tell_unmatched(
    frame: pd.DataFrame,
    at: Named,
    about: Named,
    keys: Sequence[str],
    rows: pd.DataFrame,
    person: pd.Series,
    notes: list[str],
) -> None:
    in_groups = set(map(tuple, rows[list(keys)].to_numpy().tolist()))
    has_group = [tuple(key) in in_groups for key in frame[list(keys)].to_numpy().tolist()]
    by_picture = "key" in keys
    shown = about.picture if by_picture else about.person
    assert shown is not None
    groups_alone = sorted(shown[person.index[person.isna()]].unique())
    scores_alone = sorted(frame.loc[[not has for has in has_group], "picture"].unique())
    if not any(has_group):
        raise DataError(
            f"{at.sheet.name} and {about.sheet.name} share no name: expected the same "
            f"{'pictures' if by_picture else 'people'} in both, got {few(scores_alone[:3])} and "
            f"{few(groups_alone[:3])}"
        )
    if scores_alone:
        notes.append(f"In {at.sheet.name} alone, and so in no group: {_pictures(scores_alone)}.")
    if groups_alone:
        what = (
            _pictures(groups_alone) if by_picture else f"{len(groups_alone):,} people ({few(groups_alone)})"
        )
        notes.append(f"In {about.sheet.name} alone, and so not scored: {what}.")


def _pictures(names: Sequence[str]) -> str:
    return f"1 picture ({names[0]})" if len(names) == 1 else f"{len(names):,} pictures ({few(names)})"
