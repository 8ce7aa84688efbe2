"""What a dream will take, from its operations and this machine's speed, reported before the first step."""

from deepdream import runtime
from deepdream.gradient import speed
from deepdream.pipeline import execution
from deepdream.pipeline.events import Estimate
from deepdream.pipeline.request import Request


def estimate(request: Request) -> Estimate:
    """The time of all steps and the peak of memory."""
    rate = speed.operations_per_second()
    return Estimate(
        device=runtime.device(),
        network=request.network.name,
        sizes=request.sizes,
        steps=request.steps,
        seconds=execution.seconds(request.execution.algorithms, request.octaves, rate),
        memory=request.execution.memory,
    )
