"""Guards of docs/ARCHITECTURE.md: layers, sizes, names, words, and documents in step with the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jmapd import datatypes
from jmapd.cli.methods import main, markdown
from jmapd.methods.registry import methods

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "jmapd"
LEVELS = (  # what stands in one level does not import its neighbours
    ("wire", "files"),
    ("formats",),
    ("index", "config_values"),
    ("stores", "config_transport"),
    ("methods", "config_table"),
    ("datatypes", "config"),
    ("push", "submission", "delivery", "scheduling", "auth", "places"),
    ("protocol",),
    ("http",),
    ("app",),
    ("wsgi", "cli"),
)
LEVEL = {name: number for number, names in enumerate(LEVELS) for name in names}
LINES, FUNCTION, P90 = 400, 60, 30
# of what can be shared, in whatever package; of JSCalendar objects, which CalendarEvent and Task are
SHARED_ROWS = ("jmapd.datatypes.principals.rights", "jmapd.datatypes.jscalendar")
FORBIDDEN = re.compile(r"(^|_)(manager|helpers?|utils?|common|misc|services?)(_|$)")
MODULES = sorted(PACKAGE.rglob("*.py"))


def _layer(name: str) -> str:
    """The layer of a dotted module name."""
    return name.split(".")[1] if "." in name else ""


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            if node.module == "jmapd":
                names = (name.name for name in node.names if not name.name.startswith("__"))
                yield from ((f"jmapd.{name}", node.lineno) for name in names)
            else:
                yield node.module or "", node.lineno
        elif isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_imports_go_down(path: Path) -> None:
    name = _dotted(path)
    own = _layer(name)
    for used, line in _imports(_tree(path)):
        if not used.startswith("jmapd.") or _layer(used) == own:
            continue
        assert own in LEVEL, f"{own!r} has no place in the layers"
        is_below = LEVEL[_layer(used)] < LEVEL[own] and (own != "formats" or _layer(used) == "wire")
        assert is_below, f"{path}:{line} imports {used}"


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_packages_of_one_layer_do_not_import_each_other(path: Path) -> None:
    parts = _dotted(path).split(".")
    if parts[1:2] != ["datatypes"] or len(parts) < 4:
        return
    for used, line in _imports(_tree(path)):
        if used.startswith("jmapd.datatypes.") and not used.startswith(SHARED_ROWS):
            assert used.split(".")[2] == parts[2], f"{path}:{line} imports {used}"


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_no_imports_inside_functions(path: Path) -> None:
    for function in ast.walk(_tree(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            assert not inner, f"{path}:{inner[0]}"


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_sizes(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES
    too_long = [f"{name}: {length}" for name, length in _functions(_tree(path)) if length > FUNCTION]
    assert not too_long


def test_most_functions_are_short() -> None:
    lengths = sorted(length for path in MODULES for _, length in _functions(_tree(path)))
    assert lengths[len(lengths) * 9 // 10] < P90


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_docstring_of_one_to_five_lines(path: Path) -> None:
    docstring = ast.get_docstring(_tree(path))
    assert docstring and len(docstring.splitlines()) <= 5


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_names(path: Path) -> None:
    names = [*path.relative_to(PACKAGE).with_suffix("").parts]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef):
            names.append(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower())
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.append(node.name)
    assert not [name for name in names if FORBIDDEN.search(name)]


@pytest.mark.parametrize("path", sorted((ROOT / "bin").iterdir()), ids=lambda path: path.name)
def test_scripts_are_short_and_can_be_run(path: Path) -> None:
    text = path.read_text()
    assert path.stat().st_mode & 0o111 and text.startswith("#!")
    if "python" in text.splitlines()[0]:
        assert len(text.splitlines()) <= 10


def test_methods_document_is_in_step_with_the_registry() -> None:
    document = ROOT / "docs" / "METHODS.md"
    assert document.read_text() == markdown(methods(datatypes.ALL)), (
        "run bin/jmapd-methods --markdown > docs/METHODS.md"
    )


def test_methods_command_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["Core/echo"]) == 0
    line = capsys.readouterr().out
    assert re.match(r"Core/echo: RFC 8620 4; jmapd/datatypes/core/core_echo\.py:\d+; ", line)
    assert main(["no/such"]) == 1
    assert main([]) == 0 and "account lock" in capsys.readouterr().out


def test_every_standard_method_is_in_the_registry_once() -> None:
    registry = methods(datatypes.ALL)
    for datatype in datatypes.ALL:
        assert {
            f"{datatype.name}/{verb}" for verb in datatype.methods
        } | datatype.extra_methods.keys() <= registry.keys()
    assert all(method.rfc.startswith(("RFC ", "draft-")) for method in registry.values())
