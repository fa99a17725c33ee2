"""Every constraint of a back end, where it holds and where it does not."""

from dataclasses import replace
from typing import Any

import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS, LINALG, Capabilities, capabilities_of
from dnnf_mlir.fusion.constraints import border_reason, structural_reason, without_border_views
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import Size
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.kernels.kernel import Candidate
from dnnf_mlir.targets import get_target


def candidate(build: GraphBuilder, *returned: Value, capabilities: Capabilities = CPU_KERNELS) -> Candidate:
    """All nodes of the graph as one kernel; ``returned`` defaults to the last result."""
    return Candidate(build.nodes, frozenset(returned or build.nodes[-1].outputs), capabilities.vector)


def structural(build: GraphBuilder, *returned: Value, capabilities: Capabilities = CPU_KERNELS) -> str | None:
    return structural_reason(candidate(build, *returned, capabilities=capabilities), capabilities)


def border(build: GraphBuilder, *returned: Value, capabilities: Capabilities = CPU_KERNELS) -> str | None:
    return border_reason(candidate(build, *returned, capabilities=capabilities), capabilities)


def has(problem: str | None, words: str) -> bool:
    return problem is not None and words in problem


def test_targets_have_capabilities() -> None:
    phone, here = capabilities_of(get_target("arm64-android")), capabilities_of(get_target("host"))
    for found, name in ((phone, "arm64-android"), (here, "host")):
        vector = get_target(name).vector
        assert vector is not None
        assert found == replace(CPU_KERNELS, machine=found.machine, registers=vector.registers, vector=vector)
    assert phone.machine.flops_per_second <= here.machine.flops_per_second
    assert capabilities_of(get_target("vulkan-android")) is LINALG


@pytest.mark.parametrize("kind", ["onnx_node", "top_k"])
def test_operators_without_a_fused_form_stay_alone(kind: str) -> None:
    build = GraphBuilder()
    x = build.op(kind, build.input(4, 8))
    assert structural(build) is None
    build.op("relu", x)
    assert has(structural(build), f"{kind} has no form inside a fused kernel")


def test_concat_is_alone_unless_the_back_end_computes_its_operands() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 8))
    build.op("concat", x, x, shape=(8, 8), axis=0)
    assert has(structural(build), "concat is compiled alone")
    assert structural(build, capabilities=replace(CPU_KERNELS, concat_prologue=True)) is None


def test_values_that_are_alive_at_once() -> None:
    build = GraphBuilder()
    x = build.input(4, 8)
    waiting = [build.op("exp", x)]
    for _ in range(4):
        waiting.append(build.op("sin", waiting[-1]))
    total = waiting[-1]
    for value in reversed(waiting[:-1]):  # the first result waits for the last sum
        total = build.op("add", total, value)
    few = replace(CPU_KERNELS, registers=4)
    assert has(structural(build, capabilities=few), "5 results are alive at")
    assert structural(build, capabilities=replace(CPU_KERNELS, registers=5)) is None
    chain = GraphBuilder()
    y = chain.input(4, 8)
    for _ in range(20):
        y = chain.op("sin", y)
    assert structural(chain, capabilities=replace(CPU_KERNELS, registers=1)) is None


def test_one_anchor() -> None:
    build = GraphBuilder()
    build.conv(build.conv(build.input(1, 8, 8, 4), 4), 4)
    assert has(structural(build), "two Many-to-Many operators")


def test_one_type_of_floats_beside_an_anchor() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.matmul(build.input(4, 8), build.constant(8, 8)))
    assert structural(build) is None
    y = build.op("cast", x)
    y.type = TensorType(y.type.shape, "f16")
    assert has(structural(build), "f16 and f32 in one kernel")
    assert structural(build, capabilities=LINALG) is None


def test_size() -> None:
    build = GraphBuilder()
    x = build.input(4)
    for _ in range(4):
        x = build.op("relu", x)
    assert structural(build, capabilities=replace(CPU_KERNELS, maximum_nodes=4)) is None
    assert has(structural(build, capabilities=replace(CPU_KERNELS, maximum_nodes=3)), "more than 3 operators")


