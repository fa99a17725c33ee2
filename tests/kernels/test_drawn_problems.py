"""Random windows, several in one module: every kernel against ONNX Runtime."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import Case, check
from test_channelwise import depthwise_case, pool_case
from test_dense import conv_case

PROBLEMS_PER_MODULE = 10
drawn = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def windows(draw: Callable, channels: st.SearchStrategy[int]) -> dict[str, tuple[int, ...]]:
    """Input shape and attributes of a window operator of one to three spatial axes whose output is not empty."""
    rank = draw(st.integers(1, 3))

    def per_axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    kernel, strides, dilations = per_axis(1, 5 if rank < 3 else 3), per_axis(1, 3), per_axis(1, 2)
    pads = tuple(min(draw(st.integers(0, 3)), kernel[i % rank] - 1) for i in range(2 * rank))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True)]
    extra = per_axis(0, {1: 60, 2: 25, 3: 9}[rank])
    spatial = tuple(max(1, reach[i] - pads[i] - pads[rank + i]) + extra[i] for i in range(rank))
    shape = (draw(st.integers(1, 2)), draw(channels), *spatial)
    return {"input_shape": shape, "kernel": kernel, "strides": strides, "dilations": dilations, "pads": pads}


@st.composite
def convolutions(draw: Callable) -> Case:
    group = draw(st.sampled_from([1, 1, 1, 2, 3]))
    window = draw(windows(st.integers(1, 12).map(lambda n: n * group)))
    filters = group * draw(st.integers(1, 70))
    return conv_case(
        **window, filters=filters, group=group, bias=draw(st.booleans()), channels_first=draw(st.booleans())
    )


@st.composite
def channelwise(draw: Callable) -> Case:
    window = draw(windows(st.integers(2, 70)))
    match draw(st.sampled_from(["depthwise", "max", "average"])):
        case "depthwise":
            return depthwise_case(**window, fused=draw(st.booleans()))
        case "max":
            return pool_case("max", **window)
    return pool_case("average", **window, count_include_pad=draw(st.booleans()))


def modules(problems: st.SearchStrategy[Case]) -> st.SearchStrategy[list[Case]]:
    return st.lists(problems, min_size=PROBLEMS_PER_MODULE, max_size=PROBLEMS_PER_MODULE)


@drawn
@given(modules(convolutions()))
def test_convolutions(cases: list[Case]) -> None:
    check(cases)


@drawn
@given(modules(channelwise()))
def test_channelwise(cases: list[Case]) -> None:
    check(cases)
