"""The compiler: an ONNX model to an IREE module, stage by stage.

::

    import -> fold-constants, simplify-algebra, assign-layouts, annotate-mapping -> fuse-regions -> lowering
    -> iree-compile

A block that iree-compile rejects, or cannot finish, is split and the plan made again: never an error of the user.
"""

import contextlib
import functools
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto

from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.in_place import concats_in_place
from dnnf_mlir.fusion.planner import Plan
from dnnf_mlir.fusion.profile.choice import VariantChoice, choose_variant
from dnnf_mlir.fusion.profile.database import ProfileDatabase, Status
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.fusion.report import plan_json
from dnnf_mlir.graph.ecg import Block, Graph, Value
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.graph.in_place import InPlace
from dnnf_mlir.graph.size import assumptions
from dnnf_mlir.graph.specialize import at_sizes, has_run_time_sizes, trial_dimensions
from dnnf_mlir.graph.tensor_type import as_stored, from_stored
from dnnf_mlir.importer.read.digest import model_digest
from dnnf_mlir.iree.archives import put_in_place, staged_archive
from dnnf_mlir.lowering.kernel_form import has_kernel_form, kernel_lowering
from dnnf_mlir.lowering.part_stores import part_problem
from dnnf_mlir.passes.annotate_mapping import AnnotateMapping
from dnnf_mlir.passes.assign_layouts import AssignLayouts
from dnnf_mlir.passes.base import Pass, functions
from dnnf_mlir.passes.fold_constants import FoldConstants
from dnnf_mlir.passes.fuse_regions import fuse_functions
from dnnf_mlir.passes.half_precision import HalfPrecision
from dnnf_mlir.passes.pipeline import Instrumentation, run_pipeline
from dnnf_mlir.passes.simplify_algebra import SimplifyAlgebra
from dnnf_mlir.storage.environment import (
    cache_directory,
    compiler_version,
    default_database,
    environment,
    program_version,
)
from dnnf_mlir.storage.module_cache import CompileCache, cache_key, flags_say_all
from dnnf_mlir.verify.compare import (
    Mismatch,
    Trial,
    evaluate_beside,
    largest_bytes,
    probe,
    rewriting_mismatches,
    rounds,
    wrong_blocks,
    wrong_results,
)
from dnnf_mlir.verify.reference import EvaluationError

from .bindings import iree as iree_ir
from .bindings import mlir
from .compiled_model import CompiledModel
from .errors import (
    CompileError,
    InputValuesError,
    InvalidModelError,
    PipelineError,
    ProfileError,
    TargetError,
    UnsupportedModelError,
)
from .importer import import_onnx
from .iree import CompiledBinary, RunnableModule, compile_module, load_module
from .kernels.nest.variant import LINALG, Variant
from .lowering import Parameters, lower
from .messages import warn
from .options import PRECISIONS, Options
from .rewriting import Statistics
from .targets import Target, get_target

_LARGEST_VERIFIED = 1 << 32
"""Bytes: a model with a larger tensor is not run here, it may be meant for a larger machine."""
_MAXIMUM_ROUNDS = 8
"""Plans made before giving up: each round splits every block that the back end refused in the one before."""


