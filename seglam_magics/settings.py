"""Settings: traits with their help, and where each value came from.

Later wins: default, user `config.toml`, the nearest `pyproject.toml` `[tool.seglam]`, `ipython_config.py`, environment
`SEGLAM_*`, `%config Seglam.x = …`. Secrets are no settings: keys come from the environment or the keyring only.
Settings that widen what code may do (`trust`) or say where keys go (`api_base`, `key_name`) are not taken from a
project.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Int, TraitError, Unicode, validate
from traitlets.config import Configurable

from .errors import SeglamError, closest
from .forms import MODES, TRUST_ORDER, Names, Sampling, days_of, sampling
from .projects import held, modest, nearest_project, project_may, read_toml, widens

__all__ = [
    "MODES", "TRUST_ORDER", "Sampling", "Seglam", "assigned", "config_folder", "days_of", "load_settings",
    "nearest_project", "project_may", "sampling",
]  # fmt: skip


class Seglam(Configurable):
    """Settings of seglam; `%config Seglam` lists them with their values, `%seglam config` with their origins."""

    model = Unicode(
        "", help="Model that compiles, as litellm names it: provider/name. scripted/demo needs no key."
    ).tag(config=True)
    api_base = Unicode("", help="Base URL of an OpenAI-compatible server (Ollama, LM Studio, vLLM …).").tag(config=True)
    key_name = Unicode(
        "", help="Name of the key in the environment or keyring, where it is not the provider's own."
    ).tag(config=True)
    stronger_models = Names(
        Unicode(), help="Models asked in turn where what `model` wrote does not pass verification; the strongest last."
    ).tag(config=True)
    fallback_models = Names(
        Unicode(), help="Models asked instead of one that is silent, refuses or cannot be reached."
    ).tag(config=True)
    silence_s = Float(
        20.0, min=0.1, help="Seconds without a word after which a model is called silent, and a fallback is asked."
    ).tag(config=True)
    routes = Dict(
        Unicode(),
        key_trait=Unicode(),
        help="Which model compiles which questions: a tag given with --tag, or the kind of the data (frame, series, "
        "list, dict), and the name of the model.",
    ).tag(config=True)
    critic_model = Unicode(
        "", help="Model that looks for mistakes where the mode wants a critic; empty for the one that compiles."
    ).tag(config=True)
    reuse = Enum(
        ("auto", "fresh", "cached", "frozen"),
        default_value=None,
        allow_none=True,
        help="auto: a hit, else compile. cached: a hit, else an error. frozen: the same, default where CI is set.",
    ).tag(config=True)
    mode = Unicode("careful", help="How much is asked of the model: quick, careful, critic or a mode of your own.").tag(
        config=True
    )
    modes = Dict(
        key_trait=Unicode(), help="Modes of your own, by name: says, words, properties, effort, rounds, critic."
    ).tag(config=True)
    repair = Bool(
        True, help="Give a model the check that its procedure failed, and later ones what was learned from it."
    ).tag(config=True)
    restarts = Int(2, min=0, help="How often in a row %seglam again may begin a procedure anew.").tag(config=True)
    ask = Bool(True, help="Ask you what a question leaves open; else the default is taken, and said.").tag(config=True)
    trust = Enum(
        TRUST_ORDER,
        "ask",
        help="ask: unapproved code runs in the sandbox. sandbox: no code ever runs in the kernel. auto: verified code "
        "runs in the kernel, where the sandbox is more than limits (S2, S3).",
    ).tag(config=True)
    share = Enum(("schema",), "schema", help="What of the data is sent: names, dtypes and shapes.").tag(config=True)
    store = Unicode("", help="Folder of the store; empty for .seglam beside pyproject.toml or .git.").tag(config=True)
    timeout = Float(120.0, min=0.1, help="Seconds a compile may take, over all its calls.").tag(config=True)
    run_timeout = Float(30.0, min=0.1, help="Seconds a procedure may run in the sandbox.").tag(config=True)
    max_tokens = Int(16_000, min=1, help="Tokens a compile may produce in one call.").tag(config=True)
    budget_usd = Float(None, allow_none=True, help="US dollars one question may cost; None is no limit.").tag(
        config=True
    )
    budget_session_usd = Float(
        None, min=0.0, allow_none=True, help="US dollars all calls of models may cost while a kernel lives."
    ).tag(config=True)
    budget_session_tokens = Int(
        None, min=0, allow_none=True, help="Tokens all calls of models may use while a kernel lives."
    ).tag(config=True)
    budget_day_usd = Float(
        None,
        min=0.0,
        allow_none=True,
        help="US dollars all calls of models may cost a day (UTC), over all kernels of a store.",
    ).tag(config=True)
    budget_day_tokens = Int(
        None,
        min=0,
        allow_none=True,
        help="Tokens all calls of models may use a day (UTC), over all kernels of a store.",
    ).tag(config=True)
    cases = Int(100, min=1, help="Generated cases per property.").tag(config=True)
    recheck = Unicode(
        "off", help="Hits that are checked by a fresh compile in the background: off, '5 per day' or '2 %'."
    ).tag(config=True)
    recheck_usd = Float(
        0.10, min=0.0, allow_none=True, help="US dollars these checks may cost a day; None is no limit."
    ).tag(config=True)
    binder = Enum(
        ("off", "model"),
        "off",
        help="model: where only unknown words make a question miss, a cheap call asks whether it is the same. "
        "off: you are offered it.",
    ).tag(config=True)
    binder_model = Unicode("", help="Model that is asked by binder; empty for the one that compiles.").tag(config=True)
    embedder = Unicode(
        "", help="Model of vectors that puts procedures in order for a missed question; empty for none, which is local."
    ).tag(config=True)
    merge = Enum(
        ("ask", "auto", "off"),
        "ask",
        help="Procedures that differ in columns, values or numbers only. ask: a merge is suggested. auto: they are "
        "merged, unless you approved one of them. off: nobody looks for them.",
    ).tag(config=True)
    retention = Unicode(
        "", help="How long hits and misses are kept: 365d, 52w, 12m, 2y; empty for ever. Procedures stay in any case."
    ).tag(config=True)
    starter = Bool(True, help="Answer common questions with the procedures that ship with seglam, before a model.").tag(
        config=True
    )
    progress = Bool(True, help="Show how far it is while a procedure is compiled or a verb runs.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        self._origins: dict[str, str] = {}
        self._ceiling = TRUST_ORDER[-1]
        self._trust = "ask"
        super().__init__(**kwargs)

    @validate("trust")
    def _narrowed(self, proposal: Any) -> str:
        """What a notebook makes of `trust`: it may narrow it; what would widen it is told and changes nothing."""
        wanted = str(proposal["value"])
        if TRUST_ORDER.index(wanted) <= TRUST_ORDER.index(self._ceiling):
            self._trust = wanted  # `%config` has set the trait already when it asks whether it may
            return wanted
        says = f"trust = {wanted} is refused, it stays {self._trust}; a notebook can only narrow it"
        where = f"set it in {config_folder() / 'config.toml'} or SEGLAM_TRUST"
        # said each time, and with no line of traitlets
        warnings.warn_explicit(f"{says}: {where}", UserWarning, "seglam", 1)
        return self._trust

    @validate("recheck")
    def _readable(self, proposal: Any) -> str:
        try:
            sampling(proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from None
        return str(proposal["value"])

    @validate("retention")
    def _an_age(self, proposal: Any) -> str:
        try:
            days_of(proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from None
        return str(proposal["value"])

    def origins(self) -> dict[str, tuple[Any, str]]:
        """Setting -> (value, where it came from)."""
        names = sorted(self.trait_names(config=True))
        configured = set(self.config.get("Seglam", {})) if self.config else set()
        return {
            n: (getattr(self, n), self._origins.get(n, "ipython config" if n in configured else "default"))
            for n in names
        }

    def note_origin(self, name: str, origin: str) -> None:
        """Remember where a value came from."""
        self._origins[name] = origin

    def mode_names(self) -> tuple[str, ...]:
        """The modes there are: those that ship with seglam, and one's own."""
        return (*MODES, *(name for name in self.modes if name not in MODES))

    def effective_reuse(self) -> str:
        """The reuse mode that holds where a question does not say: `frozen` under CI, else `auto`."""
        return str(self.reuse or ("frozen" if os.environ.get("CI") else "auto"))

    def effective_trust(self) -> str:
        """Trust as it holds, after the ceilings.

        Never above what the user's own settings said when they were loaded, so that a notebook can only narrow it, and
        never above the administrator's cap `SEGLAM_TRUST_MAX`, neither as it was then nor as it is.
        """
        return str(min(self.trust, self._ceiling, _cap(), key=TRUST_ORDER.index))

    def close_loading(self) -> None:
        """From here on changes are the notebook's: they are noted as such, and can narrow trust but not widen it."""
        self._ceiling = min(self.trust, _cap(), key=TRUST_ORDER.index)
        self.observe(_note_change, names=list(self.trait_names(config=True)))


