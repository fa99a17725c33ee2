"""plan.json's content and the remarks."""

import json

from graph_builder import GraphBuilder

from dnnf_mlir.fusion.capabilities import CPU_KERNELS
from dnnf_mlir.fusion.planner import plan
from dnnf_mlir.fusion.report import decisions_json, plan_json, remarks
from dnnf_mlir.graph.ecg import Graph


def example() -> Graph:
    build = GraphBuilder()
    x = build.op("relu", build.conv(build.input(1, 8, 8, 4), 4, name="c"), name="r")
    x = build.op("reshape", x, shape=(64, 4), name="v")
    return build.graph(build.op("softmax", x, name="s"))


def test_plan_json() -> None:
    graph = example()
    content = plan_json(
        graph,
        plan(graph, CPU_KERNELS),
        model="m",
        target="host",
        operators=7,
        kernels=2,
        rewrites={"rule": 3},
        has_kernel_form=lambda block: block.name == "c",
    )
    assert json.loads(json.dumps(content)) == content
    size = 8 * 8 * 4 * 4
    edges = content.pop("edges")
    assert content == {
        "model": "m",
        "target": "host",
        "operators": 7,
        "operators_after_rewriting": 4,
        "kernels": 2,
        "intermediate_bytes_before": 3 * size,
        "intermediate_bytes_after": size,
        "rewrites": {"rule": 3},
        "siblings": [],
        "blocks": [
            {
                "id": 0,
                "mapping_type": "many_to_many",
                "operators": ["c", "r"],
                "anchor": "c",
                "form": "kernel",
                "layout": "channels_last",
            },
            {
                "id": 1,
                "mapping_type": "reorganize",
                "operators": ["v"],
                "anchor": None,
                "form": "linalg",
                "layout": "row_major",
            },
            {
                "id": 2,
                "mapping_type": "many_to_many",
                "operators": ["s"],
                "anchor": "s",
                "form": "linalg",
                "layout": "row_major",
            },
        ],
    }
    assert [(e["from"], e["to"], e["decision"]) for e in edges] == [
        ("c", "r", "fused"),
        ("r", "v", "separate"),
        ("v", "s", "separate"),
    ]
    assert edges[0] == {
        "from": "c",
        "to": "r",
        "types": ["many_to_many", "one_to_one"],
        "verdict": "fuse",
        "decision": "fused",
        "ir_removable": True,
        "reason": "Table 3 (many_to_many, one_to_one): fuse",
    }
    assert [edge["ir_removable"] for edge in edges] == [True, False, False]
    assert edges[2]["types"] == ["reorganize", "many_to_many"]


def test_the_costs_that_decided() -> None:
    build = GraphBuilder()
    x = build.op("gather", build.constant(1000, 10), build.input(5), shape=(5, 10))
    graph = build.graph(build.transpose(x, 1, 0))
    (edge,) = plan_json(graph, plan(graph, CPU_KERNELS), model="m", target="host", operators=2, kernels=1)["edges"]
    assert edge["verdict"] == "profile"
    assert edge["seconds"]["origin"] == "estimated"
    assert edge["seconds"]["fused"] < edge["seconds"]["separate"]


def test_a_remark_for_each_edge() -> None:
    lines = list(remarks(decisions_json(plan(example(), CPU_KERNELS))))
    assert len(lines) == 3
    assert lines[0] == "c -> r: fused: Table 3 (many_to_many, one_to_one): fuse"
    assert lines[2].startswith("v -> s: separate: ")
