"""The compiler: an ONNX model to an IREE module, stage by stage.

::

    import -> rewrite (fold-constants, simplify-algebra, assign-layouts, annotate-mapping) -> fuse -> lower
    -> iree-compile -> verify

A block that iree-compile rejects, cannot finish, or compiles to code that computes wrongly, is split and the plan made
again; a single operator becomes plain loops. It is never an error of the user.
"""

import contextlib
import functools
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from onnx import ModelProto

from dnnf_mlir.bindings import iree as iree_ir
from dnnf_mlir.bindings import mlir
from dnnf_mlir.bindings.threads import one_at_a_time
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.emit.constants import Parameters
from dnnf_mlir.errors import CompileError, InvalidModelError, PipelineError, TargetError, UnsupportedModelError
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.feedback import Feedback
from dnnf_mlir.fusion.planner import Plan
from dnnf_mlir.fusion.profile.database import Status
from dnnf_mlir.fusion.profile.measured import open_profile
from dnnf_mlir.fusion.report import plan_json
from dnnf_mlir.graph.ecg import Block, Graph
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.graph.representatives import meeting
from dnnf_mlir.importer import import_onnx
from dnnf_mlir.importer.read.digest import model_digest
from dnnf_mlir.iree import CompiledBinary, RunnableModule, compile_module, load_module
from dnnf_mlir.iree.archives import put_in_place, staged_archive
from dnnf_mlir.lowering import lower
from dnnf_mlir.lowering.kernel_form import has_kernel_form, kernel_lowering
from dnnf_mlir.lowering.part_stores import part_reason
from dnnf_mlir.options import PRECISIONS, OnStage, Options
from dnnf_mlir.passes.annotate_mapping import AnnotateMapping
from dnnf_mlir.passes.assign_layouts import AssignLayouts
from dnnf_mlir.passes.base import Pass, clone, functions
from dnnf_mlir.passes.fold_constants import FoldConstants
from dnnf_mlir.passes.fuse_regions import fuse_functions
from dnnf_mlir.passes.half_precision import HalfPrecision, refuse_half
from dnnf_mlir.passes.pipeline import Instrumentation, run_pipeline
from dnnf_mlir.passes.simplify_algebra import SimplifyAlgebra
from dnnf_mlir.storage.environment import cache_directory, compiler_version, environment
from dnnf_mlir.storage.module_cache import CompileCache, cache_key, flags_say_all, result_key
from dnnf_mlir.storage.reports import reported
from dnnf_mlir.targets import Target, get_target
from dnnf_mlir.verify.verifier import Fault, Verifier, why_not_verified

Source = str | os.PathLike[str] | bytes | ModelProto
"""A model: its path, the file's contents, or a proto."""

_MAXIMUM_ROUNDS = 12
"""Plans made before giving up: each round splits every block that the back end refused in the one before."""


def compile(source: Source, target: str = "host", *, on_stage: OnStage | None = None, **options: Any) -> CompiledModel:
    """Compiles an ONNX model; ``options`` are the fields of :class:`Options`. Raises as these and `compile_model`."""
    return compile_model(source, Options.of({"target": target, **options}), on_stage=on_stage)


@reported
@one_at_a_time
def compile_model(
    source: Source, options: Options, name: str | None = None, *, on_stage: OnStage | None = None
) -> CompiledModel:
    """The compiled model; a cached one is neither imported nor compiled again. Threads compile one after the other.

    Raises as :class:`Compilation` and its methods.
    """

    def compilation() -> Compilation:
        return Compilation(source, options, name=name, on_stage=on_stage)

    started = time.perf_counter()
    cache = CompileCache(cache_directory() / "modules") if options.cache and options.parameters is None else None
    digest = model_digest(source) if cache is not None and flags_say_all(options.iree_flags) else None
    if cache is None or digest is None:
        return compilation().run()
    label, target = _name(source, name), get_target(options.target)
    profile = open_profile(target, options.iree_flags, options.profile_db, seed=options.seed)
    result = cache.find_result(result_key(digest, label, options, profile.digest()))
    module = cache.find(result[0]) if result is not None else None
    not_verified = why_not_verified(options, target)
    if result is not None and module is not None and (module.verified or not_verified is not None):
        return CompiledModel(
            module.binary,
            result[1],
            result[0],
            lambda: compilation().imported,
            module.verified,
            "compiled and compared with the reference before" if module.verified else f"not verified: {not_verified}",
            time.perf_counter() - started,
        )
    made = compilation()
    compiled = made.run()
    if compiled.key is not None:
        # What was learnt on the way is part of what the next compilation starts from.
        cache.store_result(result_key(digest, label, options, made.profile.digest()), compiled.key, compiled.plan)
    return compiled


