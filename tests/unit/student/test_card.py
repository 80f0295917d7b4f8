"""A model card tells what is known of a student, and says where something is not."""

from dataclasses import asdict, replace

import pytest
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from datatools.student.card import Card, Interval
from datatools.student.card_text import text
from tests.cards import HOSTILE, has_markup, model_settings, plain, results_of, shown
from tests.unit.student.cards import full_card, small_card


def lines(card: Card) -> list[str]:
    """Give the card's text by lines."""
    return text(card).splitlines()


def test_a_card_comes_back_from_plain_values() -> None:
    """What the file of weights keeps."""
    for card in (small_card(), full_card()):
        assert asdict(Card.from_dict(asdict(card))) == asdict(card)


def test_the_heads_of_a_full_card() -> None:
    """In the order of Mitchell et al. (2019), below what hubs read."""
    told = lines(full_card())
    assert told[0] == "---"
    assert "license_name: research" in told
    assert told[told.index("---", 1) + 2] == "# Model card: mine"
    assert [line for line in told if line.startswith("## ")] == [
        "## Intended use",
        "## How to load it",
        "## How well it does on pictures kept aside",
        "## Validation",
        "## Training data",
        "## Recipe",
        "## Compute",
        "## Limits",
        "## Licences of the pictures",
        "## Hashes",
    ]


def test_scores_come_with_counts_and_intervals() -> None:
    """A value never stands alone where more is known."""
    told = text(full_card())
    assert "accuracy against human masks: foreground IoU per picture 0.9123 [0.9000, 0.9300] on 3 " in told
    assert "356 pictures of 1 person; 2 could not be scored. Run record runs/0009-evaluate.json." in told
    assert "| `iou_fg_image` | 0.9510 | Foreground IoU &#124; each picture. |" in told


def test_groups_have_gaps_and_verdicts_and_the_small_are_withheld() -> None:
    """Neither its count nor its value is told."""
    told = lines(full_card())
    assert (
        "| female | 1,100 | 1,110 | 0.9512 [0.9451, 0.9570] "
        "| \N{MINUS SIGN}0.0040 [\N{MINUS SIGN}0.0110, +0.0030] | insufficient data |"
    ) in told
    assert told.count("| other | withheld |  |  |  | suppressed |") == 2
    assert "Answered by: annotator. In no group: 12 people." in told


def test_every_value_of_the_recipe_is_told() -> None:
    """Phases side by side, the rest by its place in the file."""
    told = lines(full_card())
    for line in ("| network | coarse | whole |", "| epochs | 6 | 20 |", "| lr | 0.004 | 0.004 |"):
        assert line in told
    for line in (
        "| preprocessing.mean | 128, 128, 128 |",
        "| loss.pixel | 1 |",
        "| epoch\\_pictures | none |",
    ):
        assert line in told


def test_a_run_that_stopped_early_and_its_groups_are_told() -> None:
    """Fewer epochs than the recipe has; who was shown more often, or weighed more."""
    told = text(full_card())
    assert "seed 3. It stopped after 24 epochs in all, when no better one came." in told
    assert "Groups of people that it treats apart: female, male." in told
    assert "stopped after" not in text(replace(full_card(), n_epochs=26))


def test_generated_masks_and_their_checks_are_told() -> None:
    """How many were made, kept and learned from."""
    told = text(full_card())
    assert "human 5, model:fused 4" in told
    assert "4 of them have a mask that this toolkit made. It checked 40 in all and accepted 31" in told
    assert "the checks: expected\\_iou, mask\\_area." in told


def test_compute_and_hashes_are_told() -> None:
    """What it took, and by what one knows the weights."""
    told = text(full_card())
    assert "- 1,234 steps; 9,872 pictures seen" in told
    assert "- 100.5 minutes on a CPU with 2 cores" in told
    assert f"| model.pt, SHA-256 | `{'cd' * 32}` |" in told
    assert f"| run record runs/0007-train.json, SHA-256 | `{'ef' * 32}` |" in told


def test_what_is_not_known_is_left_out_or_said() -> None:
    """An old file's card has no groups, no recipe table, no compute and no hashes."""
    told = text(small_card())
    assert "Not measured yet. `datatools evaluate`" in told
    assert "Nothing here says for whom the model works worse" in told
    assert "0.9123 on 3 pictures, at the network's size" in told
    for head in ("## Compute", "## Hashes", "None", "| setting |"):
        assert head not in told