def test_operands_count_tensors_but_no_scalar_constants() -> None:
    build = GraphBuilder()
    x = build.op("add", build.input(4), build.input(4))
    build.op("mul", x, build.constant())
    assert structural(build, capabilities=replace(CPU_KERNELS, maximum_operands=3)) is None
    assert has(structural(build, capabilities=replace(CPU_KERNELS, maximum_operands=2)), "would read 2 tensors")


@pytest.mark.parametrize("kind", ["pad", "slice", "gather"])
def test_slices_and_gathers_read_stored_tensors(kind: str) -> None:
    build = GraphBuilder()
    x = build.op(kind, build.input(4, 8), shape=(4, 6))
    build.op("relu", x)
    assert structural(build) is None
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 8))
    build.op(kind, x, shape=(4, 6))
    assert has(structural(build), f"{kind} must read a stored tensor")


@pytest.mark.parametrize("anchor", ["conv", "matmul", "max_pool"])
def test_window_epilogue(anchor: str) -> None:
    build = GraphBuilder()
    x = window(build, anchor, build.input(1, 8, 8, 4))
    x = build.op("add", x, build.constant(4))
    x = build.op("mul", x, build.op("sigmoid", x))
    x = build.op("mul", x, build.input(1, 1, 1, 4))
    x = build.op("add", x, build.input(1, 8, 8, 4))
    assert structural(build) is None
    assert border(build) is None
    build.op("add", x, build.input(2, 8, 8, 4))
    assert has(structural(build), "changes the shape")


def test_an_interpolation_is_a_window() -> None:
    build = GraphBuilder()
    x = build.op("resize", build.input(4, 8), shape=(4, 16))
    build.op("relu", build.op("add", x, build.input(4, 16)))
    assert structural(build) is None
    build = GraphBuilder()
    build.op("resize", build.op("relu", build.input(4, 8)), shape=(4, 16))
    assert has(structural(build), "computed again for every window")


def test_operands_of_an_epilogue_are_computed_outside() -> None:
    build = GraphBuilder()
    x = build.conv(build.input(1, 8, 8, 4), 4)
    build.op("add", x, build.op("relu", build.input(1, 8, 8, 4)))
    assert has(structural(build), "does not depend on conv")


def test_window_has_no_prologue() -> None:
    build = GraphBuilder()
    build.conv(build.op("relu", build.input(1, 8, 8, 4)), 4)
    assert has(structural(build), "computed again for every window")


def test_scale_before_a_pointwise_convolution() -> None:
    incapable = replace(CPU_KERNELS, kernels=())

    def scaled(*factor: int, kind: str = "mul", **attributes: Any) -> GraphBuilder:
        build = GraphBuilder()
        build.conv(build.op(kind, build.input(1, 8, 8, 4), build.input(*factor)), 16, **attributes)
        return build

    assert structural(scaled(1, 1, 1, 4, kernel=1)) is None
    assert structural(scaled(4, kernel=1)) is None
    assert structural(scaled(1, 1, 1, 4, kernel=1), capabilities=incapable) is not None
    assert structural(scaled(1, 8, 8, 4, kernel=1)) is not None, "a factor per element"
    assert structural(scaled(1, 8, 1, 1, kernel=1)) is not None, "a factor per row"
    assert structural(scaled(1, 1, 1, 4, kernel=1, kind="add")) is not None
    for attributes in ({"kernel": 3}, {"kernel": 1, "strides": (2, 2)}, {"kernel": 1, "group": 2}):
        assert structural(scaled(1, 1, 1, 4, **attributes)) is not None
    build = scaled(1, 1, 1, 4, kernel=1)
    build.op("relu", build.nodes[0].output)
    assert structural(build) is not None, "the product is needed twice"
    for weights, problem in ((build.constant(4, 16), False), (build.input(4, 16), True)):
        build = GraphBuilder()
        build.matmul(build.op("mul", build.input(8, 4), build.input(4)), weights)
        assert (structural(build) is not None) is problem


