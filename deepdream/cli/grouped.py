"""Help with options in groups: the everyday ones first, those of the output last.

Grouped: the class of a command whose options stand under headings
"""

from typing import Any

from typer.core import TyperCommand

from deepdream.settings import GROUPS

LAST = "Output and messages"
"""Over the options that belong to no group of settings."""


class Grouped(TyperCommand):
    """A command whose help lists each option under its heading, its `rich_help_panel`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The arguments in the usage; one whose name has its own brackets stands as it is: [IMAGE] OUT."""
        pieces = super().collect_usage_pieces(ctx)
        return [piece[1:].removesuffix("]...") if piece.startswith("[[") else piece for piece in pieces]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options into the help, group by group."""
        groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in GROUPS.values()}
        for parameter in self.get_params(ctx):
            if (record := parameter.get_help_record(ctx)) is not None:
                groups.setdefault(getattr(parameter, "rich_help_panel", None) or LAST, []).append(record)
        for heading, records in groups.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)
