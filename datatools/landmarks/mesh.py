"""Find faces with MediaPipe's detector and lay its mesh of 468 points over each.

For those who may not use dlib's 68-point model commercially: both networks are under Apache-2.0. They
come by `datatools teachers pull face_detector face_mesh`.
"""

import threading

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from datatools import tables
from datatools.cache import WheelWeights
from datatools.landmarks._ssd import Detection, anchors, decode, merge
from datatools.masks import RGB, Face, Landmarks

LICENCE = "Apache-2.0"
_WHEEL = "mediapipe==0.10.14"
_DETECTOR = WheelWeights(
    name="face_detector",
    file="face_detection_short_range.tflite",
    requirement=_WHEEL,
    member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
    n_bytes=229_714,
    sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    licence=LICENCE,
    source="MediaPipe face detection (BlazeFace, short range), out of the Python wheel mediapipe 0.10.14",
    note="finds faces for the finder `mesh` of the stage `landmarks`",
)
_MESH = WheelWeights(
    name="face_mesh",
    file="face_landmark.tflite",
    requirement=_WHEEL,
    member="mediapipe/modules/face_landmark/face_landmark.tflite",
    n_bytes=1_242_398,
    sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    licence=LICENCE,
    source="MediaPipe face mesh, out of the Python wheel mediapipe 0.10.14",
    note="468 landmarks for the finder `mesh` of the stage `landmarks`",
)
WEIGHTS = (_DETECTOR, _MESH)

# As in MediaPipe's own graphs face_detection_short_range and face_landmark.
_DETECTOR_SIDE_PX, _MESH_SIDE_PX = 128, 192
_LAYERS = ((8, 2), (16, 6))  # strides 16, 16, 16 share one grid, two anchors each
_MIN_SCORE, _MIN_OVERLAP, _MIN_PRESENCE = 0.5, 0.3, 0.5
_CROP_PER_BOX = 1.5
_RIGHT_EYE, _LEFT_EYE = 0, 1  # of the detector's six key points, named from the person's side
# A closer look at quarters of the picture finds faces that a square of 128 px shows too small.
_TILE_FRAC = 0.6


class Mesh:
    """MediaPipe's face detector and face mesh on LiteRT, each call on one thread."""

    name = "mesh"
    scheme = "mesh468"
    licence = LICENCE

    def __init__(self) -> None:
        self._detector = _Network(_DETECTOR.read())
        self._mesh = _Network(_MESH.read())
        self._centres = anchors(_DETECTOR_SIDE_PX, _LAYERS)
        settings = (_MIN_SCORE, _MIN_OVERLAP, _MIN_PRESENCE, _CROP_PER_BOX, _TILE_FRAC)
        self.fingerprint = tables.fingerprint(self.name, 2, *(one.sha256 for one in WEIGHTS), settings)

    def faces(self, image: RGB) -> list[Face]:
        height, width = image.shape[:2]
        found = self._look(image, (0, 0, width, height))
        closer = [one for window in _tiles(width, height) for one in self._look(image, window)]
        others = [one for one in closer if not any(_is_part(one, whole) for whole in found)]
        found += merge(sorted(others, key=lambda one: -one.score), _MIN_OVERLAP)
        faces = [face for one in found if (face := self._face(image, one)) is not None]
        return sorted(faces, key=lambda face: (-face.area_px, face.box))

    def _look(self, image: RGB, window: tuple[int, int, int, int]) -> list[Detection]:
        """Give the detections in a window (x0, y0, x1, y1) of the picture, in the picture's px."""
        x0, y0, x1, y1 = window
        side = max(x1 - x0, y1 - y0)
        scale = _DETECTOR_SIDE_PX / side
        # Square by black bars, as in MediaPipe: the detector was trained so.
        shift = np.array([side - (x1 - x0), side - (y1 - y0)]) / 2
        move = np.array([[scale, 0, scale * shift[0]], [0, scale, scale * shift[1]]])
        part = image[y0:y1, x0:x1]
        if scale < 1:  # warping alone would skip pixels
            size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
            move = np.array([[1, 0, scale * shift[0]], [0, 1, scale * shift[1]]])
        square = cv2.warpAffine(part, move, (_DETECTOR_SIDE_PX, _DETECTOR_SIDE_PX))
        offsets, logits = self._detector.run(np.asarray(square / 127.5 - 1, np.float32))
        found = decode(
            offsets.reshape(len(self._centres), -1),
            logits.ravel(),
            self._centres,
            _DETECTOR_SIDE_PX,
            _MIN_SCORE,
        )
        origin = np.array([x0, y0]) - shift
        return [
            Detection(
                (one.box * side + np.tile(origin, 2)).astype(np.float32),
                (one.points * side + origin).astype(np.float32),
                one.score,
            )
            for one in merge(found, _MIN_OVERLAP)
        ]

    def _face(self, image: RGB, seen: Detection) -> Face | None:
        """Lay the mesh over one detection; None where the mesh sees no face there."""
        to_crop = _upright(seen)
        side = (_MESH_SIDE_PX, _MESH_SIDE_PX)
        crop = cv2.warpAffine(image, to_crop, side, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        points, presence = self._mesh.run(np.asarray(crop / 255, np.float32))
        if 1 / (1 + np.exp(-float(presence.item()))) < _MIN_PRESENCE:
            return None
        flat = points.reshape(-1, 3)[:, :2].astype(np.float64)  # (468, 2) px of the crop
        back = cv2.invertAffineTransform(to_crop)
        placed = flat @ back[:, :2].T + back[:, 2] - 0.5  # a point names a pixel's centre
        x0, y0, x1, y1 = (float(edge) for edge in seen.box)
        return Face((x0, y0, x1, y1), Landmarks(placed.astype(np.float32), self.scheme), seen.score)


class _Network:
    """A TFLite network with one input; its outputs in the file's order. Each thread has its interpreter."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._own = threading.local()

    def run(self, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        if not hasattr(self._own, "interpreter"):
            self._own.interpreter = Interpreter(model_content=self._content)
            self._own.interpreter.allocate_tensors()
        interpreter = self._own.interpreter
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
        interpreter.invoke()
        outputs = interpreter.get_output_details()
        return [np.array(interpreter.get_tensor(output["index"]), np.float32) for output in outputs]


def _is_part(one: Detection, whole: Detection) -> bool:
    """Say whether a detection's middle lies in another's box: a quarter may show a face in part."""
    middle = one.box.reshape(2, 2).mean(axis=0)
    return bool((whole.box[:2] < middle).all() and (middle < whole.box[2:]).all())


def _upright(seen: Detection) -> NDArray[np.float64]:
    """Give the affine map (2, 3) from the picture to the mesh's crop, eyes level, face in the middle."""
    x0, y0, x1, y1 = seen.box.tolist()
    across = seen.points[_LEFT_EYE] - seen.points[_RIGHT_EYE]
    angle = float(np.arctan2(across[1], across[0]))
    scale = _MESH_SIDE_PX / max(1e-3, _CROP_PER_BOX * max(x1 - x0, y1 - y0))
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    return np.column_stack([turn, _MESH_SIDE_PX / 2 - turn @ middle])


def _tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Give four overlapping windows that cover the picture."""
    across, down = max(1, round(width * _TILE_FRAC)), max(1, round(height * _TILE_FRAC))
    return [
        (x, y, x + across, y + down) for y in sorted({0, height - down}) for x in sorted({0, width - across})
    ]


build = Mesh