def test_a_run_records_facts_are_counts_and_scores() -> None:
    """Tables stay in the card."""
    facts = full_card().facts()
    assert set(facts) & {"recipe_values", "groups_apart", "sources", "run", "evaluations"} == set()
    scores = facts["val"]
    assert isinstance(scores, list)
    (score,) = scores
    assert (score["iou_fg_image"], "groups" in score) == (0.91234, False)


# -- what hubs read --------------------------------------------------------------------------------


def test_a_hub_reads_every_setting_of_a_card() -> None:
    """The package of the Hub itself parses it, and writes the same settings back."""
    card = ModelCard(text(full_card()))
    settings = plain(card.data)
    assert (settings["license"], settings["license_name"]) == ("other", "research")
    assert (settings["library_name"], settings["pipeline_tag"]) == ("pytorch", "image-segmentation")
    assert (settings["datasets"], settings["metrics"]) == (["eg1800"], ["iou_fg_image"])
    again = ModelCard(card.content)
    assert plain(again.data) == settings
    assert again.text == card.text


def test_a_hub_reads_results_for_everybody_and_for_each_shown_group() -> None:
    """With intervals and counts; the withheld group is not among them."""
    overall, group = results_of(text(full_card()))
    assert (overall.dataset_name, overall.dataset_split, overall.metric_value) == ("eg1800", "test", 0.951)
    assert overall.metric_args == {"level": 0.95, "n_images": 356, "n_people": 1}
    assert group.dataset_args == {
        "measures": "accuracy",
        "reference_masks": "human",
        "attribute": "perceived_gender",
        "group": "female",
        "answered_by": ["annotator"],
        "verdict": "insufficient data",
        "gap": -0.004,
        "gap_low": -0.011,
        "gap_high": 0.003,
    }
    ends = {"low": 0.9451, "high": 0.957}
    assert (group.metric_value, ends.items() <= (group.metric_args or {}).items()) == (0.9512, True)


def test_results_keep_apart_on_their_way_through_a_hub() -> None:
    """The Hub tells results apart by data set, config and split: its own round trip loses none."""
    card = full_card()
    (found,) = card.evaluations
    keyed = replace(found, reference_source="keyed", measures="agreement")
    written = results_of(text(replace(card, evaluations=[found, keyed])))
    name, again = model_index_to_eval_results(eval_results_to_model_index("mine", written))
    assert (name, again) == ("mine", written)
    assert len({each.unique_identifier for each in written}) == len(written) == 4


def test_a_card_without_evaluations_has_no_results() -> None:
    """Undefined values are no results either."""
    assert plain(model_settings(text(small_card())))["metrics"] == ["iou_fg_image"]
    (found,) = full_card().evaluations
    undefined = {"iou_fg_image": Interval(value=None, low=None, high=None)}
    nothing = replace(found, metrics=undefined, groups=[])
    some = {**found.metrics, "dice_image": undefined["iou_fg_image"]}
    part = replace(found, metrics=some, definitions=dict.fromkeys(some, "what it is"))
    settings = model_settings(text(replace(full_card(), evaluations=[part])))
    assert plain(settings)["metrics"] == ["iou_fg_image"]
    for card in (small_card(), replace(full_card(), evaluations=[nothing])):
        assert "model-index" not in text(card)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_outside_appear_literally(name: str) -> None:
    """Names of models, sources, groups, checks and licences, on the page and for the Hub."""
    card = full_card()
    (found,) = card.evaluations
    line = replace(found.groups[0].groups[0], group=name)
    table = replace(found.groups[0], attribute=name, groups=[line], answered_by=[name])
    card = replace(
        card,
        name=name,
        licences={name: 1},
        groups_apart=[name],
        sources=[replace(card.sources[0], name=name, licence=name)],
        evaluations=[replace(found, data=name, groups=[table], notes=[name])],
    )
    _, group = results_of(text(card))
    assert (model_settings(text(card)).model_name, group.dataset_name) == (name, name)
    assert (group.dataset_args or {})["group"] == name
    body = ModelCard(text(card)).text
    page = shown(body)
    for place in (f"Model card: {name}", f"\n{name}\n", f"Answered by: {name}."):
        assert place in f"{page}\n"
    assert has_markup(body) <= {"code_inline", "strong_open", "strong_close"}
