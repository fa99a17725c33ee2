"""Compiles a model for this machine and runs it: ``python examples/python/compile_and_run.py model.onnx``."""

import argparse
import sys

import numpy as np

import dnnf_mlir


def main(path: str) -> None:
    """Prints what was compiled, then shape and type of each output for random inputs."""
    model = dnnf_mlir.compile(path, target="host")
    sys.stdout.write(f"{model.plan['operators']} operators became {model.kernels} kernels\n")

    runnable = model.load(threads=1)
    random = np.random.default_rng(0)
    inputs = [random.random([size or 1 for size in x.shape]).astype(x.dtype) for x in runnable.inputs]
    for signature, output in zip(runnable.outputs, runnable.run(inputs), strict=True):
        sys.stdout.write(f"{signature.name}: {output.dtype}{list(output.shape)}\n")

    model.save("model.vmfb")  # what IREE's C and Python runtimes load; the function is `main`


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Compile an ONNX model for this machine and run it.")
    arguments.add_argument("model", help="the ONNX file")
    main(arguments.parse_args().model)