def test_channels_first_read() -> None:
    def transposed(*perm: int, **attributes: Any) -> GraphBuilder:
        build = GraphBuilder()
        build.conv(build.transpose(build.input(1, 4, 8, 8), *perm), 16, **attributes)
        return build

    assert structural(transposed(0, 2, 3, 1)) is None
    assert structural(transposed(0, 2, 3, 1), capabilities=LINALG) is not None
    assert structural(transposed(0, 3, 2, 1)) is not None
    assert structural(transposed(0, 2, 3, 1, group=4)) is not None
    assert structural(transposed(0, 2, 3, 1, layout="channels_first")) is not None
    shared = transposed(0, 2, 3, 1)
    shared.op("relu", shared.nodes[0].output)
    assert structural(shared) is not None


def test_channels_first_read_of_many_channels() -> None:
    """Winograd's algorithm reads channels last."""

    def transposed(channels: int, filters: int, height: int = 8, **attributes: Any) -> GraphBuilder:
        build = GraphBuilder()
        build.conv(build.transpose(build.input(1, channels, height, 8), 0, 2, 3, 1), filters, **attributes)
        return build

    phone = capabilities_of(get_target("arm64-linux"))
    assert structural(transposed(64, 96, kernel=3), capabilities=phone) is not None
    assert structural(transposed(64, 96, kernel=3)) is None, "the machine is not known"
    assert structural(transposed(4, 96, kernel=3), capabilities=phone) is None
    assert structural(transposed(64, 4, kernel=3), capabilities=phone) is None
    assert structural(transposed(64, 96, kernel=1), capabilities=phone) is None
    assert structural(transposed(64, 96, kernel=3, strides=(2, 2)), capabilities=phone) is None
    assert structural(transposed(64, 96, Size.free("height"), kernel=3), capabilities=phone) is None


def test_permuted_read() -> None:
    capable = replace(CPU_KERNELS, read_permutation=True)
    build = GraphBuilder()
    keys = build.transpose(build.input(1, 16, 4, 8), 0, 2, 3, 1)
    build.matmul(build.input(1, 4, 16, 8), keys)
    assert structural(build) is not None
    assert structural(build, capabilities=capable) is None
    build.op("relu", keys)
    assert structural(build, capabilities=capable) is not None, "the transposed tensor is needed twice"
    build = GraphBuilder()
    keys = build.transpose(build.op("relu", build.input(1, 16, 4, 8)), 0, 2, 3, 1)
    build.matmul(build.input(1, 4, 16, 8), keys)
    assert structural(build, capabilities=capable) is not None, "not a stored tensor"
    build = GraphBuilder()
    build.conv(build.transpose(build.input(1, 8, 4, 8), 0, 2, 1, 3), 4)
    assert structural(build, capabilities=capable) is not None


def test_permuted_store() -> None:
    capable = replace(CPU_KERNELS, store_permutation=True)
    build = GraphBuilder()
    x = build.op("add", build.matmul(build.input(1, 16, 8), build.constant(8, 32)), build.constant(32))
    x = build.transpose(build.op("reshape", x, shape=(1, 16, 4, 8)), 0, 2, 1, 3)
    assert has(structural(build, capabilities=replace(capable, store_permutation=False)), "no permuted store")
    assert structural(build, capabilities=capable) is None
    assert border(build, capabilities=capable) is None
    build.op("relu", x)
    assert has(structural(build, capabilities=capable), "must be the last operator")


def test_reduction_prologue_and_epilogue() -> None:
    build = GraphBuilder()
    x = build.op("add", build.input(4, 8, 8), build.input(8))
    x = build.op("softmax", build.transpose(x, 0, 2, 1), axis=2)
    x = build.op("mul", x, build.constant())
    assert structural(build) is None
    build.op("reshape", x, shape=(32, 8))
    assert has(structural(build), "no permuted store")


