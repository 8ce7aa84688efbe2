"""The README and the list of options are true: the table matches the settings, commands and files exist."""

import dataclasses
import re
from pathlib import Path

from typer.testing import CliRunner

from deepdream.settings import Settings, recipes

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
OPTIONS = (ROOT / "docs" / "options.md").read_text()


def row(field: dataclasses.Field) -> str:
    """A setting's row of the table."""
    flag = "--" + field.name.replace("_", "-")
    if isinstance(field.default, bool):
        flag = f"{flag}/--no-{flag[2:]}"
    return f"| `{flag}` | {shown(field)} | {field.metadata['help']} |"


def shown(field: dataclasses.Field) -> str:
    """A default as one would type it, and those that networks have of their own."""
    own = [f"{typed(value)} on {name}" for name, value in recipes.by_network(field.name).items()]
    return "; ".join([typed(field.default), *own] if field.default is not None else own)


def typed(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def test_the_table_of_options_is_the_settings():
    expected = "\n".join(row(field) for field in dataclasses.fields(Settings))
    assert expected in OPTIONS, f"the table in docs/options.md should be:\n{expected}"


def test_every_file_that_the_documents_name_exists():
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} names {target}"


def test_every_path_in_the_package_that_a_text_names_exists():
    texts = (ROOT / "README.md", ROOT / "NOTICE", *(ROOT / "docs").glob("*.md"), *(ROOT / "tools").rglob("*.md"))
    named = {(text.name, path) for text in texts for path in re.findall(r"\bdeepdream/[\w/]+\.\w+", text.read_text())}
    assert len(named) > 2
    assert [(text, path) for text, path in sorted(named) if not (ROOT / path).exists() and "://" not in path] == []


def test_every_command_that_the_readme_names_exists():
    from deepdream.cli.main import app

    for command in set(re.findall(r"deepdream ([a-z]+)", README)):
        result = CliRunner().invoke(app, [command, "--help"])
        assert result.exit_code == 0, command
