"""The structure of the package: its layers, what an import loads, and its public names."""

from __future__ import annotations

import ast
import configparser
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import querydsl
from querydsl.storage.writer import Writer

PACKAGE = Path(querydsl.__file__).parent

#: The rooms from the lowest to the highest, each with its modules in the same order: a module imports only from lower
#: rooms, and from earlier modules of its own room.
ROOMS = {
    "": ["version", "moments", "showing", "errors", "videos", "tables", "raw_json"],
    "spec": [
        "countries",
        "suggestions",
        "values",
        "value_sets",
        "query_rules",
        "query_warnings",
        "request_rules",
        "validation",
        "schema",
    ],
    "language": ["comparisons", "walks", "expressions", "negation", "fields", "scanner", "value_lists", "parser"],
    "requests": ["query", "words", "posix_shell", "windows_shells", "curl", "request", "scripts"],
    "compiler": [
        *["constraints", "forms", "factoring", "terms", "truth_table", "implicants", "overlap", "set_cover", "queries"],
    ],
    "planning": ["days", "windows", "wider", "explain", "plan", "requests_of"],
    "matching": ["letter_case", "meaning", "video_values", "predicate", "verdict"],
    "frames": ["engines", "columns", "filtering"],
    "sandbox": ["words", "corpus", "responses", "searches", "faults", "app", "server"],
    "client": [
        *["concealing", "retry_policy", "rate_limit", "responses", "paging", "tokens", "transport", "field_spelling"],
        "client",
    ],
    "ledger": ["days", "rests", "standing", "headway", "run_state", "recovery", "agenda", "queues", "driver"],
    "storage": ["columns", "rows", "file_format", "lock", "pages", "searches", "catalogue", "counts", "writer"],
    "reading": ["status", "arrow", "export", "counting", "charts", "pages", "report", "store"],
    "collecting": ["wants", "progress", "running", "collect", "estimation", "first_pages", "estimate"],
    "cli": ["terminal", "compiling", "checking", "keeping", "sending", "serving", "arguments", "completion", "main"],
}

#: All modules in this order; a room itself comes after its modules.
LAYERS = [
    name
    for room, modules in ROOMS.items()
    for name in ([f"{room}.{module}" for module in modules] + [room] if room else modules)
] + ["__main__"]


def file(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def tree(module: str) -> ast.Module:
    return ast.parse(file(module).read_text(encoding="utf-8"))


def imported(module: str) -> set[str]:
    """The modules of the package that a module imports, anywhere in its text."""
    inside = file(module).relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = inside[: len(inside) + 1 - node.level]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {".".join([*base, name]) for name in names}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not any(name == "querydsl" or name.startswith("querydsl.") for name in names), "import relatively"
    return found


class TestLayers:
    def test_every_module_has_its_place(self):
        files = [PACKAGE / "__init__.py", *map(file, LAYERS)]
        assert sorted(PACKAGE.rglob("*.py")) == sorted(files)

    @pytest.mark.parametrize("module", LAYERS)
    def test_imports_run_downwards_only(self, module):
        below = LAYERS[: LAYERS.index(module)]
        assert sorted(imported(module) - set(below)) == []

    @pytest.mark.parametrize("module", ["__init__", *LAYERS])
    def test_imports_inside_functions_say_why(self, module):
        lines = file(module).read_text(encoding="utf-8").splitlines()
        hidden = [
            node.lineno
            for function in ast.walk(tree(module))
            if isinstance(function, (ast.FunctionDef, ast.Lambda))
            for node in ast.walk(function)
            if isinstance(node, (ast.Import, ast.ImportFrom))
        ]
        assert [lines[line - 1] for line in hidden if "# noqa: PLC0415  # " not in lines[line - 1]] == []

    @pytest.mark.parametrize("module", LAYERS)
    def test_every_module_has_a_docstring(self, module):
        assert ast.get_docstring(tree(module))


class TestRooms:
    @pytest.mark.parametrize("room", [room for room in ROOMS if room])
    def test_a_room_has_two_to_nine_modules(self, room):
        assert 2 <= len(ROOMS[room]) <= 9

    @pytest.mark.parametrize("room", [room for room in ROOMS if room])
    def test_a_room_describes_each_of_its_modules(self, room):
        described = ast.get_docstring(tree(room)) or ""
        assert [module for module in ROOMS[room] if f"`{module}`" not in described] == []


class TestPublicNames:
    def test_all_is_exactly_what_is_visible(self):
        assert dir(querydsl) == querydsl.__all__ == sorted(querydsl.__all__)

    def test_other_names_of_the_package_are_its_modules(self):
        visible = {name for name in vars(querydsl) if not name.startswith("_")}
        helpers = {"importlib", "types", "typing"}
        assert visible - set(querydsl.__all__) - set(LAYERS) == helpers

    @pytest.mark.parametrize("name", querydsl.__all__)
    def test_every_name_can_be_imported(self, name):
        assert getattr(querydsl, name) is not None
        assert name in dir(querydsl)

    @pytest.mark.parametrize("name", [name for name in querydsl.__all__ if callable(getattr(querydsl, name))])
    def test_every_name_is_documented(self, name):
        assert getattr(querydsl, name).__doc__

    def test_lazy_names_are_those_of_the_modules(self):
        for name, module in querydsl._LAZY.items():
            assert getattr(importlib.import_module(f"querydsl.{module}"), name) is getattr(querydsl, name)

    def test_an_unknown_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match=r"^module 'querydsl' has no attribute 'Regoin'$"):
            querydsl.Regoin  # noqa: B018


