"""Make outlines by hand, with every kind of block, for tests of the formats."""

from datatools.report import plots
from datatools.report.blocks import (
    Card,
    Cards,
    Commands,
    Definitions,
    Figure,
    Listed,
    Outline,
    Pictures,
    Row,
    Section,
    Statement,
    Table,
    Tone,
)
from datatools.report.gallery import Picture, Strip
from datatools.report.plots import Reference

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> </td></table><style>*{display:none}</style> "
    "=HYPERLINK(1) @SUM -2 $x$ {{ 7*7 }} {% raw %} # *a* _b_ \\c ` [d](e) & &lt; ~ ^ // https://x 😀 שלום ‮abc"
)
LONG = "a" * 300
# A grey dot: the smallest JPEG that is one is longer than the smallest GIF.
_DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAMLCwgAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="


def drawing(name: str = "woman", *, key: str = "f") -> str:
    """Draw a forest of two rows."""
    rows = [
        plots.Row(label=label, text="93.0 [92.0, 94.0]", value=0.93, low=0.92, high=0.94, colour=colour)
        for label, colour in ((name, "g0"), ("man", "g1"))
    ]
    return plots.forest(rows, Reference(value=0.93, label="all"), key=key, title=f"Value of {name}")


def table(name: str = "woman", n_rows: int = 0, *, caption: str = "By gender", is_open: bool = True) -> Table:
    """Give a table with verdicts, a suppressed row, and so many rows more."""
    rows = [
        Row(
            cells=(name, "93.0 [92.0, 94.0]", "1,204", "−1.2 [−2.6, −0.4]", "< 0.001", "gap"),
            of="/audit/models/0/attributes/0/groups/0",
        ),
        Row(
            cells=("man", "94.2 [93.0, 95.0]", "98", "+1.2 [+0.4, +2.6]", "0.012", "equivalent"),
            of="/audit/models/0/attributes/0/groups/1",
        ),
        Row(cells=("other", "not shown: too few people", "suppressed"), of="/a/2", is_suppressed=True),
        Row(cells=("none", "–", "–", "–", "–", "insufficient data"), of="/a/3"),
    ]
    rows += [
        Row(
            cells=(
                f"group {n}",
                f"{90 + n % 9}.0 [80.0, 99.0]",
                f"{n:,}",
                "−0.5 [−1.0, 0.0]",
                "0.310",
                "insufficient data",
            ),
            of=f"/audit/models/0/attributes/0/groups/{n + 4}",
        )
        for n in range(n_rows)
    ]
    head = ("Group", "Value", "People", "Gap to the rest", "p (corrected)", "Verdict")
    return Table(caption=caption, head=head, rows=rows, has_verdict=True, is_open=is_open)


def listed(name: str, tones: tuple[Tone, ...] = ("gap", "equivalent", "insufficient", "limit")) -> Listed:
    """Give statements of several tones about something of that name."""
    items = [
        Statement(text=f"{name} is {tone}", tone=tone, of=f"/summary/can_say/{n}")
        for n, tone in enumerate(tones)
    ]
    return Listed(items=items, about=name)


def card(name: str) -> Cards:
    """Give one model's card."""
    return Cards(
        cards=[
            Card(
                model=name,
                reading="Accuracy against human masks",
                headline=f"Lower for {name} (−1.2).",
                overall="All people: 93.3 [92.9, 93.7] points.",
                counts=[("gap", 2), ("insufficient data", 5), ("equivalent", 3), ("suppressed", 1)],
                of="/summary/models/0",
            )
        ]
    )


def pictures(name: str) -> Pictures:
    """Give a row of one picture, of nobody."""
    picture = Picture(uri=_DOT, width_px=10, height_px=10, caption=f"IoU of {name}", alt=f"Picture {name}")
    return Pictures(strips=[Strip(model=name, title="Worst", outlines=f"White: {name}", pictures=[picture])])


def outline(name: str = "woman", *, n_rows: int = 12) -> Outline:
    """Give an outline with every kind of block; ``name`` stands wherever a user's words may stand."""
    figure = Figure(
        drawing=drawing(name), caption=f"Value of {name}", alt=f"{name}: 93.0", of="/audit/models/0"
    )
    heat = Figure(
        drawing=drawing(name, key="h"), caption="Crossing", alt=f"crossing of {name}", of="/a", is_wide=True
    )
    findings = Section(
        key="findings",
        title="Findings",
        blocks=[card(name)],
        sections=[
            Section(key="can", title="What we can say", blocks=[listed(name)]),
            Section(key="cannot", title="What we cannot say", blocks=[listed("the data")]),
            Section(
                key="next",
                title="What to do next",
                blocks=[
                    Listed(
                        items=[Statement(text=f"Look with `datatools browse` at {name}")] * 2, is_ordered=True
                    )
                ],
            ),
        ],
    )
    model = Section(
        key="m0",
        title=name,
        is_name=True,
        blocks=[
            Statement(text=f"This is {name}", tone="strong", of="/audit/models/0"),
            figure,
            figure_two(),
            heat,
        ],
        sections=[
            Section(key="m0a0", title="By gender", blocks=[table(name, n_rows)]),
            Section(
                key="m0a1",
                title="boundary_iou by gender",
                blocks=[table(name, caption="Folded", is_open=False)],
                is_open=False,
            ),
        ],
    )
    rest = Section(
        key="provenance",
        title="Provenance",
        blocks=[
            Commands(lines=[f"datatools ingest --source '{name}'", "datatools audit"]),
            Definitions(
                entries=[(name, f"what {name} is"), ("seed", "0")], is_code=True, of="/audit/settings"
            ),
            pictures(name),
        ],
    )
    return Outline(
        title=name,
        headline=f"2 gaps found for {name}.",
        about=f"462 pictures of 231 people, {name}.",
        sections=[findings, model, rest],
    )


def figure_two() -> Figure:
    """Give a second narrow figure, which stands beside the first."""
    return Figure(drawing=drawing("girl", key="g"), caption="Gaps", alt="girl: 93.0", of="/audit/models/0")
