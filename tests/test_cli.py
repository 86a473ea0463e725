"""The help of the commands: every default is said, and nothing is swallowed as markup."""

import re

import pytest
import typer.main
from typer.testing import CliRunner

from substrate.cli import app

KNOWN = vars(typer.main.get_command(app))["commands"]
COMMANDS = sorted(KNOWN)


def test_commands_are_all_there():
    assert len(COMMANDS) == 15


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_everything_that_options_say(name):
    done = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "300", "TERM": "dumb"})
    assert done.exit_code == 0
    shown = re.sub(r"\s+", " ", re.sub(r"[│╭╮╰╯─]", " ", done.stdout))
    for option in KNOWN[name].params:
        if getattr(option, "help", None) and not option.hidden:
            assert option.help in shown