class Compilation:
    """One model on its way: each stage is computed when asked for, from the one before."""

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | ModelProto,
        options: Options | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Imports the model; raises as :func:`dnnf_mlir.import_onnx`, and TargetError for a wrong target."""
        self.options = options or Options()
        self.target: Target = get_target(self.options.target)
        if self.options.precision not in PRECISIONS:
            raise TargetError(f"unknown precision '{self.options.precision}'; known: {', '.join(PRECISIONS)}")
        self.module = import_onnx(source, self.options.dims, name, self.options.elements)
        self.name = _name(source, name)
        self._imported = self.graph(self.module)
        self.operators = len(self._imported.nodes)
        self.plan: Plan | None = None
        self.rewrites: Counter[str] = Counter()
        self._planned: Graph | None = None
        self.profile = _open_profile(self.target, self.options)
        self._cache = CompileCache(cache_directory() / "modules") if self.options.cache else None
        self._rejected: frozenset[frozenset[str]] = frozenset()
        self._apart: frozenset[str] = frozenset()
        self._compared = False
        self._variants: dict[str, VariantChoice] = {}

    def simplify(self, instrumentation: Instrumentation | None = None) -> mlir.ir.Module:
        """Rewrites, lays out and annotates the module, in place."""
        rewriting = [SimplifyAlgebra(on_statistics=self._count_rewrites), FoldConstants()]
        layouts = [AssignLayouts(), FoldConstants()]
        precision = [HalfPrecision()] if self.options.precision == "f16" else []
        optional = rewriting if self.options.simplify else []
        passes: list[Pass] = [FoldConstants(), *optional, *layouts, *precision, AnnotateMapping()]
        try:
            run_pipeline(self.module, passes, instrumentation)
        except PipelineError as error:
            self._check_operators(error)
            raise
        return self.module

    def _check_operators(self, error: PipelineError) -> None:
        """Raises InvalidModelError for an operator of the model that MLIR's verifier refuses, which it says badly."""
        for node in self._imported.nodes:
            with assumptions():
                problem = node.op.check(node.signature)
            if problem is not None:
                raise InvalidModelError(f"{self.name}: node '{node.name}' ({node.op.onnx_name}): {problem}") from error

    def _count_rewrites(self, statistics: Statistics) -> None:
        self.rewrites.update(statistics.applications)

    def fuse(self) -> mlir.ir.Module:
        """A copy of the simplified module with its operators in blocks."""
        fused = _clone(self.module)

        def remember(graph: Graph, plan: Plan) -> None:
            self._planned, self.plan = graph, plan

        fuse_functions(
            fused.operation,
            capabilities_of(self.target),
            rejected=self._rejected,
            single=not self.options.fuse,
            profile=self.profile,
            on_plan=remember,
        )
        return fused

    def lower(self, fused: mlir.ir.Module) -> iree_ir.ir.Module:
        """The fused module in IREE's dialects, one dispatch per block."""
        return self._lower(self.graph(fused))

    def compile(self) -> CompiledModel:
        """Fuses, lowers and compiles; blocks that the back end refuses are split until it accepts all.

        The file of the options' ``parameters`` is written once the module is verified, whole or not at all. Raises
        CompileError when iree-compile fails on something that cannot be split.
        """
        for _ in range(_MAXIMUM_ROUNDS):
            fused = self.fuse()
            graph = self.graph(fused)
            parameters = Parameters() if self.options.parameters is not None else None
            with self._bytecode(graph, parameters) as bytecode:
                key = self._key(bytecode)
                cached = self._cache.find(key) if self._cache and key else None
                try:
                    binary = cached.binary if cached else self._compile_bytecode(bytecode)
                except CompileError as error:
                    status = Status.HANGS if error.kind == "timed out" else Status.REJECTED
                    blamed = [block for block in graph.blocks if block.name in error.failed_locations]
                    if self._take_back(graph, blamed, status) or self._separate(graph, blamed):
                        continue
                    refused = self._refused(fused, error.failed_locations)
                    if not refused - self._rejected:
                        raise
                    self._remember(graph, refused, status)
                    continue
            known = cached is not None and cached.verified
            with self._archive(parameters) as archive:
                # A module without its weights says nothing about those that it is used with.
                skipped = not self._can_verify or (known and archive is None)
                wrong = None if skipped else self._miscompiled(fused, binary, archive)
                if wrong is None and archive is not None and self.options.parameters is not None:
                    put_in_place(archive, self.options.parameters)
            if wrong is None:
                if self._cache and key and (cached is None or (self._compared and not known)):
                    self._cache.store(key, binary, verified=self._compared)
                return CompiledModel(binary, self._report(binary), key, lambda: self, self.options.parameters)
            if wrong:
                self._remember(graph, wrong, Status.WRONG)
        raise CompileError(f"{self.name}: no plan was accepted by iree-compile in {_MAXIMUM_ROUNDS} attempts")

    def graph(self, module: mlir.ir.Module) -> Graph:
        """The ECG of the module's only function."""
        return read_graph(next(functions(module.operation)))

    def _lower(self, graph: Graph, parameters: Parameters | None = None) -> iree_ir.ir.Module:
        vector = self.target.vector
        self._check_half(graph)
        self._variants.clear()
        kernels = None if vector is None else kernel_lowering(vector, self._choose)
        in_place = self._in_place(graph.blocks)
        try:
            return lower(graph, kernels, gpu=vector is None, in_place=in_place, parameters=parameters)
        except UnsupportedModelError as error:
            raise UnsupportedModelError(f"{self.name}: {error}") from None

    def _check_half(self, graph: Graph) -> None:
        values = (*graph.inputs, *(value for node in graph.nodes for value in (*node.operands, *node.outputs)))
        narrow = next((value for value in values if value.type.dtype == "f16"), None)
        if narrow is not None and not self.target.half:
            raise UnsupportedModelError(
                f"{self.name}: '{narrow.name}' is of half precision, which target {self.target.name} need not have; "
                "compile for vulkan-adreno or vulkan-mali, or in single precision"
            )

    def _choose(self, part: Block, returned: Sequence[Value], candidates: Sequence[Variant]) -> Variant:
        """The variant that measurements show to be the fastest; the first, the analytic choice, without them."""
        named = {str(variant): variant for variant in candidates}
        choice = choose_variant(list(named), self.profile.variants(part.nodes, returned))
        if choice is None or part.anchor is None:
            return candidates[0]
        self._variants[part.anchor.name] = choice
        return named[choice.variant]

    def _take_back(self, graph: Graph, blocks: Sequence[Block], status: Status) -> bool:
        """Remembers against the measured variants in these blocks what became of them; whether there are any."""
        parts = [part for block in blocks for part in block.parts() if part.anchor is not None]
        chosen = [(part, self._variants.get(part.anchor.name)) for part in parts if part.anchor is not None]
        others = [(part, choice) for part, choice in chosen if choice is not None and not choice.is_analytic]
        for part, choice in others:
            self.profile.record(part.nodes, graph.outputs, status, variant=choice.variant)
        return bool(others)

    def _in_place(self, blocks: Sequence[Block]) -> InPlace:
        """Which Concats are no kernels: on CPU targets only, as IREE's GPU code cannot write into parts."""
        if self.target.vector is None or not self.options.fuse:
            return InPlace()
        return concats_in_place(blocks, part_problem, self._apart)

    def _separate(self, graph: Graph, blocks: Sequence[Block]) -> bool:
        """Makes the Concats kernels again that blocks at fault write into; whether there are any."""
        in_place = self._in_place(graph.blocks)
        found = {concat.name for block in blocks for concat in in_place.written_by(block)}
        self._apart |= found
        return bool(found)

    @contextlib.contextmanager
    def _bytecode(self, graph: Graph, parameters: Parameters | None = None) -> Iterator[Path]:
        """The lowered graph in a file, not in memory; the file stays where it reproduces a failure of iree-compile."""
        module = self._lower(graph, parameters)
        directory = Path(tempfile.mkdtemp(prefix="dnnf-"))
        bytecode = directory / "module.mlirbc"
        with module.context:
            # A body has a constant for every use: half of a kernel's operations, which each of IREE's passes would see.
            iree_ir.PassManager.parse("builtin.module(cse)").run(module.operation)
        with bytecode.open("wb") as file:
            module.operation.write_bytecode(file)
        yield bytecode
        shutil.rmtree(directory)

    def _archive(self, parameters: Parameters | None) -> contextlib.AbstractContextManager[Path | None]:
        """The weights in a file beside the one that is asked for; None where the module holds them."""
        if parameters is None or self.options.parameters is None:
            return contextlib.nullcontext()
        return staged_archive(parameters.arrays, self.options.parameters)

    @property
    def _iree_flags(self) -> tuple[str, ...]:
        """The user's flags; what inputs must meet stays an assertion of the module, which IREE drops by default."""
        return ("--iree-opt-strip-assertions=false", *self.options.iree_flags)

    def _key(self, bytecode: Path) -> str | None:
        flags = (*self.target.flags, *self._iree_flags)
        return cache_key(bytecode, flags, f"{compiler_version()}, {environment(self.target).machine}")

    def _compile_bytecode(self, bytecode: Path) -> CompiledBinary:
        """Compiles the module; raises CompileError with the locations of what iree-compile cannot compile.

        IREE's verification of every operation after every pass takes as long as its passes over unrolled kernels. It
        is done without where the module's results are compared with the reference, unless something fails that cannot
        be located so.
        """

        def run(*flags: str) -> CompiledBinary:
            return compile_module(
                bytecode,
                self.target,
                (*flags, *self._iree_flags),
                time_limit_s=self.options.time_limit_s,
                isolate_failures=True,
            )

        if not self._can_verify or not self._trials:
            return run()
        evaluate_beside(self._trials)
        if not any(flag.startswith("--verify") for flag in self._iree_flags):
            try:
                return run("--verify=false")
            except CompileError as error:
                if error.failed_locations or error.kind == "timed out":
                    raise
        return run()

    @functools.cached_property
    def _trials(self) -> list[Trial]:
        """The imported model at several sizes of the free dimensions, for which results are compared."""
        trials = [Trial(self._imported, dims) for dims in trial_dimensions(self._imported)]
        return [trial for trial in trials if largest_bytes(trial.graph) <= _LARGEST_VERIFIED]

    def _remember(self, graph: Graph, blocks: frozenset[frozenset[str]], status: Status) -> None:
        """Keeps these blocks out of the next plan, and out of those of later compilations."""
        self._rejected |= blocks
        for block in graph.blocks:
            if frozenset(node.name for node in block.nodes) in blocks:
                self.profile.record(block.nodes, graph.outputs, status)

    @property
    def _can_verify(self) -> bool:
        return _is_verified(self.options, self.target)

    def _miscompiled(
        self, fused: mlir.ir.Module, binary: CompiledBinary, archive: Path | None = None
    ) -> frozenset[frozenset[str]] | None:
        """The blocks whose kernels compute wrongly, as node names; None when the outputs are right.

        Where nothing can be compared, or not for all sizes that are tried, a warning says why.
        Empty where measured variants or Concats in place were at fault, which from now on are not taken.

        The outputs are compared with those of the model as it was imported, before any pass; with free dimensions, at
        several sizes. Raises CompileError when a single operator is computed wrongly, which no split can cure, or when
        a pass changed what the model computes.
        """
        if not self._trials:
            self._warn("it takes no sizes for which its tensors are small enough to be computed here")
            return None
        module = load_module(binary.path, parameters=archive)
        self._compared = False
        for trial in self._trials:
            dims, imported = trial.dims, trial.graph
            try:
                inputs, changed = _first_taken(trial, module)
            except _NotTakenError as reason:
                self._warn(str(reason), dims)
                continue
            self._compared = True
            # Rounding hides single wrong elements from the comparison as a whole.
            suspicious = bool(changed) or rounds(imported.nodes)
            if changed and has_run_time_sizes(imported):
                # A tie that is decided the other way moves whole rows: what is left to judge are blocks, and rewriting.
                changed = rewriting_mismatches(imported, at_sizes(self.graph(fused), dims), inputs)
            if suspicious:
                blocks = self._wrong_blocks(self.graph(fused), dims, inputs, changed[0] if changed else None)
                if blocks is not None:
                    return blocks
        return None

    def _warn(self, reason: str, dims: Mapping[str, int] | None = None) -> None:
        sizes = ", ".join(f"{name}={size}" for name, size in (dims or {}).items())
        where = f" for {sizes}" if sizes else ""
        warn(f"{self.name}: the compiled module was not compared with the reference{where}: {reason}")

    def _wrong_blocks(
        self, graph: Graph, dims: Mapping[str, int], inputs: Sequence[np.ndarray], changed: Mismatch | None
    ) -> frozenset[frozenset[str]] | None:
        """The first block at fault for these sizes of the free dimensions, where an output is ``changed`` or may be.

        None where no output is, and no block computes wrongly.
        """
        with self._bytecode(probe(graph)) as bytecode:
            compiled = self._compile_bytecode(bytecode)  # its file lives as long as the object
            module = load_module(compiled.path)
        graph = at_sizes(graph, dims)
        results = probe(graph).outputs
        found = _run(module, inputs, results)
        wrong = wrong_blocks(graph, inputs, dict(zip(results, found, strict=True)))
        if not wrong and changed is None:
            return None
        blocks = [block for block, _ in wrong[:1]]
        if self._take_back(graph, blocks, Status.WRONG) or self._separate(graph, blocks or graph.blocks):
            return frozenset()
        if not wrong:
            raise CompileError(
                f"{self.name}: rewriting changed what the model computes: {changed}; compile with "
                "--no-simplify, and report the model"
            )
        [block], node = blocks, blocks[0].nodes[0]
        if len(block.nodes) == 1:
            raise CompileError(
                f"{self.name}: iree-compile's code for node '{node.name}' ({node.kind}) computes wrong numbers on "
                f"{self.target.name}: {wrong[0][1]}; compile with another --iree-opt-level, or report the model"
            )
        return frozenset(frozenset(node.name for node in block.nodes) for block in blocks)

    def _refused(self, fused: mlir.ir.Module, locations: Sequence[str]) -> frozenset[frozenset[str]]:
        names = set(locations)
        return frozenset(
            frozenset(node.name for node in block.nodes)
            for block in self.graph(fused).blocks
            if block.name in names and len(block.nodes) > 1
        )

    def _report(self, binary: CompiledBinary) -> dict[str, Any]:
        if self.plan is None or self._planned is None:
            return {}
        return plan_json(
            self._planned,
            self.plan,
            model=self.name,
            target=self.target.name,
            operators=self.operators,
            kernels=binary.dispatch_count,
            rewrites=self.rewrites,
            forms=self._forms(),
            in_place=self._in_place(self.plan.blocks),
            variants=self._variants,
        )

    def _forms(self) -> list[str] | None:
        """Which form each block of the plan took."""
        if self.plan is None or self._planned is None or self.target.vector is None:
            return None
        returned = self._planned.outputs
        vector, joined = self.target.vector, self._in_place(self.plan.blocks).joined

        def form(block: Block) -> str:
            if block.nodes[0] in joined:
                return "in place"
            chosen = {self._variants[node.name].variant for node in block.nodes if node.name in self._variants}
            is_kernel = str(LINALG) not in chosen and has_kernel_form(block, returned, vector)
            return "kernel" if is_kernel else "linalg"

        return [form(block) for block in self.plan.blocks]


