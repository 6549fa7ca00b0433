"""What the magics of one shell share: its settings, and the reasoner, which is opened when something is first asked."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .asides import ask_user
from .progress import kernel_screen, terminal_screen

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from IPython.core.interactiveshell import InteractiveShell

    from seglam_magics.cli.progress import Surface
    from seglam_magics.reasoner import Reasoner
    from seglam_magics.settings import Seglam
    from seglam_magics.words import Answer, Variable

    from .background import Handle
    from .display import AnswerView
    from .progress import Screen

_PATIENCE = 0.2  # seconds unloading waits for questions in the background


class Desk:
    """Settings, reasoner and background questions of one shell.

    Parameters
    ----------
    settings : what `%config Seglam` changes.
    """

    def __init__(self, shell: InteractiveShell, settings: Seglam) -> None:
        self.shell = shell
        self.settings = settings
        self._used = False
        self._handles: list[Handle] = []

    @property
    def reasoner(self) -> Reasoner:
        """The reasoner of this process, which `seglam.reason` uses as well; opened by the first look."""
        from seglam_magics.reasoner import shared

        reasoner = shared(self.settings, self._warn)
        reasoner.settings = self.settings  # it may have been opened before, by code outside of the notebook
        reasoner.asker = ask_user
        self._used = True
        return reasoner

    def _warn(self, sentence: object) -> None:
        self.screen(str(sentence))

    @property
    def screen(self) -> Screen:
        """Where lines are shown: in the cell's output, or printed where there is no kernel."""
        return kernel_screen if getattr(self.shell, "kernel", None) is not None else terminal_screen

    def surface(self) -> Surface | None:
        """Where a verb that takes longer shows how far it is: in the cell, or at the terminal there is."""
        from seglam_magics.cli.progress import InCell, at_terminal

        if not self.settings.progress:
            return None
        return InCell() if getattr(self.shell, "kernel", None) is not None else at_terminal()

    def show(self, view: AnswerView) -> None:
        """Show an answer that is not the value of a cell."""
        from IPython.display import display

        display(view)  # type: ignore[no-untyped-call]

    def namespace(self, local: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The names a question may use: those of the notebook, and over them the local ones of a calling function."""
        user: MutableMapping[str, Any] = self.shell.user_ns
        return user if local is None or local is user else ChainMap(dict(local), user)

    def cell(self) -> str | None:
        """Id of the cell that runs, where the front end tells it."""
        parent: Any = getattr(self.shell, "get_parent", dict)()
        metadata = parent.get("metadata") if isinstance(parent, Mapping) else None
        cell = metadata.get("cellId") if isinstance(metadata, Mapping) else None
        return cell if isinstance(cell, str) and cell else None

    def in_background(self, ask: Callable[[], Answer]) -> Handle:
        """Run `ask` in a thread; its handle is forgotten when it is done."""
        from .background import Handle

        handle = Handle(ask)
        self._handles = [*(h for h in self._handles if not h.done), handle]
        return handle

    def variables(self) -> dict[str, Variable]:
        """The variables that may be completed in a question."""
        from seglam_magics.procedure import describe_all

        return describe_all(self.namespace())

    def procedures(self) -> tuple[str, ...]:
        """Names of the stored procedures."""
        return tuple(self.reasoner.library.names())

    def close(self) -> None:
        """End the reasoner and, as far as they let themselves be ended, the questions in the background."""
        if self._used:
            from seglam_magics.reasoner import close_shared

            close_shared()
        for handle in self._handles:
            handle.join(_PATIENCE)