def _cap() -> str:
    cap = os.environ.get("SEGLAM_TRUST_MAX", TRUST_ORDER[-1])
    return cap if cap in TRUST_ORDER else TRUST_ORDER[0]


def config_folder() -> Path:
    """Folder of the user's settings and approvals; `SEGLAM_CONFIG_DIR` overrides the platform's."""
    given = os.environ.get("SEGLAM_CONFIG_DIR")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_config_dir("seglam"))


def load_settings(start: Path | None = None, parent: Any = None) -> Seglam:
    """Settings from all their sources.

    Parameters
    ----------
    start : folder whose project is looked for; the working directory by default.
    parent : the IPython shell, whose configuration is used.

    Raises
    ------
    SeglamError : E-SETTING for a value that cannot be used.
    """
    settings = Seglam(parent=parent) if parent is not None else Seglam()
    _take(settings, read_toml(config_folder() / "config.toml"), "user config.toml")
    project, own_model = nearest_project(start or Path.cwd()), settings.model
    asked: dict[str, Any] = {}
    if project is not None:
        asked = read_toml(project).get("tool", {}).get("seglam", {})
        _take(settings, modest(settings, asked, project, config_folder() / "config.toml"), str(project))
    for name, value in (settings.config.get("Seglam", {}) if settings.config else {}).items():
        _set(settings, name, value, "ipython config")
    _take(settings, _environment(settings), "environment")
    if project is not None:
        held(settings, project, own_model)
    settings.close_loading()
    if widens(settings, asked.get("trust")):
        says = f"seglam: trust = {asked['trust']} in {project} is not used; a project can only narrow it"
        warnings.warn(f"{says}: set it in {config_folder() / 'config.toml'} or SEGLAM_TRUST", stacklevel=2)
    return settings