def compile(
    source: str | os.PathLike[str] | bytes | ModelProto,
    target: str = "host",
    **options: Any,
) -> CompiledModel:
    """Compiles an ONNX model (path, file contents or proto); ``options`` are the fields of :class:`Options`."""
    return compile_model(source, Options(target=target, **options))


def compile_model(
    source: str | os.PathLike[str] | bytes | ModelProto, options: Options, name: str | None = None
) -> CompiledModel:
    """The compiled model; what was compiled before is neither imported nor compiled again.

    Raises as :class:`Compilation` and its methods.
    """
    cache = CompileCache(cache_directory() / "modules") if options.cache and options.parameters is None else None
    digest = model_digest(source) if cache is not None and flags_say_all(options.iree_flags) else None
    if cache is None or digest is None:
        return _compile_anew(Compilation(source, options, name=name))
    label, target = _name(source, name), get_target(options.target)
    found = cache.find_result(_result_key(digest, label, options, _open_profile(target, options)))
    module = cache.find(found[0]) if found is not None else None
    if found is not None and module is not None and (module.verified or not _is_verified(options, target)):
        return CompiledModel(module.binary, found[1], found[0], lambda: Compilation(source, options, name=name))
    compilation = Compilation(source, options, name=name)
    compiled = _compile_anew(compilation)
    if compiled.key is not None:
        # What was learnt on the way is part of what the next compilation starts from.
        cache.store_result(_result_key(digest, label, options, compilation.profile), compiled.key, compiled.plan)
    return compiled


