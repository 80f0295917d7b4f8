"""A consensus as the report's writers take it."""

from datatools.fairness.labels.consensus_result import (
    AnnotatorFound,
    Bounded,
    Honeypots,
    QuestionConsensus,
    ShareFound,
)


def bounded(value: float) -> Bounded:
    """Give a number with an interval of twenty points."""
    return Bounded(value=value, low=max(0.0, value - 0.1), high=min(1.0, value + 0.1))


def annotator(name: str, n_answers: int = 50, verdict: str = "tells apart") -> AnnotatorFound:
    """Give an annotator who is right nine times in ten."""
    return AnnotatorFound(
        annotator_id=name,
        n_answers=n_answers,
        n_units=n_answers,
        accuracy=bounded(0.9),
        confusion=[[bounded(0.9), bounded(0.1)], [bounded(0.1), bounded(0.9)]],
        n_compared=40,
        dependence=0.6,
        p_value=0.001,
        p_holm=0.002,
        verdict=verdict,
        honeypots=Honeypots(n_samples=0, n_right=0, share=None),
        median_s=None,
        fast_frac=None,
        same_as_before_frac=0.5,
        same_by_chance_frac=0.5,
        longest_run=4,
    )


def question(annotators: list[AnnotatorFound], *, has_converged: bool = True) -> QuestionConsensus:
    """Give one question's consensus about people."""
    return QuestionConsensus(
        question="perceived_gender",
        vocabulary="gender@1",
        unit="person",
        values=["female", "male"],
        n_units=50,
        n_samples=60,
        n_people=50,
        n_answers=150,
        n_no_answer=0,
        n_contradictory=0,
        n_one_annotator=3,
        shares=[ShareFound(value="female", share=bounded(0.4)), ShareFound(value="male", share=bounded(0.6))],
        mean_entropy_bits=0.1,
        n_unsure=7,
        log_likelihood=-100.0,
        n_iterations=500,
        has_converged=has_converged,
        annotators=annotators,
    )