def _note_change(change: Any) -> None:
    change["owner"].note_origin(change["name"], "%config")


def _environment(settings: Seglam) -> dict[str, str]:
    names = settings.trait_names(config=True)
    return {n: os.environ[key] for n in names if (key := f"SEGLAM_{n.upper()}") in os.environ}


def _take(settings: Seglam, values: Mapping[str, Any], origin: str) -> None:
    for name, value in values.items():
        if name not in settings.trait_names(config=True):
            near = closest(name, settings.trait_names(config=True))
            hint = f", did you mean {near!r}?" if near else ""
            warnings.warn(f"seglam: unknown setting {name!r} in {origin}{hint}", stacklevel=3)
        else:
            # tables grow by their entries: a project's modes stand beside one's own
            own = getattr(settings, name) if isinstance(value, dict) else None
            _set(settings, name, {**own, **value} if isinstance(own, dict) else value, origin)


def _set(settings: Seglam, name: str, value: Any, origin: str) -> None:
    assigned(settings, name, value)
    settings.note_origin(name, origin)


def assigned(settings: Seglam, name: str, value: Any) -> None:
    """Give a setting a value, which as text is read as on a command line.

    Raises
    ------
    SeglamError : E-SETTING for a value that cannot be used.
    """
    trait = settings.traits()[name]
    try:
        # text from the environment is read as the trait reads a command line
        setattr(settings, name, trait.from_string(value) if isinstance(value, str) else value)
    except Exception as error:
        raise SeglamError(
            "E-SETTING", name=name, value=value, why=str(error).splitlines()[0], advice=str(trait.help)
        ) from error
