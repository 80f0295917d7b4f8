"""Where do beards grow, and how long?"""

import numpy as np

from datatools.synthetic import shape
from datatools.synthetic.arrays import Floats, bump, curve, f32, normalised, smoothstep, srgb
from datatools.synthetic.figure import Figure, head_to_camera
from datatools.synthetic.identity import Beard, Identity
from datatools.synthetic.roots import draw_roots
from datatools.synthetic.strands import Strands

_LENGTH_CM: dict[Beard, float] = {"moustache": 0.7, "short": 0.75, "full": 2.6}
_POINTS = 5


def region(beard: Beard, rest: Floats) -> Floats:
    """Give where a beard grows (n,), 0 to 1, at points of the average head."""
    x, y, z = rest.T
    side = np.abs(x)
    moustache = smoothstep(-5.95 - 0.22 * side, -5.7 - 0.22 * side, y) * smoothstep(
        -4.9, -5.25, y + 0.3 * side
    )
    moustache *= smoothstep(3.1, 2.7, side) * smoothstep(3, 5, z)
    if beard == "moustache":
        return f32(moustache)
    # From the sideburns down the cheeks to the corners of the mouth, and under the jaw to the throat.
    cheek = curve(
        side, [(0, -8.15), (1.2, -8.3), (2.2, -7.9), (2.9, -6.9), (3.6, -6.2), (5.2, -4.4), (6.6, -0.5)]
    )
    jaw = smoothstep(0.15, -0.5, y - cheek) * smoothstep(0.4, 1.6, z + 0.35 * (-8 - y))
    mouth = smoothstep(0.85, 1.05, np.hypot(x / 2.75, (y + 6.9) / 1.15))
    bare = 0.75 * bump(side, 1.2, 0.45) * bump(y, -8.35, 0.3)  # beside the tuft under the lip
    return f32(np.maximum(moustache, jaw * mouth * (1 - bare)))


def shadow(identity: Identity, rest: Floats) -> Floats:
    """Give how dark (n,) the roots make the skin, 0 to 1."""
    if identity.beard == "none":
        return np.zeros(len(rest), np.float32)
    strength = {"stubble": 0.4, "moustache": 0.75, "short": 0.7, "full": 0.85}[identity.beard]
    return f32(strength * region("short" if identity.beard == "stubble" else identity.beard, rest))


def grow(person: Figure, rng: np.random.Generator) -> Strands | None:
    """Grow a person's beard; None where it is too short to draw hair by hair."""
    identity = person.identity
    if identity.beard not in _LENGTH_CM:
        return None
    n = {"moustache": 1300, "short": 4200, "full": 5000}[identity.beard]
    root, outward = draw_roots(lambda rest: region(identity.beard, rest), n, rng)
    length = f32(_LENGTH_CM[identity.beard] * rng.uniform(0.6, 1.2, n))
    chin = smoothstep(-7.0, -10.5, root[:, 1])
    length = f32(length * (0.55 + 0.75 * chin)) if identity.beard == "full" else length
    side = np.tanh(root[:, 0] * 1.2)
    is_lip = root[:, 1] > -6.3
    aside = np.where(is_lip & (np.abs(root[:, 0]) < 3), 0.9, 0.25) * side
    flow = np.stack([aside, np.full(n, -1.0), np.full(n, 0.1)], axis=1)
    flow = normalised(f32(flow + 0.75 * outward + 0.22 * rng.standard_normal((n, 3))))
    along = f32(np.linspace(0, 1, _POINTS))[None, :, None]
    bend = f32([0, -1, 0]) * (0.5 * along**2)
    points = root[:, None] + (flow[:, None] * along + bend) * length[:, None, None]
    posed = head_to_camera(person.pose, shape.deform(identity, person.pose, f32(points.reshape(-1, 3))))
    turned = f32(outward @ person.turn.T)
    exposure = f32(0.3 + 0.7 * rng.random(n))
    tone = f32(np.clip(1 + 0.25 * rng.standard_normal(n), 0.4, 1.7))
    width = f32(0.05 * rng.uniform(0.7, 1.3, n))
    colour = f32(srgb(*identity.hair_colour)) * 0.95
    normals = np.repeat(turned[:, None], _POINTS, axis=1)
    return Strands(posed.reshape(n, _POINTS, 3), f32(normals), exposure, tone, width, f32(colour))
