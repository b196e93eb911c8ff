#!/usr/bin/python3
"""build.py FOLDER OUT [PACKAGE]: packs a connector in Python into one executable file, with the
library and the messages of the protocol. PACKAGE is the name by which its modules import each
other; the default is FOLDER's name. The same sources give the same bytes."""

from __future__ import annotations

import importlib.util
import io
import pathlib
import py_compile
import sys
import tempfile
import zipfile

_HERE = pathlib.Path(__file__).resolve().parent
_PROTO = _HERE.parent / "proto"
_NEEDED = {
    "grpc": "python3-grpcio", "google.protobuf": "python3-protobuf", "cryptography": "python3-cryptography",
    "grpc_tools": "python3-grpc-tools", "pkg_resources": "python3-pkg-resources",
}

# The packages that a packed connector needs on the machine where it runs. A folder's own
# requires.txt adds to them.
_REQUIRES = "python3>=3.11\ngrpcio>=1.51\nprotobuf>=4.21\ncryptography>=38.0\n"

# An author tries the connector with the last two. They can contain secrets.
_LEFT_OUT = ("__main__.py", "settings.json", "secrets.json")


def missing() -> list[str]:
    """Returns the missing packages that building or running needs."""
    def found(module: str) -> bool:
        try:
            return importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            return False
    return [package for module, package in _NEEDED.items() if not found(module)]


def messages(into: pathlib.Path) -> None:
    """Writes the messages of the protocol as Python."""
    from grpc_tools import protoc

    known = str(importlib.util.find_spec("grpc_tools").submodule_search_locations[0] + "/_proto")
    failed = protoc.main(["protoc", f"-I{_PROTO}", f"-I{known}", f"--python_out={into}", "connector/v1/connector.proto"])
    if failed:
        raise SystemExit("the protocol's messages could not be generated")


def _sources(folder: pathlib.Path, name: str, generated: pathlib.Path) -> dict[str, pathlib.Path]:
    """Returns the content of the file, by name."""
    inside = {"__main__.py": folder / "__main__.py", "connector/v1/connector_pb2.py": generated / "connector/v1/connector_pb2.py"}
    for package, place in ((name, folder), ("pyconnector", _HERE / "pyconnector")):
        for f in sorted(place.iterdir()):
            if f.suffix in (".py", ".json", ".md") and not f.name.endswith("_test.py") and f.name not in _LEFT_OUT:
                inside[f"{package}/{f.name}"] = f
    return inside


def pack(folder: pathlib.Path, out: pathlib.Path, name: str = "") -> None:
    """Writes the executable file."""
    with tempfile.TemporaryDirectory() as scratch, io.BytesIO() as packed:
        generated = pathlib.Path(scratch)
        messages(generated)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
            for package in ("connector", "connector/v1"):
                _add(z, f"{package}/__init__.py", b"")
            own = folder / "requires.txt"
            _add(z, "requires.txt", (_REQUIRES + (own.read_text() if own.exists() else "")).encode())
            for name, source in sorted(_sources(folder, name or folder.name.replace("-", "_"), generated).items()):
                _add(z, name, source.read_bytes())
                if name.endswith(".py") and name != "__main__.py":
                    # The source stays beside it, for other versions of Python.
                    compiled = generated / "compiled.pyc"
                    py_compile.compile(str(source), str(compiled), dfile=name, doraise=True,
                                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
                    _add(z, name + "c", compiled.read_bytes())
        out.parent.mkdir(parents=True, exist_ok=True)
        new = out.with_name(out.name + ".new")
        # -I: Python ignores the environment and the working directory.
        new.write_bytes(b"#!/usr/bin/python3 -I\n" + packed.getvalue())
        new.chmod(0o755)
        new.replace(out)


def _add(z: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    z.writestr(entry, content)


if __name__ == "__main__":
    if lacking := missing():
        sys.exit(f"a connector in Python cannot be built without {' '.join(lacking)}: apt-get install {' '.join(lacking)}")
    pack(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), *sys.argv[3:4])