class Compilation:
    """One model on its way through the stages, in the order of the methods."""

    def __init__(
        self,
        source: Source,
        options: Options | None = None,
        *,
        name: str | None = None,
        on_stage: OnStage | None = None,
    ) -> None:
        """Imports the model; raises as :func:`dnnf_mlir.import_onnx`, and TargetError for a wrong target."""
        self._started = time.perf_counter()
        self._begin = on_stage or (lambda _: None)
        self._begin("import")
        self.options = options or Options()
        self.target: Target = get_target(self.options.target)
        if self.options.precision not in PRECISIONS:
            raise TargetError(f"unknown precision '{self.options.precision}'; known: {', '.join(PRECISIONS)}")
        self.module = import_onnx(source, self.options.dims, name, self.options.elements)
        self.name = _name(source, name)
        self.imported = self.graph(self.module)
        self.operators = len(self.imported.nodes)
        self.plan: Plan | None = None
        self.rewrites: Counter[str] = Counter()
        self.profile = open_profile(
            self.target, self.options.iree_flags, self.options.profile_db, seed=self.options.seed
        )
        self._planned: Graph | None = None
        # IREE's GPU code cannot write into parts.
        vector = self.target.vector if self.options.fuse else None
        self._feedback = Feedback(self.profile, None if vector is None else functools.partial(part_reason, vector))
        self._cache = CompileCache(cache_directory() / "modules") if self.options.cache else None
        self._not_verified = why_not_verified(self.options, self.target)
        self._verifier = Verifier(self.name, self.imported) if self._not_verified is None else None

    def graph(self, module: mlir.ir.Module) -> Graph:
        """The ECG of the module's only function."""
        return read_graph(next(functions(module.operation)))

    def run(self) -> CompiledModel:
        """All stages."""
        self.simplify()
        return self.compile()

    def simplify(self, instrumentation: Instrumentation | None = None) -> mlir.ir.Module:
        """Rewrites, lays out and annotates the module, in place."""
        self._begin("rewrite")
        simplify = SimplifyAlgebra(on_statistics=lambda found: self.rewrites.update(found.applications))
        layouts = [AssignLayouts(), FoldConstants()]
        precision = [HalfPrecision()] if self.options.precision == "f16" else []
        optional = [simplify, FoldConstants()] if self.options.simplify else []
        passes: list[Pass] = [FoldConstants(), *optional, *layouts, *precision, AnnotateMapping()]
        try:
            run_pipeline(self.module, passes, instrumentation)
        except PipelineError as error:
            self._check_operators(error)
            raise
        return self.module

    def _check_operators(self, error: PipelineError) -> None:
        """Raises InvalidModelError for an operator of the model that MLIR's verifier refuses, which it says badly."""
        for node in self.imported.nodes:
            with meeting(self.imported.requirements.values()):
                reason = node.op.problem(node.signature)
            if reason is not None:
                raise InvalidModelError(f"{self.name}: node '{node.name}' ({node.op.onnx_name}): {reason}") from error

    def fuse(self) -> mlir.ir.Module:
        """A copy of the simplified module with its operators in blocks."""
        self._begin("fuse")
        fused = clone(self.module)

        def remember(graph: Graph, plan: Plan) -> None:
            self._planned, self.plan = graph, plan

        fuse_functions(
            fused.operation,
            capabilities_of(self.target),
            rejected=self._feedback.rejected,
            single=not self.options.fuse,
            profile=self.profile,
            on_plan=remember,
        )
        return fused

    def lower(self, fused: mlir.ir.Module) -> iree_ir.ir.Module:
        """The fused module in IREE's dialects, one dispatch per block."""
        return self._lower(self.graph(fused))

    def _lower(self, graph: Graph, parameters: Parameters | None = None) -> iree_ir.ir.Module:
        vector = self.target.vector
        refuse_half(graph, self.target, self.name)
        self._feedback.forget_variants()
        kernels = None if vector is None else kernel_lowering(vector, self._feedback.choose)
        in_place = self._feedback.in_place(graph.blocks)
        try:
            return lower(
                graph,
                kernels,
                backend=self.target.backend,
                in_place=in_place,
                parameters=parameters,
                plain_reason=self._plain_reason(graph),
            )
        except UnsupportedModelError as error:
            raise UnsupportedModelError(f"{self.name}: {error}") from None

    def compile(self) -> CompiledModel:
        """Fuses, lowers, compiles and verifies, again without what turned out not to work, until all does.

        The file of the options' ``parameters`` is written once the module is verified, whole or not at all. Raises
        CompileError when iree-compile fails on something that cannot be split, when it miscompiles a single operator,
        or when a pass changed what the model computes.
        """
        for _ in range(_MAXIMUM_ROUNDS):
            graph = self.graph(self.fuse())
            parameters = Parameters() if self.options.parameters is not None else None
            self._begin("lower")
            with self._bytecode(graph, parameters) as bytecode:
                self._begin("iree-compile")
                key = self._key(bytecode)
                cached = self._cache.find(key) if self._cache and key else None
                try:
                    binary = cached.binary if cached else self._compile_bytecode(bytecode)
                except CompileError as error:
                    if not self._avoid_refused(graph, error):
                        raise
                    continue
            known = cached is not None and cached.verified
            with self._archive(parameters) as archive:
                # A module without its weights says nothing about those that it is used with.
                fault = None if known and archive is None else self._verify(graph, binary, archive)
                if fault is not None:
                    self._avoid_wrong(graph, fault)
                    continue
                if archive is not None and self.options.parameters is not None:
                    put_in_place(archive, self.options.parameters)
            compared = self._verifier is not None and self._verifier.compared
            if self._cache and key and (cached is None or (compared and not known)):
                self._cache.store(key, binary, verified=compared)
            return self._result(binary, key, known)
        raise CompileError(f"{self.name}: no plan was accepted by iree-compile in {_MAXIMUM_ROUNDS} attempts")

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
        """The user's flags; what inputs must meet stays an assertion of the module: see quirks.DROPPED_ASSERTIONS."""
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

        if self._verifier is None or not self._verifier.trials:
            return run()
        self._verifier.evaluate_beside()
        if not any(flag.startswith("--verify") for flag in self._iree_flags):
            try:
                return run("--verify=false")
            except CompileError as error:
                if error.failed_locations or error.kind == "timed out":
                    raise
        return run()

    def _avoid_refused(self, graph: Graph, error: CompileError) -> bool:
        """Whether the next plan does without what iree-compile refused; nothing is as it was, or every block plain."""
        blocks = [block for block in graph.every_block() if not block.names.isdisjoint(error.failed_locations)]
        if not blocks and error.kind != "rejected":
            return self._feedback.all_plain(graph, f"iree-compile {error.kind} on the model")
        status = Status.HANGS if error.kind == "timed out" else Status.REJECTED
        return self._feedback.avoid(graph, blocks, status)

    def _verify(self, graph: Graph, binary: CompiledBinary, archive: Path | None) -> Fault | None:
        """What a module computes wrongly; None where nothing is, or it cannot be verified here."""
        if self._verifier is None:
            return None
        self._begin("verify")
        module = load_module(binary.path, parameters=archive)
        return self._verifier.fault(module, graph, self._probe)

    @contextlib.contextmanager
    def _probe(self, graph: Graph) -> Iterator[RunnableModule]:
        """Another graph compiled and loaded."""
        with self._bytecode(graph) as bytecode:
            binary = self._compile_bytecode(bytecode)  # its file lives as long as the object
            yield load_module(binary.path)

    def _avoid_wrong(self, graph: Graph, fault: Fault) -> None:
        """Excludes the wrongly computed blocks from the next plan; raises CompileError where that is impossible."""
        block = fault.block
        if block is None:
            if not self._feedback.compute_concats(graph, graph.blocks):
                raise CompileError(
                    f"{self.name}: rewriting changed what the model computes: {fault.deviation}; compile with "
                    "--no-simplify, and report the model"
                )
        elif not self._feedback.avoid(graph, list(block.with_bodies()), Status.WRONG):
            node = block.nodes[0]
            raise CompileError(
                f"{self.name}: iree-compile's code for node '{node.name}' ({node.kind}) computes wrong numbers on "
                f"{self.target.name}: {fault.deviation}; compile with another --iree-opt-level, or report the model"
            )

    def _result(self, binary: CompiledBinary, key: str | None, known: bool) -> CompiledModel:
        """``known``: this module was compared with the reference by an earlier compilation."""
        compared = self._verifier is not None and self._verifier.compared
        verification = f"not verified: {self._not_verified or 'see the warning'}"
        if known or compared:
            verification = "compared with the reference" + ("" if compared else " before")
        seconds, imported = time.perf_counter() - self._started, self.imported
        return CompiledModel(
            binary,
            self._report(binary),
            key,
            lambda: imported,
            known or compared,
            verification,
            seconds,
            self.options.parameters,
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
            has_kernel_form=self._has_kernel_form,
            in_place=self._feedback.in_place(self.plan.blocks),
            variants=self._feedback.variants,
            plain_reason=self._plain_reason(self._planned),
        )

    def _plain_reason(self, graph: Graph) -> Callable[[Block], str | None]:
        return functools.partial(self._feedback.plain_reason, returned=graph.all_outputs)

    def _has_kernel_form(self, block: Block) -> bool:
        returned = () if self._planned is None else self._planned.all_outputs
        return self.target.vector is not None and has_kernel_form(block, returned, self.target.vector)


def _name(source: Source, name: str | None) -> str:
    """What the model is called in messages and plans."""
    return name or (Path(source).name if isinstance(source, str | os.PathLike) else "model")
