"""Prints what TensorBoard itself reads from a folder of event files, as JSON.

    python read_events.py FOLDER
"""

import io
import json
import sys

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def points(events, value):
    return [{"step": event.step, **value(event)} for event in events]


def histogram(event):
    h = event.histogram_value
    return {
        "min": h.min,
        "max": h.max,
        "num": h.num,
        "sum": h.sum,
        "sum_squares": h.sum_squares,
        "limits": list(h.bucket_limit),
        "counts": list(h.bucket),
    }


def picture(event):
    pixels = Image.open(io.BytesIO(event.encoded_image_string)).convert("RGB")
    said = [event.width, event.height]
    return {"said": said, "size": list(pixels.size), "pixels": list(pixels.tobytes())}


# Sizes of 0 keep every event.
events = EventAccumulator(sys.argv[1], size_guidance={kind: 0 for kind in ("scalars", "histograms", "images")})
events.Reload()
tags = events.Tags()
print(
    json.dumps(
        {
            "scalars": {
                tag: points(events.Scalars(tag), lambda e: {"value": e.value, "wall_time": e.wall_time})
                for tag in tags["scalars"]
            },
            "histograms": {tag: points(events.Histograms(tag), histogram) for tag in tags["histograms"]},
            "images": {tag: points(events.Images(tag), picture) for tag in tags["images"]},
        }
    )
)
