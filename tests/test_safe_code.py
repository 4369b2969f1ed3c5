"""No package runs what it reads: nothing is unpickled, evaluated, or given to a shell."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "manifests",
    "pipelines",
    "validation",
    "model",
    "benchmarks",
    "deploy",
    "docs",
    "examples",
)
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {
    "eval", "exec", "compile", "__import__", "pandas.read_pickle", "pd.read_pickle",
    "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
    "xml.etree.ElementTree.parse", "tempfile.mktemp", "subprocess.getoutput", "extractall",
    "numpy.fromfile",
}  # fmt: skip
ALLOWED = {
    # the loader that is named there is a SafeLoader with more refusals
    ("manifests/strict_yaml.py", "yaml.load"),
    # as Beam carries them: what one step wrote into a new folder of this run, the next reads
    ("benchmarks/scale.py", "import pickle"),
    ("benchmarks/scale_steps.py", "import pickle"),
}


def faults(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) of everything that must not be there."""
    for node in ast.walk(ast.parse(source)):
        for name in _imported(node):
            if name.partition(".")[0] in MODULES:
                yield node.lineno, f"import {name}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in _of_call(node))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [name.name for name in node.names] if isinstance(node, ast.Import) else []


def _of_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    if name in CALLS or name.rpartition(".")[2] == "extractall":
        yield name
    for keyword in node.keywords:
        off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg in ("shell", "allow_pickle") and not off:
            yield f"{name}({keyword.arg}=...)"
    trusted = any(ast.unparse(key) == "weights_only=True" for key in node.keywords)
    if name == "torch.load" and not trusted:
        yield f"{name} without weights_only=True"
    loads = name in ("np.load", "numpy.load")
    if loads and not any(keyword.arg == "allow_pickle" for keyword in node.keywords):
        yield f"{name} without allow_pickle=False"


def _sources() -> list[Path]:
    return [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def test_nothing_runs_what_it_reads() -> None:
    found = []
    for path in _sources():
        where = path.relative_to(ROOT).as_posix()
        for line, what in faults(path.read_text(encoding="utf-8")):
            if (where, what) not in ALLOWED:
                found.append(f"{where}:{line}: {what}")
    assert not found
    assert len(_sources()) > 300


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "eval('1')", "torch.load(path)",
        "torch.load(path)",
        "subprocess.run('ls', shell=True)", "np.load(p)", "np.load(p, allow_pickle=True)",
        "yaml.load(text, Loader=L)", "archive.extractall(folder)", "os.system('ls')",
    ],
)  # fmt: skip
def test_each_of_them_is_found(source: str) -> None:
    assert list(faults(source))


def test_what_is_safe_is_left_alone() -> None:
    source = "np.load(p, allow_pickle=False); network.eval(); re.compile('x'); yaml.safe_load(t)"
    assert not list(faults(source))
