"""What a dream will take, from its operations and this machine's speed, reported before the first step."""

from deepdream import runtime
from deepdream.gradient import cost, speed
from deepdream.pipeline.events import Estimate
from deepdream.pipeline.request import Request


def estimate(request: Request) -> Estimate:
    """The time of all steps and the peak of memory."""
    seconds = sum(
        speed.seconds(algorithm, part.table, octave.steps * cost.operations(part.table, octave.shown))
        for octave, algorithm in zip(request.octaves, request.execution.algorithms, strict=True)
        for part in octave.parts
    )
    return Estimate(
        device=runtime.device(),
        network=request.network.name,
        sizes=request.sizes,
        steps=request.steps,
        seconds=seconds,
        memory=request.execution.memory,
    )
