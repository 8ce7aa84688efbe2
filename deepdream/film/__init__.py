"""Moving pictures: films that dream calmly, and zooms without end.

In: `sources` (video, animations, folders of pictures). Out: `outputs`, by the table in `formats`. Between: `flow`,
`warp` and `cuts` (how the film moves), `coherence` (the next frame's dream from the last one's), `flashes` and
`measure` (what came of it), `journal` (resuming), `film` and `zoom` (the runs).
"""
