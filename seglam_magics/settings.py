"""Settings: traits with their help, and where each value came from.

Later wins: default, user `config.toml`, the nearest `pyproject.toml` `[tool.seglam]`, `ipython_config.py`, environment
`SEGLAM_*`, `%config Seglam.x = …`. Secrets are no settings: keys come from the environment or the keyring only.
Settings that widen what code may do (`trust`) or say where keys go (`api_base`, `key_name`) are not taken from a
project.
"""

from __future__ import annotations

import os
import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from traitlets import Bool, Enum, Float, Int, TraitError, Unicode, validate
from traitlets.config import Configurable

from .errors import SeglamError, closest

_LOOPBACK = re.compile(r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)")
_SAMPLING = re.compile(r"off|(?P<count>\d{1,9}) per day|(?P<share>\d{1,9}(\.\d{1,9})?) ?%")
_AGE = re.compile(r"(?P<count>[0-9]{1,5}) ?(?P<unit>[dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
TRUST_ORDER = ("sandbox", "ask", "auto")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which hits are checked: so many of a day (None: as many as the share), or a share of all (0 to 1)."""

    per_day: int | None = None
    share: float = 0.0


@cache
def sampling(text: str) -> Sampling:
    """What a `recheck` setting asks for.

    Raises
    ------
    ValueError : it is not of one of its forms.

    >>> sampling("off"), sampling("5 per day"), sampling("2 %")
    (Sampling(per_day=None, share=0.0), Sampling(per_day=5, share=1.0), Sampling(per_day=None, share=0.02))
    """
    found = _SAMPLING.fullmatch(text.strip().casefold())
    if found is None:
        raise ValueError("it is none of off, '5 per day', '2 %'")
    if found["count"]:
        return Sampling(int(found["count"]), 1.0)
    share = float(found["share"] or 0) / 100
    if share > 1:
        raise ValueError("a share is at most 100 %")
    return Sampling(None, share)


def days_of(age: str) -> int:
    """Days of an age such as `365d`, `52w`, `12m` (of 30 days) or `2y` (of 365 days); 0, for ever, of "".

    Raises
    ------
    ValueError : it is not of this form, or no time at all.

    >>> days_of("365d"), days_of("2w"), days_of("")
    (365, 14, 0)
    """
    if not age.strip():
        return 0
    found = _AGE.fullmatch(age.strip().casefold())
    if found is None or not int(found["count"]):
        raise ValueError("it is none of 365d, 52w, 12m, 2y")
    return int(found["count"]) * _DAYS[found["unit"]]


class Seglam(Configurable):
    """Settings of seglam; `%config Seglam` lists them with their values, `%seglam config` with their origins."""

    model = Unicode(
        "", help="Model that compiles, as litellm names it: provider/name. scripted/demo needs no key."
    ).tag(config=True)
    api_base = Unicode("", help="Base URL of an OpenAI-compatible server (Ollama, LM Studio, vLLM …).").tag(config=True)
    key_name = Unicode(
        "", help="Name of the key in the environment or keyring, where it is not the provider's own."
    ).tag(config=True)
    reuse = Enum(
        ("auto", "fresh", "cached", "frozen"),
        default_value=None,
        allow_none=True,
        help="auto: a hit, else compile. cached: a hit, else an error. frozen: the same, default where CI is set.",
    ).tag(config=True)
    mode = Enum(("quick", "careful", "critic"), "careful", help="How much is asked of the model.").tag(config=True)
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
    starter = Bool(
        False, help="Answer common questions with the procedures that ship with seglam, before a model."
    ).tag(config=True)
    progress = Bool(True, help="Show the stage while a procedure is compiled.").tag(config=True)

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
    _take(settings, _toml(config_folder() / "config.toml"), "user config.toml")
    project = _project(start or Path.cwd())
    asked: dict[str, Any] = {}
    if project is not None:
        asked = _toml(project).get("tool", {}).get("seglam", {})
        _take(settings, _modest(settings, asked, project), str(project))
    for name, value in (settings.config.get("Seglam", {}) if settings.config else {}).items():
        _set(settings, name, value, "ipython config")
    _take(settings, _environment(settings), "environment")
    settings.close_loading()
    if _widens(settings, asked.get("trust")):
        says = f"seglam: trust = {asked['trust']} in {project} is not used; a project can only narrow it"
        warnings.warn(f"{says}: set it in {config_folder() / 'config.toml'} or SEGLAM_TRUST", stacklevel=2)
    return settings


def _note_change(change: Any) -> None:
    change["owner"]._origins[change["name"]] = "%config"  # noqa: SLF001 - its own class


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        warnings.warn(f"seglam: {path} is not read: {error}", stacklevel=2)
        return {}


def _project(start: Path) -> Path | None:
    found = (folder / "pyproject.toml" for folder in (start, *start.parents))
    return next((path for path in found if path.is_file()), None)


def _environment(settings: Seglam) -> dict[str, str]:
    names = settings.trait_names(config=True)
    return {n: os.environ[key] for n in names if (key := f"SEGLAM_{n.upper()}") in os.environ}


def _modest(settings: Seglam, values: Mapping[str, Any], project: Path) -> dict[str, Any]:
    """What a project may set: it narrows trust and spending, and does not decide where a key is sent or which one."""
    kept = dict(values)
    if _widens(settings, kept.get("trust")):
        del kept["trust"]
    for name in ("api_base", "key_name"):
        if name in kept and not (name == "api_base" and _LOOPBACK.match(str(kept[name]))):
            del kept[name]
            says = f"seglam: {name} in {project} is not used; a project does not decide where keys go"
            warnings.warn(f"{says}: set it in {config_folder() / 'config.toml'} or SEGLAM_{name.upper()}", stacklevel=3)
    if "recheck_usd" in kept and not _cheaper(settings, kept["recheck_usd"]):
        del kept["recheck_usd"]
        warnings.warn(f"seglam: recheck_usd in {project} is not used; a project does not spend more", stacklevel=3)
    return kept


def _cheaper(settings: Seglam, value: Any) -> bool:
    """Whether a limit that a project sets is no higher than the user's own."""
    own = settings.recheck_usd
    return isinstance(value, (int, float)) and (own is None or value <= own)


def _take(settings: Seglam, values: Mapping[str, Any], origin: str) -> None:
    for name, value in values.items():
        if name not in settings.trait_names(config=True):
            near = closest(name, settings.trait_names(config=True))
            hint = f", did you mean {near!r}?" if near else ""
            warnings.warn(f"seglam: unknown setting {name!r} in {origin}{hint}", stacklevel=3)
        else:
            _set(settings, name, value, origin)


def _widens(settings: Seglam, value: Any) -> bool:
    return value in TRUST_ORDER and TRUST_ORDER.index(value) > TRUST_ORDER.index(settings.effective_trust())


def _set(settings: Seglam, name: str, value: Any, origin: str) -> None:
    trait = settings.traits()[name]
    try:
        # text from the environment is read as the trait reads a command line
        setattr(settings, name, trait.from_string(value) if isinstance(value, str) else value)
    except Exception as error:
        raise SeglamError(
            "E-SETTING", name=name, value=value, why=str(error).splitlines()[0], advice=str(trait.help)
        ) from error
    settings._origins[name] = origin  # noqa: SLF001 - its own class