def test_reduction_has_no_gather_before_it() -> None:
    build = GraphBuilder()
    build.op("layer_normalization", build.op("gather", build.input(100, 8), shape=(4, 8)))
    assert has(structural(build), "only element-wise operators and index maps")


def test_scale_of_a_normalization_is_computed_outside() -> None:
    build = GraphBuilder()
    scale = build.op("exp", build.input(8))
    build.op("layer_normalization", build.input(4, 8), scale, shape=(4, 8))
    assert has(structural(build), "other than the reduced tensor")


def test_epilogue_of_a_reduction_reads_the_prologue_in_its_own_shape_only() -> None:
    build = GraphBuilder()
    x = build.op("exp", build.input(4, 8))
    build.op("div", build.op("softmax", x), x)
    assert structural(build) is None
    build = GraphBuilder()
    x = build.op("exp", build.input(4, 8))
    build.op("div", x, build.op("reduce_mean", x, shape=(4, 1)))
    assert has(structural(build), "changes the shape")


def test_reshapes_must_be_index_maps() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 6))
    build.op("relu", build.op("reshape", x, shape=(3, 8)))
    assert has(structural(build), "splits dimensions across each other")


def test_reshapes_at_the_border_are_views() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.op("reshape", build.input(4, 6), shape=(24,)))
    build.op("reshape", build.op("exp", x), shape=(2, 12))
    assert has(border(build), "free view")
    inner = without_border_views(candidate(build))
    assert [node.kind for node in inner.nodes] == ["relu", "exp"]
    assert border_reason(inner, CPU_KERNELS) is None


def test_operators_that_share_only_an_input_are_two_kernels() -> None:
    build = GraphBuilder()
    x = build.input(4, 8)
    first, second = build.op("exp", x), build.op("sin", x)
    assert has(border(build, first, second), "no value connects")
    build.op("add", first, second)
    assert border(build) is None


@pytest.mark.parametrize(
    ("anchor", "on_cpu", "on_linalg"),
    [("conv", True, True), ("matmul", True, False), ("max_pool", True, False)],
)
def test_second_output_of_a_window(anchor: str, on_cpu: bool, on_linalg: bool) -> None:
    build = GraphBuilder()
    x = window(build, anchor, build.input(1, 8, 8, 4))
    y = build.op("relu", x)
    assert (border(build, x, y) is None) == on_cpu
    assert (border(build, x, y, capabilities=LINALG) is None) == on_linalg
    z = build.op("exp", y)
    assert has(border(build, x, y, z), "3 results are needed outside")


def test_second_output_of_reductions_and_element_wise_kernels() -> None:
    build = GraphBuilder()
    x = build.op("add", build.input(4, 8), build.input(4, 8))
    y = build.op("layer_normalization", x)
    assert border(build, x, y) is None
    assert has(border(build, x, y, capabilities=LINALG), "stores at most 1")
    build = GraphBuilder()
    x = build.op("add", build.input(4, 8), build.input(4, 8))
    y = build.op("relu", x)
    assert border(build, x, y) is None
    assert border(build, y, capabilities=LINALG) is None
    assert border(build, x, y, capabilities=LINALG) is not None


def test_outputs_share_a_loop_nest() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(8))
    y = build.op("add", x, build.input(4, 8))
    assert has(border(build, x, y), "different sizes")
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 8))
    y = build.transpose(x, 1, 0)
    assert has(border(build, x, y), "result of transpose is needed outside")
    assert border(build, y) is None


def test_side_results_of_an_anchor_are_no_epilogue_operands() -> None:
    build = GraphBuilder()
    _, indices = build.nodes_of("max_pool", [build.input(1, 8, 8, 4)], (1, 4, 4, 4), (1, 4, 4, 4))
    build.op("relu", indices)
    assert has(structural(build), "side result")


def window(build: GraphBuilder, kind: str, x: Value) -> Value:
    match kind:
        case "conv":
            return build.conv(x, x.type.shape[-1])
        case "matmul":
            return build.matmul(x, build.constant(x.type.shape[-1], x.type.shape[-1]))
    return build.op(kind, x)
