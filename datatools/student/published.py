"""How are the authors' published weights read into our network?

Their file is a bare state dict of 405 tensors. Each of our modules is named here beside theirs; the
keys follow from the two names.
"""

from collections.abc import Iterator, Mapping

from torch import Tensor

from datatools.errors import WeightsError
from datatools.student.extremec3net import ExtremeC3Net
from datatools.student.preprocess import Preprocessing

SHA256 = "52ff1681c7f65899f203106a64562c3a709172f3a65aa1ad5bef7bb9a22a39db"
N_TENSORS = 405
LICENCE = "MIT, NAVER Corp."

PREPROCESSING = Preprocessing(
    size_px=224,
    channel_order="BGR",
    mean=(107.304565, 115.69884, 132.35703),
    std=(63.97182, 65.1337, 68.29726),
    divisor=255.0,
    resize="bilinear",
)

_NORM = ("weight", "bias", "running_mean", "running_var")
_WEIGHT = ("weight",)

# Inside a C3 their layers are numbered in order of execution; with dilation 1 there are two of them.
_C3_DILATED = {
    "column": "0",
    "column_norm": "1",
    "column_act": "2",
    "row": "3",
    "row_norm": "4",
    "dilated": "5",
    "pointwise": "6",
}
_C3_PLAIN = {"dilated": "0", "pointwise": "1"}
_BRANCHES = {"near": "d1", "middle": "d2", "far": "d3"}


def _c3_block(
    ours: str, theirs: str, *, is_first_plain: bool, closed_by: str = "bn."
) -> Iterator[tuple[str, str]]:
    """Pair the modules of one AdvancedC3; ``closed_by``: their holder of the closing norm, if any."""
    yield f"{ours}.reduce", f"{theirs}.c1.conv"
    for branch, letter in _BRANCHES.items():
        layers = _C3_PLAIN if is_first_plain and branch == "near" else _C3_DILATED
        for layer, number in layers.items():
            yield f"{ours}.{branch}.{layer}", f"{theirs}.{letter}.conv.{number}"
    yield f"{ours}.close.norm", f"{theirs}.{closed_by}bn"
    yield f"{ours}.close.act", f"{theirs}.{closed_by}act"


def _norm_act(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    yield f"{ours}.norm", f"{theirs}.bn"
    yield f"{ours}.act", f"{theirs}.act"


def _modules() -> Iterator[tuple[str, str]]:
    """Pair every module that has tensors: our name, their name."""
    yield "encoder.stem.0", "encoder.level1.conv"
    yield from _norm_act("encoder.stem.1", "encoder.level1")
    yield from _norm_act("encoder.join_2", "encoder.b1")
    # Their down-sampling block holds the closing norm itself, the other blocks in a submodule.
    yield from _c3_block("encoder.down_4", "encoder.level2_0", is_first_plain=True, closed_by="")
    yield from _c3_block("encoder.blocks_4.0", "encoder.level2.0", is_first_plain=True)
    yield from _norm_act("encoder.join_4", "encoder.b2")
    yield from _c3_block("encoder.widen", "encoder.level3_0", is_first_plain=True)
    for number in range(5):
        ours, theirs = f"encoder.blocks_8.{number}", f"encoder.level3.{number}"
        yield from _c3_block(ours, theirs, is_first_plain=False)
    yield from _norm_act("encoder.join_8", "encoder.b3")
    yield "project.0", "upsample.0"
    yield "project.1", "upsample.1"
    yield "fine.0", "Fine.0.conv"
    yield from _c3_block("fine.1", "Fine.1", is_first_plain=False)
    yield from _norm_act("join", "classifier.0")
    yield "classify", "classifier.2"


def key_map() -> dict[str, str]:
    """Map each of our tensor names to the authors' name; 405 pairs."""
    found: dict[str, str] = {}
    for ours, theirs in _modules():
        is_norm = ours.endswith("norm") or ours == "project.1"
        for tensor in _NORM if is_norm else _WEIGHT:
            found[f"{ours}.{tensor}"] = f"{theirs}.{tensor}"
    return found


def is_published(state: Mapping[str, object]) -> bool:
    """Say whether these are the authors' keys, to the last one."""
    return set(state) == set(key_map().values())


def network(state: Mapping[str, Tensor]) -> ExtremeC3Net:
    """Make the network with the authors' weights, ready for inference.

    Raises:
        WeightsError: a tensor is missing, unknown or of another shape.
    """
    pairs = key_map()
    if not is_published(state):
        missing = sorted(set(pairs.values()) - set(state))[:3]
        unknown = sorted(set(state) - set(pairs.values()))[:3]
        raise WeightsError(
            f"expected the {N_TENSORS} tensors of the published ExtremeC3Net, got {len(state)}: "
            f"missing {missing}, unknown {unknown}"
        )
    net = ExtremeC3Net()
    renamed = {ours: state[theirs] for ours, theirs in pairs.items()}
    # Their file has no counters of batches; ours start at 0 and are used by training alone.
    counters = {
        name: value for name, value in net.state_dict().items() if name.endswith("num_batches_tracked")
    }
    try:
        net.load_state_dict(renamed | counters)
    except RuntimeError as error:
        raise WeightsError(f"the published weights do not fit ExtremeC3Net: {error}") from error
    return net.eval()