class TestImport:
    HEAVY = (
        "urllib3",
        "ssl",
        "http",
        "http.client",
        "argparse",
        "socket",
        "sqlite3",
        "asyncio",
        "difflib",
        "narwhals",
        "typing_extensions",
    )

    def loaded(self, statement: str) -> set[str]:
        """The modules that a statement loads in a fresh interpreter, beyond those at its start."""
        program = (
            "import sys; before = set(sys.modules); import attrs; grown = set(sys.modules)\n"
            f"{statement}\n"
            "print('\\n'.join(set(sys.modules) - before - (grown - before)))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    def test_the_package_loads_nothing_heavy(self):
        assert sorted(self.loaded("import querydsl") & set(self.HEAVY)) == []

    def test_heavy_modules_are_loaded_on_first_use(self):
        assert "querydsl.language.parser" not in self.loaded("import querydsl")
        assert "querydsl.language.parser" in self.loaded("import querydsl; querydsl.parse")

    def test_the_package_and_the_sandbox_do_not_load_each_other(self):
        assert "querydsl.sandbox" not in self.loaded("import querydsl")
        assert sorted(self.loaded("import querydsl.sandbox") & {"urllib3", "sqlite3"}) == []

    def test_composing_and_checking_loads_nothing_heavy(self):
        names = "from querydsl import Region, select; "
        program = names + "select('id').where(Region == 'US').on('20230101').request().to_json()"
        assert sorted(self.loaded(program) & set(self.HEAVY)) == []

    def test_reading_a_file_loads_nothing_that_sends_or_compiles(self, tmp_path):
        path = tmp_path / "videos.db"
        Writer(path, "this computer").close()
        program = f"from querydsl import Store\nwith Store({str(path)!r}) as store: "
        loaded = self.loaded(
            program + f"list(store.videos()), store.export({str(tmp_path / 'out.csv')!r}), store.newest(3)"
        )
        assert "querydsl.reading.store" in loaded
        assert sorted(loaded & {"urllib3", "ssl", "socket", "http"}) == []
        assert sorted(name for name in loaded if name.startswith(("querydsl.client", "querydsl.compiler"))) == []

    def test_importing_the_modules_registers_no_codec_error_handler_and_leaves_the_garbage_collector(self):
        program = (
            "import codecs, gc, importlib, attrs\n"
            "registered, before = [], (gc.isenabled(), gc.get_threshold())\n"
            "codecs.register_error = lambda name, handler: registered.append(name)\n"
            f"for module in {[module for module in LAYERS if module != '__main__']}:\n"
            "    importlib.import_module(f'querydsl.{module}')\n"
            "print(registered, before == (gc.isenabled(), gc.get_threshold()))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == "[] True\n"

    def test_reading_a_file_loads_neither_the_network_nor_the_compiler(self):
        loaded = self.loaded("from querydsl import Store")
        assert sorted(loaded & {"urllib3", "ssl", "http.client", "argparse"}) == []
        assert [name for name in loaded if name.startswith(("querydsl.client", "querydsl.compiler"))] == []

    def test_importing_any_module_changes_nothing_in_the_process(self):
        """No logging filter, no codec error handler, no setting of the garbage collector."""
        program = f"""
import codecs, gc, importlib, logging, urllib3, rich, narwhals, pyarrow.parquet
from adbc_driver_sqlite import dbapi
done = []
logging.Filterer.addFilter = lambda *given: done.append(("addFilter", given))
logging.Logger.addHandler = lambda *given: done.append(("addHandler", given))
codecs.register_error = lambda *given: done.append(("register_error", given))
gc.disable = gc.freeze = gc.set_threshold = lambda *given: done.append(("gc", given))
for module in {[name for name in LAYERS if name != "__main__"]!r}:
    importlib.import_module("querydsl." + module)
from querydsl.sandbox import corpus
corpus(10)
assert gc.isenabled() and done == [], done
"""
        subprocess.run([sys.executable, "-c", program], check=True)

    @pytest.mark.parametrize("before", ["", "import urllib3", "warnings.simplefilter('error')"])
    def test_importing_the_client_adds_no_warning_filter(self, before):
        """The filters that urllib3 adds for itself when it is first imported included."""
        program = (
            f"import warnings\n{before}\nfilters = list(warnings.filters)\n"
            "from querydsl import Client, collect\n"
            "print(warnings.filters == filters)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == "True\n"


class TestTypes:
    def test_the_package_says_that_it_is_typed_and_installs_that_too(self):
        assert (PACKAGE / "py.typed").exists()
        settings = configparser.ConfigParser()
        settings.read(PACKAGE.parent / "setup.cfg")
        assert settings["options.package_data"]["querydsl"] == "py.typed"
