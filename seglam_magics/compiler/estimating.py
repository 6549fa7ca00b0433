"""What a request is expected to use, and refusing before it is sent what would be over a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import SeglamError
from ..thinking.allowance import LEAST_THINKING
from ..words import Usage
from . import gateway
from .gateway import Request

if TYPE_CHECKING:
    from .ledger import Order

_MOST = 4000  # tokens of a reply whose length nobody has limited


def affordable(request: Request, order: Order, spent: Usage) -> None:
    """Refuse before sending what would already be over a budget, or is expected to be.

    Parameters
    ----------
    order : with the limits of the question itself; those of session and day are the purse's.
    spent : what its run has used already; of a run on its way only what is sent has to be affordable.

    Raises
    ------
    SeglamError : E-BUDGET.
    """
    limited = order.usd is not None or order.tokens is not None
    if not limited and not order.purse.limited:
        return
    asked = gateway.count_tokens(request, order.target)
    used = spent.tokens_in + spent.tokens_out
    if order.tokens is not None and used + asked >= order.tokens:
        why = f"the question alone has {asked:,} tokens, {order.tokens:,} are allowed"
        raise SeglamError("E-BUDGET", why=why, option="--tokens")
    usual, reply = _usual_reply(request, order) if not spent.calls else (True, 0)  # what runs is stopped at its limit
    if usual and order.tokens is not None and used + asked + reply > order.tokens:
        why = f"this usually takes ≈ {used + asked + reply:,} tokens, {order.tokens:,} are allowed"
        raise SeglamError("E-BUDGET", why=why, option="--tokens")
    cost = gateway.price(order.target, asked, reply) if order.usd is not None or order.purse.counts_money else None
    order.purse.check(cost, asked + (reply if usual else 0))
    if order.usd is not None:
        _payable(cost, spent, order)


def _usual_reply(request: Request, order: Order) -> tuple[bool, int]:
    """Whether it is known what this model usually takes, and the tokens of a reply: so many, else the most it may have.

    A model that is asked to think little is expected to.
    """
    usual = order.course.usual
    if usual.thinking is None or usual.answer is None:
        return False, order.max_tokens or _MOST
    thinking = usual.thinking * (LEAST_THINKING if request.effort == "low" else 1.0)
    return True, round(thinking + usual.answer)


def _payable(cost: float | None, spent: Usage, order: Order) -> None:
    assert order.usd is not None
    if cost is None:
        why, option = f"the price of {order.target.model} is unknown", "--tokens instead of --usd"
        raise SeglamError("E-BUDGET", why=why, option=option)
    if (spent.usd or 0.0) + cost > order.usd:
        why = f"this may cost ≈ ${(spent.usd or 0.0) + cost:.4f}, ${order.usd:.4f} are allowed"
        raise SeglamError("E-BUDGET", why=why, option="--usd")