class _NotTakenError(Exception):
    """Neither the module nor the reference takes the numbers that are drawn as inputs; the text says why."""


def _first_taken(trial: Trial, module: RunnableModule) -> tuple[list[np.ndarray], list[Mismatch]]:
    """The first drawn inputs that the module and the reference take, and the outputs that differ for them.

    Raises _NotTakenError where there are none.
    """
    reasons = []
    for case in trial.cases():
        try:
            return case.inputs, wrong_results(case, _run(module, case.inputs, case.graph.outputs))
        except InputValuesError as error:
            reasons.append(str(error))
        except EvaluationError as error:
            reasons.append(f"the reference does not compute {error}")
    raise _NotTakenError(reasons[0])


def _run(module: RunnableModule, inputs: Sequence[np.ndarray], results: Sequence[Value]) -> list[np.ndarray]:
    """A module's results as arrays of their own element types."""
    found = module.run([as_stored(array) for array in inputs])
    return [from_stored(array, value.type) for array, value in zip(found, results, strict=True)]


def _is_verified(options: Options, target: Target) -> bool:
    """Whether a module is run against the reference: where it runs here, and rounds as the reference does."""
    return options.verify and target.runs_here and options.precision == "f32"


def _compile_anew(compilation: Compilation) -> CompiledModel:
    compilation.simplify()
    return compilation.compile()


