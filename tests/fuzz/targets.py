"""Every parser of ours that reads what comes from outside, by name."""

from collections.abc import Mapping

from tests.fuzz import of_answers, of_data, of_networks, of_pages, of_results, of_settings, of_tapes, of_words
from tests.fuzz.target import Target

_GROUPS = (of_settings, of_answers, of_data, of_results, of_networks, of_pages, of_tapes, of_words)
TARGETS: Mapping[str, Target] = {target.name: target for group in _GROUPS for target in group.TARGETS}
