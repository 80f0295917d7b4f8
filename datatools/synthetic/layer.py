"""What does one person look like, cut out: colour and coverage of every oversampled pixel?"""

import numpy as np

from datatools.synthetic import beard, cloth, covering, eyes, glasses, hair, lighting, skin
from datatools.synthetic.arrays import Floats, f32, mix, normalised
from datatools.synthetic.figure import Figure, Part
from datatools.synthetic.mesh import Camera, Fragments, rasterise
from datatools.synthetic.scene import Light
from datatools.synthetic.strands import draw as draw_strands


def draw(person: Figure, camera: Camera, light: Light, shape: tuple[int, int]) -> Floats:
    """Draw a person on an oversampled canvas.

    Gives (H, W, 4): linear colour, premultiplied with coverage, and coverage.
    """
    mesh = person.mesh
    projected = camera.project(mesh.vertices)
    fragments = rasterise(projected, mesh.faces, shape)
    key = lighting.reached(mesh.vertices, person.normals, mesh.vertices, lighting.key_direction(light))
    sky = lighting.sky_reached(mesh.vertices, person.normals, mesh.vertices)
    light_share = np.stack([person.smoothed(key), person.smoothed(sky)], axis=1)
    varying = fragments.take(mesh, np.concatenate([mesh.rest, person.normals, light_share], axis=1))
    drawn = np.zeros((shape[0] * shape[1], 4), np.float32)
    drawn[fragments.pixels, :3] = _shaded(person, fragments, varying, light)
    drawn[fragments.pixels, 3] = 1
    depth = np.full(shape[0] * shape[1], -np.inf, np.float32)
    depth[fragments.pixels] = fragments.depth
    picture, nearest = drawn.reshape(*shape, 4), depth.reshape(shape)
    rng = np.random.default_rng(person.identity.seed)
    tolerance_cm = 0.0 if person.identity.has_covering else 0.9
    for strands, tolerance in (
        (beard.grow(person, rng), 0.4),
        (glasses.build(person), 0.1),
        (hair.grow(person, rng), tolerance_cm),
    ):
        if strands is None:
            continue
        lit = lighting.reached(
            strands.points[:, -1], strands.outward[:, -1], mesh.vertices, lighting.key_direction(light)
        )
        behind, before = draw_strands(strands, camera, light, lit, nearest, tolerance_cm=tolerance)
        behind.under(picture)
        before.over(picture)
    return picture


def over(upper: Floats, lower: Floats) -> Floats:
    """Lay one premultiplied picture (H, W, 4) over another."""
    return f32(upper + lower * (1 - upper[..., 3:]))


def _shaded(person: Figure, fragments: Fragments, varying: Floats, light: Light) -> Floats:
    """Give the linear colour (k, 3) of the fragments."""
    rest, normals = varying[:, :3], normalised(varying[:, 3:6])
    part = person.parts[fragments.triangles]
    identity, pose = person.identity, person.pose
    albedo = np.empty((len(rest), 3), np.float32)
    gloss = np.empty(len(rest), np.float32)
    translucency = np.ones(len(rest), np.float32)
    sharpness = np.full(len(rest), 14, np.float32)
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
    surface = lighting.Surface(albedo, gloss, sharpness, translucency)
    lit = lighting.shade(surface, normals, varying[:, 6], varying[:, 7], light)
    return f32(lit + mirrored[:, None] * lighting.key_colour(light) * (0.35 + 0.6 * light.key))
