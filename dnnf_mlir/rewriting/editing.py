"""Changes a graph and keeps account of users, identical operators and topological order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dnnf_mlir.graph.algorithms import depth_first_order
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import Operator
from dnnf_mlir.graph.tensor_type import TensorType

from .cost import Cost, node_cost
from .drafting import Draft, Operand

_Key = tuple[Any, ...]


class GraphEditor:
    """The graph's nodes stay in topological order only once :meth:`finish` was called."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.alive: dict[Node, None] = dict.fromkeys(graph.nodes)
        self.outputs = set(graph.outputs)
        self._costs: dict[Node, Cost] = {}
        self._names = {node.name for node in graph.nodes}
        self._known: dict[_Key, Node] = {}
        for node in graph.nodes:
            self._known.setdefault(_key(node.op, node.inputs, node.attributes, node.output.type), node)

    def cost(self, node: Node) -> Cost:
        """Cost of a node, computed once."""
        if node not in self._costs:
            self._costs[node] = node_cost(node)
        return self._costs[node]

    def find(
        self, op: type[Operator], inputs: Sequence[Operand | None], attributes: Mapping[str, Any], type_: TensorType
    ) -> Value | None:
        """The result of an operator of the graph that computes the same."""
        found = self._known.get(_key(op, inputs, attributes, type_))
        if found is None or found not in self.alive or len(found.outputs) != 1:
            return None
        return found.output

    def can_replace(self, root: Node, replacement: Sequence[Operand]) -> bool:
        """A function returns results of operators only, each once."""
        return all(
            old not in self.outputs or self._can_return(new) for old, new in zip(root.outputs, replacement, strict=True)
        )

    def _can_return(self, operand: Operand) -> bool:
        if isinstance(operand, Draft):
            return not operand.folds
        return operand.producer is not None and operand not in self.outputs

    def dying(self, root: Node, reads: Mapping[Value, int]) -> list[Node]:
        """The nodes that nothing reads once the root is gone; ``reads`` counts the reads that are to come.

        Opaque nodes stay: they may determine a size, or check one that others were calculated with.
        """
        dead = {root: None}
        gone: Counter[Value] = Counter()
        queue = [root]
        while queue:
            for value in queue.pop().operands:
                gone[value] += 1
                producer = value.producer
                if producer is None or producer in dead or producer.op.is_opaque:
                    continue
                if all(self._is_unread(result, gone, reads) for result in producer.outputs):
                    dead[producer] = None
                    queue.append(producer)
        return list(dead)

    def _is_unread(self, value: Value, gone: Mapping[Value, int], reads: Mapping[Value, int]) -> bool:
        return value not in self.outputs and gone.get(value, 0) == len(value.users) and not reads.get(value)

    def replace(self, root: Node, replacement: Sequence[Operand]) -> list[Node]:
        """Puts an operand in the place of each result and removes what dies; returns the nodes around the change."""
        changed: dict[Node, None] = {}
        made: dict[Draft, Value] = {}
        for old, operand in zip(root.outputs, replacement, strict=True):
            new = self._materialise(operand, root.name, made, changed)
            self._redirect(old, new, changed)
            if len(replacement) == 1:
                self._take_name(new, root)
        for node in self._remove(root):
            for value in node.operands:
                changed.update(dict.fromkeys(value.users))
                if value.producer is not None:
                    changed[value.producer] = None
        return [node for node in changed if node in self.alive]

    def _redirect(self, old: Value, new: Value, changed: dict[Node, None]) -> None:
        readers = list(dict.fromkeys(old.users))
        for user in readers:
            self._forget(user)
            user.inputs = [new if value is old else value for value in user.inputs]
            self._costs.pop(user, None)
            self._remember(user)
        new.users.extend(old.users)
        old.users.clear()
        if old in self.outputs:
            self.graph.outputs = [new if value is old else value for value in self.graph.outputs]
            self.outputs = set(self.graph.outputs)
        changed.update(dict.fromkeys(readers))

    def _remove(self, root: Node) -> list[Node]:
        dead = self.dying(root, {})
        for node in dead:
            self._forget(node)
            del self.alive[node]
            for value in node.operands:
                value.users.remove(node)
        return dead

    def _materialise(self, operand: Operand, name: str, made: dict[Draft, Value], changed: dict[Node, None]) -> Value:
        if isinstance(operand, Value):
            return operand
        if operand in made:
            return made[operand]
        value = Value(operand.type, self._fresh(f"{name}/{operand.op.OPERATION_NAME.removeprefix('dnnf.')}"))
        if operand.folds:
            value.constant = operand.constant
        else:
            inputs = [None if part is None else self._materialise(part, name, made, changed) for part in operand.inputs]
            known = self.find(operand.op, inputs, operand.attributes, operand.type)
            if known is not None:
                value = known
            else:
                node = Node(operand.op, list(inputs), [value], dict(operand.attributes), value.name)
                self.alive[node] = None
                self._remember(node)
                changed[node] = None
        made[operand] = value
        return value

    def _take_name(self, new: Value, root: Node) -> None:
        """Gives the root's name to the node that replaces it."""
        node = new.producer
        if node is not None and node.operation is None and node.name.startswith(f"{root.name}/"):
            node.name = new.name = root.name

    def _fresh(self, name: str) -> str:
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique

    def _remember(self, node: Node) -> None:
        self._known.setdefault(_key(node.op, node.inputs, node.attributes, node.output.type), node)

    def _forget(self, node: Node) -> None:
        key = _key(node.op, node.inputs, node.attributes, node.output.type)
        if self._known.get(key) is node:
            del self._known[key]

    def finish(self) -> None:
        """Lists the nodes in topological order, as near to the given order as possible."""
        position = {node: index for index, node in enumerate(self.graph.nodes)}
        in_given_order = sorted(self.alive, key=lambda node: position.get(node, len(position)))
        self.graph.nodes = depth_first_order(in_given_order, lambda node: reversed([*node.predecessors()]))


def _key(
    op: type[Operator], inputs: Sequence[Operand | None], attributes: Mapping[str, Any], type_: TensorType
) -> _Key:
    parts = [
        id(value) if isinstance(value, Draft) or value is None or value.constant is None else _constant(value)
        for value in inputs
    ]
    return (op, tuple(parts), repr(sorted(attributes.items())), type_)


def _constant(value: Value) -> Any:
    """Equal small constants are the same operand."""
    array = value.constant
    if array is None or array.nbytes > 64:
        return id(array)
    return (value.type, array.tobytes())
