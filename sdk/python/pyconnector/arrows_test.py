"""The modules of this package have no circular imports."""

import ast
import graphlib
import pathlib
import unittest

_HERE = pathlib.Path(__file__).resolve().parent
_MODULES = {f.stem: f for f in _HERE.glob("*.py") if f.stem != "__init__" and not f.stem.endswith("_test")}


def _imports(source: str):
    """Yields the modules that a source imports, also inside functions and for types alone."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "pyconnector":
            yield from (name.name for name in node.names)
        elif (node.module or "").startswith("pyconnector."):
            yield node.module.partition(".")[2]


class Arrows(unittest.TestCase):
    def test_no_circle(self):
        graph = {name: set(_imports(f.read_text())) for name, f in _MODULES.items()}
        for name, imported in graph.items():
            self.assertLessEqual(imported, _MODULES.keys(), f"{name} imports what the package passes on")
        graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


if __name__ == "__main__":
    unittest.main()
