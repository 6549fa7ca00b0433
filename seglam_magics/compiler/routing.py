"""Which model is asked, and who next: a table of routes, a cascade, fallbacks.

What a model wrote and what did not verify is a reason to ask a stronger one; a model that is silent, refuses or cannot
be reached is a reason to ask another. A wrong key or name is neither: that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..errors import SeglamError, closest
from ..forms import provider_of
from ..settings import Seglam
from ..words import Options, Variable
from .gateway import Target

WRONG = frozenset({"E-VERIFY", "E-LLM-FORMAT"})
AWAY = frozenset({"E-MODEL-SILENT", "E-MODEL-REFUSED", "E-MODEL-DOWN", "E-MODEL-LIMIT", "E-MODEL-FAILED"})
_KINDS = ("frame", "series", "list", "dict")


@dataclass(frozen=True, slots=True)
class Route:
    """Who is asked after the first model.

    Attributes
    ----------
    stronger : in turn, where what came did not verify.
    fallbacks : in turn, where a model gives no answer at all.
    critic : looks for mistakes; None is whoever wrote it.
    silence : seconds without a word that are no answer.
    """

    stronger: tuple[Target, ...] = ()
    fallbacks: tuple[Target, ...] = ()
    critic: Target | None = None
    silence: float = 20.0

    def after(self, code: str) -> tuple[Target, Route] | None:
        """Who is asked where a compile ended with this error, and who then; None where nobody is.

        >>> Route(stronger=(Target("strong"),)).after("E-VERIFY")[0].model
        'strong'
        >>> Route(stronger=(Target("strong"),)).after("E-MODEL-KEY") is None
        True
        """
        if code in WRONG and self.stronger:
            return self.stronger[0], replace(self, stronger=self.stronger[1:])
        if code in AWAY and self.fallbacks:
            return self.fallbacks[0], replace(self, fallbacks=self.fallbacks[1:])
        return None


def routed(settings: Seglam, options: Options, variables: Mapping[str, Variable]) -> tuple[Target, Route]:
    """The model a question goes to, and who is asked after it.

    A model named with the question is asked alone. Otherwise its tag decides, then the kind of its data, then `model`.

    Raises
    ------
    SeglamError : E-ROUTE for a tag that has no model.

    >>> settings = Seglam(model="a/small", stronger_models=["a/large"], routes={"math": "v/base:math"})
    >>> target, route = routed(settings, Options(tag="math"), {})
    >>> target.model, [one.model for one in route.stronger]
    ('v/base:math', ['a/large'])
    """
    critic = reached(settings, settings.critic_model) if settings.critic_model else None
    if options.model:
        return reached(settings, options.model), Route(critic=critic, silence=settings.silence_s)
    chosen = _chosen(settings, options.tag, variables)
    first = reached(settings, chosen or settings.model)
    stronger = _others(settings, settings.stronger_models, first)
    fallbacks = _others(settings, settings.fallback_models, first)
    return first, Route(stronger, fallbacks, critic, settings.silence_s)


def reached(settings: Seglam, model: str) -> Target:
    """How a model beside the main one is reached: `api_base` and `key_name` belong to the provider of `model`.

    >>> settings = Seglam(model="openai/qwen", api_base="http://127.0.0.1:1/v1", key_name="MINE")
    >>> reached(settings, "openai/qwen-large").key_name, reached(settings, "anthropic/large").api_base
    ('MINE', '')
    """
    if settings.model and provider_of(model) != provider_of(settings.model):
        return Target(model)
    return Target(model, settings.api_base, settings.key_name)


def _others(settings: Seglam, models: Iterable[str], first: Target) -> tuple[Target, ...]:
    return tuple(reached(settings, model) for model in dict.fromkeys(models) if model != first.model)


def _chosen(settings: Seglam, tag: str | None, variables: Mapping[str, Variable]) -> str:
    """The model of the table of routes, "" where it says nothing."""
    routes: Mapping[str, str] = settings.routes
    if tag is not None:
        if tag not in routes:
            near = closest(tag, routes)
            told = f"did you mean {near}?" if near else f'write routes = {{{tag} = "provider/name"}}'
            raise SeglamError("E-ROUTE", tag=tag, advice=f"{told}, or leave --tag out")
        return routes[tag]
    kinds = {variable.kind for variable in variables.values()}
    return next((routes[kind] for kind in _KINDS if kind in kinds and kind in routes), "")
