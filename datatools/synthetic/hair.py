"""How does hair grow and fall?

Hairs grow from the scalp of the average head, follow a flow (comb and gravity) and slide over the
head and the shoulders. Everything is computed for all hairs at once.
"""

import numpy as np

from datatools.synthetic import covering, shape
from datatools.synthetic.arrays import Floats, bump, curve, f32, normalised, smoothstep, srgb
from datatools.synthetic.figure import Figure, body_to_camera
from datatools.synthetic.haircut import Style, style_of
from datatools.synthetic.identity import Identity
from datatools.synthetic.noise import look_up
from datatools.synthetic.roots import draw_roots
from datatools.synthetic.strands import Strands

_SKULL = (f32([0, 2.5, -0.8]), f32([7.35, 8.6, 8.9]))  # centre and radii that hair slides over
_FACE = (f32([0, -3.6, 0.8]), f32([6.7, 8.2, 8.0]))
# Height of the hairline at places from the back (z < 0) to the front of the average head, cm: nape,
# behind and over the ear, sideburn, temple, forehead.
_HAIRLINE = (
    (-10, -6.2),
    (-5, -5.4),
    (-2.8, -2.6),
    (-1.4, 1.6),
    (1.0, 1.9),
    (2.4, -0.6),
    (3.4, 0.8),
    (4.4, 3.0),
    (5.8, 5.0),
    (7.4, 6.0),
    (9, 6.5),
)


def scalp(identity: Identity, rest: Floats) -> Floats:
    """Give where hair grows (n,), 0 to 1, at points of the average head."""
    x, y, z = rest.T
    line = curve(z, _HAIRLINE)
    if identity.gender == "male":
        recede = 1.6 * float(smoothstep(25, 65, identity.age)) * (0.6 + 0.4 * np.sign(identity.shape[3]))
        line = line + recede * bump(z, 5.6, 1.3) + 0.8 * recede * smoothstep(6, 8, z)
    else:
        line = line + 0.9 * bump(z, 2.6, 1.0)
    ragged = 0.28 * look_up("cloud", 3 * x, 3 * y + identity.seed % 71, 14)
    return smoothstep(-0.35, 0.55, y - line + ragged)


def _slide(points: Floats, centre: Floats, radii: Floats, height: Floats, *, lies_above: float) -> Floats:
    """Push points (n, 3) that are inside an ellipsoid grown by ``height`` (n,) cm out of it.

    Points higher than ``lies_above`` are pulled onto it too: combed hair lies on the head.
    """
    grown = radii + height[:, None]
    offset = (points - centre) / grown
    depth = np.sqrt(np.einsum("ij,ij->i", offset, offset))
    is_moved = (depth < 1) | (points[:, 1] > lies_above)
    return f32(np.where(is_moved[:, None], centre + offset / np.maximum(depth, 0.3)[:, None] * grown, points))


def _beside_the_face(points: Floats, away: Floats, exposure: Floats, strength: float) -> Floats:
    """Keep points off the face.

    ``away`` (n,) is the side that each hair is combed to; ``strength`` 0 leaves points where they are.
    """
    x, y, z = points.T
    nearest = curve(y, [(-12, 3.8), (-9, 4.6), (-5, 5.6), (0, 5.9), (3.5, 5.2), (5.5, 2.5), (7.0, 0.0)])
    is_before = (z > 1.5) & (y < 7.0)
    beside = np.where(is_before, np.maximum(x * away, nearest + 0.8 * exposure), x * away)
    moved = points.copy()
    moved[:, 0] = x + strength * (away * beside - x)
    return moved


def _close_to_the_head(points: Floats, exposure: Floats, strength: float) -> Floats:
    """Keep hanging hair from spreading, and let it fall over the ears, not over the cheeks."""
    x, y, z = points.T
    farthest = curve(y, [(-36, 10.0), (-22, 8.6), (-12, 7.4), (-4, 7.4), (2, 7.8), (6, 12.0)])
    farthest = farthest + 1.6 * exposure
    foremost = curve(y, [(-16, 6.0), (-12, 2.2), (-3, 2.0), (1, 3.4), (4, 6.0), (7, 10.0)]) + 0.8 * exposure
    moved = points.copy()
    moved[:, 0] = x + strength * (np.clip(x, -farthest, farthest) - x)
    moved[:, 2] = z + strength * (np.minimum(z, foremost) - z)
    return moved


def _off_the_body(points: Floats, height: Floats) -> Floats:
    """Keep points off the shoulders: hair lies on the chest or on the back."""
    x, y, z = points.T
    half_width = curve(y, [(-40, 22), (-24, 20.6), (-20, 14.6), (-17, 8), (-14, 6), (-9, 5.3)])
    inside = np.clip(1 - (np.abs(x) / half_width) ** 2.5, 0, 1) ** 0.4
    depth = curve(y, [(-40, 11), (-27, 9.6), (-22, 7.4), (-18, 6.3), (-9, 5.2)]) * inside
    middle = curve(y, [(-30, -3), (-18, -3), (-9, -1.2)])
    front, back = middle + depth + 0.7 + 0.6 * height, middle - depth - 0.7
    is_front = z > middle - 1.0
    pushed = np.where(is_front, np.maximum(z, front), np.minimum(z, back))
    moved = points.copy()
    moved[:, 2] = np.where((y < -10) & (inside > 0), pushed, z)
    return moved


