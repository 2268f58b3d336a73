"""setup.cfg names every folder of the server, and every file in it that is not Python."""

from __future__ import annotations

import ast
import configparser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# These two come from outside server/, by package_dir.
MAPPED = {"server.static": "static/dist", "server.templates": "templates"}
# What may open doors: everyone else is asked through them.
DOORS = ("web", "app", "console", "__main__")


@pytest.fixture(scope="module")
def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_every_folder_with_python_in_it_is_a_listed_package(setup_cfg: configparser.ConfigParser) -> None:
    listed = set(setup_cfg["options"]["packages"].split())
    folders = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "server").rglob("*.py")}
    assert listed == folders | MAPPED.keys()


def test_interface_and_templates_are_packaged_from_their_own_folders(setup_cfg: configparser.ConfigParser) -> None:
    rows = [row.partition("=") for row in setup_cfg["options"]["package_dir"].strip().splitlines()]
    assert {package.strip(): folder.strip() for package, _, folder in rows} == MAPPED


def test_every_other_file_of_the_server_is_package_data(setup_cfg: configparser.ConfigParser) -> None:
    data = setup_cfg["options.package_data"]
    packaged = {
        file
        for package, patterns in data.items()
        if package not in MAPPED
        for pattern in patterns.split(",")
        for file in (ROOT / package.replace(".", "/")).glob(pattern.strip())
    }
    others = {
        file
        for file in (ROOT / "server").rglob("*")
        if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts
    }
    assert others == packaged


def test_only_the_doors_import_the_web_server() -> None:
    importers = {
        file.relative_to(ROOT / "server").parts[0].removesuffix(".py")
        for file in (ROOT / "server").rglob("*.py")
        if imports_web_server(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert importers <= set(DOORS)


def imports_web_server(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(name.name.startswith("aiohttp.web") for name in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "aiohttp" and any(n.name == "web" for n in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aiohttp.web"):
            return True
    return False
