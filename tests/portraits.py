"""Render portraits in which a face can be found, each once a test run."""

import functools

import numpy as np

from datatools.synthetic.identity import sample_identity
from datatools.synthetic.portrait import Portrait, render
from datatools.synthetic.scene import sample_scene


@functools.cache
def rendered(seed: int) -> Portrait:
    """Give a small rendered portrait of one person; do not write into its arrays."""
    rng = np.random.default_rng(seed)
    return render(sample_identity(rng, monk_tone=1 + seed % 10), sample_scene(rng, 256, 300))