def grow(person: Figure, rng: np.random.Generator) -> Strands | None:
    """Grow a person's hair; None for a bald or fully covered head."""
    identity = person.identity
    style = style_of(identity)
    if style is None or identity.covering in ("hijab", "turban"):
        return None
    n, t = style.n_strands, int(np.clip(5 * style.curl_turns, 10, 22))
    root, outward = draw_roots(lambda rest: scalp(identity, rest), n, rng)
    on_top = smoothstep(1.0, 6.0, root[:, 1])
    length = f32(style.side_length + (style.length - style.side_length) * on_top)
    length *= f32(rng.uniform(0.75, 1.08, n))
    exposure = f32(rng.random(n) ** 0.6)
    lift = f32((style.side_lift + (style.lift - style.side_lift) * on_top) * (0.12 + 0.88 * exposure))
    flow = _comb(identity, style, root, rng)
    points = np.empty((n, t, 3), np.float32)
    points[:, 0] = root
    step = (length / (t - 1))[:, None]
    away = np.sign(root[:, 0] - 3.4 * identity.hair_part)
    here = root
    for k in range(1, t):
        done = k / (t - 1)
        height = f32(lift * (min(1.0, 0.35 + 2.2 * done) if style.length > 8 else done**0.5))
        # Hair leaves the skin, is combed, and then falls; lower down it only falls.
        falls = style.gravity * (smoothstep(0.0, 0.45, done) + smoothstep(3, -3, here[:, 1]))
        way = f32(flow * (1 - 0.85 * np.minimum(falls, 1))[:, None])
        way[:, 1] -= 1.1 * falls
        way[:, 0] -= 0.34 * np.tanh(here[:, 0] / 5) * smoothstep(1, -5, here[:, 1]) * style.gravity
        if identity.has_covering:  # pressed flat
            height = f32(height * (1 - 0.9 * covering.hides(identity.covering, here)))
        stands = f32(2.4 * (1 - done) * lift / np.maximum(length, 1))
        way = f32(way + outward * stands[:, None])
        here = f32(here + normalised(way) * step)
        here = _slide(here, *_SKULL, height, lies_above=-1.5 if style.gravity > 0.7 else np.inf)
        if style.length > 6:
            here = _slide(here, *_FACE, 0.35 * height, lies_above=np.inf)
        here = _beside_the_face(here, away, exposure, min(1.0, 2.0 * done))
        if style.gravity > 0.7:
            here = _close_to_the_head(here, exposure, min(1.0, 2.0 * done))
        here = _off_the_body(here, exposure) if style.length > 12 else here
        points[:, k] = here
    points += _curls(style, n, t, rng)
    if identity.has_covering:
        points = _tucked(identity, points)
    placed = body_to_camera(
        person.pose, shape.stretch(identity, points.reshape(-1, 3), points.reshape(-1, 3))
    )
    centre = body_to_camera(person.pose, f32([[0, 2.0, -0.8], [0, -20, -2.5]]))
    posed = placed.reshape(n, t, 3)
    above = smoothstep(-14, -2, points[..., 1])[..., None]
    volume = f32(posed - (centre[0] * above + centre[1] * (1 - above)))
    volume[..., 1] *= 0.25 + 0.75 * above[..., 0]
    clump = look_up("cloud", 2.2 * root[:, 0] + root[:, 2], 2.2 * root[:, 1], 10)
    tone = f32(np.clip(1 + 0.2 * clump + 0.16 * rng.standard_normal(n), 0.45, 1.7))
    width = f32(style.width * rng.uniform(0.7, 1.5, n) * (1.6 - 0.8 * exposure))
    colour = f32(srgb(*identity.hair_colour)) * 1.15
    return Strands(posed, normalised(volume), exposure, tone, width, f32(colour))


def _tucked(identity: Identity, points: Floats) -> Floats:
    """Shorten hairs (n, t, 3) to what a covering leaves out.

    Points under it move to the hair's next free point; without one, into the skull, where nothing shows.
    """
    n, t, _ = points.shape
    is_free = covering.hides(identity.covering, points.reshape(-1, 3)).reshape(n, t) < 0.08
    place = np.where(is_free, np.arange(t), t)
    following = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    moved = np.take_along_axis(points, np.minimum(following, t - 1)[..., None], axis=1)
    return f32(np.where((following < t)[..., None], moved, _SKULL[0]))


def _comb(identity: Identity, style: Style, root: Floats, rng: np.random.Generator) -> Floats:
    """Give the direction (n, 3) that hairs are combed in at their roots."""
    sideways, up, back = style.comb
    part = identity.hair_part * 3.4
    from_part = root[:, 0] - part
    away = np.tanh(from_part * 1.6)
    before = smoothstep(-4, 3, root[:, 2])
    flow = np.stack([sideways * away, np.full(len(root), up), np.full(len(root), back)], axis=1)
    flow[:, 2] += -0.5 * (1 - before)
    messy = np.stack(
        [look_up("cloud", root[:, 0], root[:, 1] + 3 * axis + root[:, 2], 13) for axis in range(3)], axis=1
    )
    return normalised(f32(flow + 1.5 * style.messy * messy + style.messy * rng.standard_normal(root.shape)))


def _curls(style: Style, n: int, t: int, rng: np.random.Generator) -> Floats:
    """Give the offsets (n, t, 3) of waves or curls along the hairs."""
    along = np.linspace(0, 1, t)[None, :]
    # Neighbouring hairs curl together: few phases, each shared by many.
    phase = rng.uniform(0, 2 * np.pi, 60)[rng.integers(0, 60, n)][:, None] + rng.normal(0, 0.5, (n, 1))
    turn = phase + 2 * np.pi * style.curl_turns * along * rng.uniform(0.8, 1.2, (n, 1))
    grown = style.curl * np.minimum(1, 3 * along)
    return f32(np.stack([grown * np.cos(turn), 0.6 * grown * np.sin(turn), grown * np.sin(turn)], axis=2))
