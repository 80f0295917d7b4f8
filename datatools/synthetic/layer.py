"""What does one person look like, cut out: colour and coverage of every oversampled pixel?"""

from dataclasses import dataclass

import numpy as np

from datatools.synthetic import beard, cloth, covering, eyes, glasses, hair, lighting, skin
from datatools.synthetic.arrays import Floats, f32, mix, normalised
from datatools.synthetic.figure import Figure, Part
from datatools.synthetic.mesh import Camera, Fragments, rasterise
from datatools.synthetic.scene import Light
from datatools.synthetic.strands import Strands
from datatools.synthetic.strands import draw as draw_strands


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A person on an oversampled canvas, before any light falls on them."""

    person: Figure
    camera: Camera
    fragments: Fragments
    rest: Floats  # (k, 3) each fragment's place on the average head or body
    normals: Floats  # (k, 3)
    sky: Floats  # (k,) share of the light from all round that arrives
    nearest: Floats  # (H, W) depth of the surfaces, -inf where there are none
    hairs: tuple[tuple[Strands, float], ...]  # each with its depth tolerance in cm


def place(person: Figure, camera: Camera, shape: tuple[int, int]) -> Placed:
    """Find what shows of a person on a canvas (H, W) of oversampled pixels."""
    mesh = person.mesh
    fragments = rasterise(camera.project(mesh.vertices), mesh.faces, shape)
    seen = person.seen
    sky = np.full(len(mesh.vertices), 0.5, np.float32)
    sky[seen] = lighting.sky_reached(mesh.vertices[seen], person.normals[seen], mesh.vertices)
    varying = np.concatenate([mesh.rest, person.normals, person.smoothed(sky)[:, None]], axis=1)
    varying = fragments.take(mesh, varying)
    nearest = np.full(shape[0] * shape[1], -np.inf, np.float32)
    nearest[fragments.pixels] = fragments.depth
    rng = np.random.default_rng(person.identity.seed)
    grown = (
        (beard.grow(person, rng), 0.4),
        (glasses.build(person), 0.1),
        (hair.grow(person, rng), 0.0 if person.identity.has_covering else 0.9),
    )
    return Placed(
        person=person,
        camera=camera,
        fragments=fragments,
        rest=f32(varying[:, :3]),
        normals=normalised(varying[:, 3:6]),
        sky=f32(varying[:, 6]),
        nearest=nearest.reshape(shape),
        hairs=tuple((strands, tolerance_cm) for strands, tolerance_cm in grown if strands is not None),
    )


def draw(placed: Placed, light: Light) -> Floats:
    """Light a person and draw them: (H, W, 4), premultiplied linear colour and coverage."""
    person, mesh, towards = placed.person, placed.person.mesh, lighting.key_direction(light)
    seen = person.seen
    key = np.full((len(mesh.vertices), 1), 0.5, np.float32)
    key[seen, 0] = lighting.reached(mesh.vertices[seen], person.normals[seen], mesh.vertices, towards)
    key = placed.fragments.take(mesh, person.smoothed(key[:, 0])[:, None])
    picture = np.zeros((*placed.nearest.shape, 4), np.float32)
    flat = picture.reshape(-1, 4)
    flat[placed.fragments.pixels, :3] = _shaded(placed, key[:, 0], light)
    flat[placed.fragments.pixels, 3] = 1
    for strands, tolerance_cm in placed.hairs:
        lit = lighting.reached(strands.points[:, -1], strands.outward[:, -1], mesh.vertices, towards)
        behind, before = draw_strands(
            strands, placed.camera, light, lit, placed.nearest, tolerance_cm=tolerance_cm
        )
        behind.under(picture)
        before.over(picture)
    return picture


def over(upper: Floats, lower: Floats) -> Floats:
    """Lay one premultiplied picture (H, W, 4) over another."""
    return f32(upper + lower * (1 - upper[..., 3:]))


def _shaded(placed: Placed, key: Floats, light: Light) -> Floats:
    """Give the linear colour (k, 3) of the fragments; ``key`` (k,) is the key light that arrives."""
    person, rest = placed.person, placed.rest
    part = person.parts[placed.fragments.triangles]
    identity, pose = person.identity, person.pose
    albedo = np.empty((len(rest), 3), np.float32)
    gloss = np.empty(len(rest), np.float32)
    translucency = np.ones(len(rest), np.float32)
    mirrored = np.zeros(len(rest), np.float32)
    is_head, is_body = np.flatnonzero(part == Part.HEAD), np.flatnonzero(part == Part.BODY)
    is_ear = np.flatnonzero(part == Part.EAR)
    face, shine = skin.paint(identity, pose, rest[is_head])
    toward = f32(lighting.key_direction(light) @ person.turn)
    albedo[is_head], gloss[is_head], mirrored[is_head] = eyes.paint(
        identity, pose, rest[is_head], toward, face, shine
    )
    plain = skin.base_colour(identity)
    albedo[is_ear], gloss[is_ear] = plain * f32([1.02, 0.86, 0.84]), 0.1
    coat, coat_gloss, covered = cloth.paint(pose, rest[is_body])
    albedo[is_body] = mix(plain * 0.95, coat, covered[:, None])
    gloss[is_body] = mix(0.12, coat_gloss, covered)
    translucency[is_body] = 1 - covered
    is_cover = np.flatnonzero(part == Part.COVERING)
    albedo[is_cover], gloss[is_cover] = covering.paint(identity, rest[is_cover])
    translucency[is_cover] = 0
    surface = lighting.Surface(albedo, gloss, translucency)
    lit = lighting.shade(surface, placed.normals, key, placed.sky, light)
    return f32(lit + mirrored[:, None] * lighting.key_colour(light) * (0.35 + 0.6 * light.key))