def _result_key(digest: str, name: str, options: Options, profile: MeasuredProfile) -> str:
    """Stands for all that a compiled model and its plan depend on, as hexadecimal digits."""
    told = {
        key: value
        for key, value in vars(options).items()
        if key not in ("profile_db", "cache", "time_limit_s", "parameters")
    }
    told |= {
        "dims": sorted(options.dims.items()),
        "elements": sorted(options.elements.items()),
        "iree_flags": list(options.iree_flags),
    }
    machine = environment(get_target(options.target)).machine
    parts = [digest, name, told, program_version(), machine, profile.digest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _name(source: str | os.PathLike[str] | bytes | ModelProto, name: str | None) -> str:
    """What the model is called in messages and plans."""
    return name or (Path(source).name if isinstance(source, str | os.PathLike) else "model")


def _open_profile(target: Target, options: Options) -> MeasuredProfile:
    """What is known of this target; a database of the user's own that cannot be opened is done without."""
    where = environment(target, options.iree_flags)
    try:
        database = ProfileDatabase(options.profile_db or default_database())
    except ProfileError:
        if options.profile_db is not None:
            raise
        return MeasuredProfile(where, seed=options.seed)
    return MeasuredProfile(where, database, seed=options.seed)


def _clone(module: mlir.ir.Module) -> mlir.ir.Module:
    """A copy of a module that shares its weights."""
    with module.context, mlir.ir.Location.unknown():
        copy = mlir.ir.Module.create()
        for op in module.body.operations:
            copy.body.append(op.operation.clone())
        return copy
