"""Docstrings, comments, messages and pages are plain English: phrases that mark another manner are refused."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

REFUSED = {
    "a sentence that begins with a relative clause": r"\b(?:What|Whatever|Whoever|That which) ",
    "had as a passive": r"\b(?:is|are|was|were|be|been|being) had\b",
    "told of things": r"\b(?:is|was) told\b(?! apart| to)",
    "came of, becomes of": r"\b(?:came|comes?|became|becomes?) of\b",
    "so many": r"\bso many\b",
    "cannot be meant": r"\bcannot be meant\b",
    "in each other's way": r"\bin (?:each other's|one's) way\b",
    "tell or say as the verb of a function": r"^(?:Tell (?:whether|which|what)|Say (?:whether|why|what|that)) ",
    "whatever as a filler": r"\bno \w+ whatever\b",
    "people in place of the passive": r"\b(?:somebody|whom)\b",
}
PATTERN = re.compile("|".join(f"(?:{phrase})" for phrase in REFUSED.values()), re.MULTILINE)
SQL_TEXT = re.compile(r"--[^\n]*|COMMENT ON[^;]*")
REFUSED_NAMES = re.compile(r"_?(?:told|tell|manner_of|is_owed|see_to_\w+|put_aside|settle_\w+)")
FILE_METHODS = {"tell"}
SECTIONS = "Args|Attributes|Raises|Returns|Yields"
FOLDERS = ("fxtrack", "tests", "benchmarks", "docs")


def texts(path: Path) -> Iterator[str]:
    """Yield the English of a file: comments and docstrings, the messages of the package, or all of a page."""
    source = path.read_text("utf-8")
    if path.suffix == ".py":
        with path.open("rb") as file:
            yield from (token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT)
        is_package = path.is_relative_to(ROOT / "fxtrack")
        for node in ast.walk(ast.parse(source)):
            if is_package and isinstance(node, ast.Constant):
                yield str(node.value)
            elif not is_package and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield str(node.value.value)
    elif path.suffix == ".sql":
        yield from SQL_TEXT.findall(source)
    else:
        yield source


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def own_names(path: Path) -> Iterator[str]:
    """Yield the names that a module gives to functions, classes, arguments and values; methods of files have theirs."""
    tree = ast.parse(path.read_text("utf-8"))
    of_files = {node for kind in ast.walk(tree) if isinstance(kind, ast.ClassDef) for node in kind.body}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) if node in of_files and name in FILE_METHODS:
                pass
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.arg(arg=name)
            ):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def run_together(docstring: str) -> list[str]:
    """Return where an item of a list, or an entry of a section, goes on in the line of the one before it."""
    items = re.findall(r"[.;] - \w+", docstring) if re.search(r"^ *- ", docstring, re.MULTILINE) else []
    return items + re.findall(rf"(?:{SECTIONS}): \S+|\. (?:[A-Z]\w+[A-Z]\w+|[a-z]+_\w+): ", docstring)


def files() -> list[str]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sql", ".md"}]
    in_package = [*(ROOT / "fxtrack").rglob("*")]
    found += [
        *ROOT.glob("*.md"),
        *(path for path in in_package if path.suffix in {".service", ".toml", ".html", ".js"}),
    ]
    names = [path.relative_to(ROOT).as_posix() for path in found if path.name != "test_english.py"]
    return sorted(name for name in names if "/vendor/" not in name)


@pytest.mark.parametrize("name", files())
def test_a_file_is_in_plain_english(name: str) -> None:
    found = [text[max(0, m.start() - 40) : m.end() + 40] for text in texts(ROOT / name) for m in PATTERN.finditer(text)]
    assert not found, "\n".join(found)


def test_lists_and_sections_have_a_line_for_each_entry() -> None:
    names = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert {str(path): found for path in names for text in docstrings(path) if (found := run_together(text))} == {}


@pytest.mark.parametrize(
    "docstring",
    [
        "Two ways:\n\n- One is short. - The other is long.", "Attributes: name: of the site.",
        "Raises:\n    NotGiven: no page. ArchiveClosed: no page for now.",
        "Attributes:\n    rows: all of them. no_page: number of these without one.",
    ],
)  # fmt: skip
def test_entries_that_run_together_are_noticed(docstring: str) -> None:
    assert run_together(docstring)


def test_names_are_plain_english_as_well() -> None:
    paths = (ROOT / "fxtrack").rglob("*.py")
    assert {str(path): found for path in paths if (found := [*filter(REFUSED_NAMES.fullmatch, own_names(path))])} == {}


@pytest.mark.parametrize(
    "line", ["told = 1", "def _tell(): pass", "def f(tell): pass", "a.told = 1", "[told for told in a]"]
)
def test_such_names_are_noticed(tmp_path: Path, line: str) -> None:
    (tmp_path / "module.py").write_text(f"{line}\n", "utf-8")
    assert [*filter(REFUSED_NAMES.fullmatch, own_names(tmp_path / "module.py"))]


@pytest.mark.parametrize(
    "sentence",
    [
        "What is stored is kept.", "Leave out what is had. Whoever asks waits.", "It is not to be had.",
        "so many at a time", "Nothing came of it.", "an argument that cannot be meant", "They are in each other's way.",
        "Tell whether a file is one.", "no base whatever", "the pages that somebody asked for", "whom to ask",
    ],
)  # fmt: skip
def test_the_phrases_are_noticed(sentence: str) -> None:
    assert PATTERN.search(sentence)


def test_plain_sentences_are_not_refused() -> None:
    assert not PATTERN.search(
        "Skip what is stored. Tell them apart. They had many rows, which are told apart. It becomes one of them."
    )
