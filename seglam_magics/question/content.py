"""Reading a question without data: the roots of its content words, its operators, what it asks for, its literals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from itertools import pairwise

from ..words import Reading
from .comparisons import periods_opened
from .form import TextForm
from .grammar import Grammar, Phrase, grammar
from .items import INPUTS
from .language import lexicon
from .layout import Word, laid_out, phrase_at
from .text_literals import Span, text_literals

_SAYING = frozenset("%$€£¥₽")
_COUNT = "count"


def content(reading: Reading, slots: Collection[Span] = ()) -> TextForm:
    """The form of a question without data.

    >>> from .references import read
    >>> one = content(read("Who will be teaching BIO 101 this Fall?", {}))
    >>> other = content(read("In Winter, who teaches CHEM 202?", {}))
    >>> one.words == other.words, one.operators, one.asks, [x.kind for x in one.literals]
    (True, (), 'who', ['code', 'number', 'season'])
    """
    words = laid_out(reading)
    names = {
        (r.start, r.end): r.variable
        for r in reading.references
        if r.column is None and reading.variables[r.variable].kind in INPUTS
    }
    literals = text_literals(reading.text, words, slots, names)
    for name in ("frames", "futures", "purposes"):
        _pass_over(words, name)
    said = _Said(words)
    for sign, text in _compared(words):
        said.operators.append(sign)
        said.spelled.setdefault(sign, text)
    for operator, text in (*_dated(words), *_rates(words), *_companions(words)):
        said.operators.append(operator)
        said.spelled.setdefault(operator, text)
    for place, word in enumerate(words):
        if word.role not in ("literal", "particle"):
            said.take(place)
    asks = said.asked()
    spelled = {w.root: w.text for w in reversed(words)} | said.spelled
    return TextForm(frozenset(said.words), tuple(sorted(said.operators)), asks, literals, spelled)


def _pass_over(words: Sequence[Word], name: str) -> None:
    """Mark phrases that mean nothing, the longest first."""
    table = _by_first_word(name)
    places = sorted((rank, k, phrase) for k, word in enumerate(words) for rank, phrase in table.get(word.key, ()))
    for _, place, phrase in places:
        said = words[place : place + len(phrase)]
        if tuple(w.key for w in said) == phrase and not any(w.role for w in said):
            for word in said:
                word.role = "particle"


@cache
def _by_first_word(name: str) -> dict[str, list[tuple[int, Phrase]]]:
    """The phrases of a list by their first word, each with its place in the list."""
    found: dict[str, list[tuple[int, Phrase]]] = {}
    for rank, phrase in enumerate(grammar().phrases[name]):
        found.setdefault(phrase[0], []).append((rank, phrase))
    return found


def _compared(words: Sequence[Word]) -> list[tuple[str, str]]:
    """Comparisons at a number with their words: "below 5" and "smaller than 5" say the same; their words are taken."""
    table, found = grammar(), []
    for place in range(len(words)):
        for phrases, at in ((table.before, 1), (table.after, -1)):
            size, sign = phrase_at(words, place, phrases)
            beside = place + size if at > 0 else place - 1
            if size and 0 <= beside < len(words) and words[beside].role == "literal" and _counts(words[beside]):
                found.append((f"compare{sign}", " ".join(w.text for w in words[place : place + size])))
                for word in words[place : place + size]:
                    word.role = "particle"
    return found


def _dated(words: Sequence[Word]) -> list[tuple[str, str]]:
    literals = [place for place, word in enumerate(words) if word.role == "literal"]
    return [(f"period {key}", key) for key in periods_opened(words, literals)]


def _rates(words: Sequence[Word]) -> list[tuple[str, str]]:
    """Rates after a number: "4 % a month", "3 cups a day", which are per month and per day."""
    table = grammar().words
    articles = [k for k in range(1, len(words) - 1) if words[k].key in table["rates"]]
    rated = [k for k in articles if words[k + 1].key in table["grains"] and any(map(_counts, words[max(0, k - 2) : k]))]
    return [("each", f"{words[k].text} {words[k + 1].text}") for k in rated]


def _companions(words: Sequence[Word]) -> list[tuple[str, str]]:
    """Numbers that go along: how much it is with a 15 % tip is not how much that tip is."""
    table, found = grammar().words, []
    for place, word in enumerate(words[:-1]):
        after = place + 1
        while after < len(words) - 1 and words[after].key in table["articles"]:
            after += 1
        if word.key in table["accompanying"] and words[after].role == "literal" and _counts(words[after]):
            found.append(("with", word.text))
    return found


def _counts(word: Word) -> bool:
    return word.kind == "number" or word.low in lexicon().number_words


class _Said:
    """What the words of a question say, taken one after the other."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.all = words
        self.words: set[str] = set()
        self.operators: list[str] = []
        self.spelled: dict[str, str] = {}
        self.asks = ""
        self.commanded = False
        self.perhaps = ""  # "When in the morning is it?", but not "When it rains, who pays?"

    def _add(self, operator: str, word: Word) -> None:
        """Once is enough only for counting: "how many more are more than 6" is not "how many are more than 6"."""
        self.spelled.setdefault(operator, word.text)
        if operator != _COUNT or operator not in self.operators:
            self.operators.append(operator)

    def _next(self, place: int) -> str:
        """What a negation negates: the next word that says something, or the kind of the next value."""
        for word in self.all[place + 1 :]:
            if word.role == "literal":
                return "<value>"
            lists = grammar().words
            plain = word.role == "particle" or any(
                word.key in lists[x] for x in ("particles", "auxiliaries", "containing")
            )
            if word.kind != "mark" and not plain:
                return word.root
        return ""

    def _key(self, place: int) -> str:
        return self.all[place].key if 0 <= place < len(self.all) else ""

    def take(self, place: int) -> None:
        """Take one word in."""
        word, table = self.all[place], grammar()
        if word.kind == "mark":
            if word.text in _SAYING:
                self.words.add(word.text)
        elif not (self._operator(place, table) or self._question(place, table)):
            self._content(word, table)

    def _operator(self, place: int, table: Grammar) -> bool:
        word, after, before = self.all[place], self._key(place + 1), self._key(place - 1)
        if table.quantifiers.get(word.key) == "not":
            self._add(f"not {self._next(place)}".strip(), word)
        elif table.counting.get((word.key, after)) or table.counting.get((word.key,)):
            self._add(_COUNT, word)
        elif (before, word.key) in table.counting and not table.asking.get(word.key):
            pass  # the second word of "how many"
        elif word.key in table.graded:
            grade, adjective = table.graded[word.key]
            self._add(grade, word)
            self.words.add(adjective)
            self.spelled.setdefault(adjective, word.text)
        elif word.key in table.relations:
            if not (
                table.relations[word.key] == "every" and (before in table.words["of_all"] or self._asked_for(place))
            ):
                self._add(table.relations[word.key], word)
        else:
            return False
        return True

    def _asked_for(self, place: int) -> bool:
        """Whether "all" begins what is asked for: "what are all the", "list all", "tell me all of the"."""
        lists, said = grammar().words, [w for w in self.all[:place] if w.role != "particle"]
        asking = [w for w in said if w.key in lists["ask"] or w.key in lists["imperatives"]]
        return (
            bool(asking)
            and self.all[place].key in lists["all_of_it"]
            and all(w in asking or w.kind == "mark" or w.key in lists["particles"] for w in said)
        )

    def _question(self, place: int, table: Grammar) -> bool:
        word, after = self.all[place], self._key(place + 1)
        asks = table.asking.get(word.key)
        if asks == "what":
            timed = after in table.words["times"]
            person = after.removesuffix("s") in table.words["persons"]
            self.asks = self.asks or ("when" if timed else "who" if person else "what")
        elif asks is not None:
            if self._is_asking(place, asks):
                self.asks = self.asks or asks
            elif place == 0:
                self.perhaps = asks
        elif word.key in table.words["times"] and table.asking.get(self._key(place - 1)) == "what":
            pass  # "what time" is when
        elif word.key in table.words["imperatives"] and self._begins(place):
            self.commanded = True
        else:
            return False
        return True

    def _is_asking(self, place: int, asks: str) -> bool:
        """Whether who, when, where ask here, and do not begin a relative clause."""
        before, after = self._key(place - 1), self._key(place + 1)
        if before in grammar().words["before_asking"] or not after or after in "?.,":
            return True
        lists = grammar().words
        said = (w.key for w in self.all[:place] if w.kind != "mark" and w.role != "particle")
        if place and all(key in lists["ask"] or key in lists["particles"] for key in said):
            return True  # "tell me, please, when …"
        first = not before or before in ",."
        return (first and asks in ("who", "why", "how")) or after in grammar().words["auxiliaries"]

    def _begins(self, place: int) -> bool:
        return place == 0 or self._key(place - 1) in grammar().words["before_imperatives"]

    def _content(self, word: Word, table: Grammar) -> None:
        lists = table.words
        asking = word.key in lists["ask"] and word.key not in lists["named"]
        silent = any(word.key in lists[x] for x in ("particles", "whether", "containing"))
        if silent or asking or word.root in table.roots["empty"]:
            return
        self.words.add(word.root)

    def asked(self) -> str:
        """What the question asks for."""
        asks = self.asks or self.perhaps
        if not asks:
            told = self.commanded or _COUNT in self.operators
            whether = next((w for w in self.all if w.key in grammar().words["whether"] and not w.role), None)
            if whether is not None:
                self.spelled.setdefault("yesno", whether.text)
            asks = "yesno" if whether or (not told and _is_inverted(self.all)) else "what"
        return "exist" if asks == "yesno" and _asks_for_any(self.all) else asks


def _is_inverted(words: Sequence[Word]) -> bool:
    """Whether an auxiliary stands before its subject, as it does where yes or no is the answer."""
    table = grammar().words
    fronted = bool(words) and words[0].key in table["fronting"]
    for place, word in enumerate(words):
        if word.key not in table["auxiliaries"] and word.key not in table["some"]:
            continue
        after = words[place + 1] if place + 1 < len(words) else None
        if word.key in table["asked_of_you"] and after is not None and after.key in table["you"]:
            continue
        begins = place == 0 or words[place - 1].text in ",.;-:"
        relative = place > 0 and words[place - 1].key in table["relatives"]
        subject = after is not None and (after.key in table["subjects"] or (fronted and after.role == "literal"))
        if begins or (subject and not relative):
            return not _offers_a_choice(words, place)
    return False


def _offers_a_choice(words: Sequence[Word], place: int) -> bool:
    """Whether "is A or B bigger?" asks which of them it is."""
    table = grammar()
    either = [k for k in range(place, len(words)) if table.relations.get(words[k].key) == "or"]
    graded = any(w.key in table.graded for w in words)
    return graded and any(
        0 < k < len(words) - 1 and words[k - 1].role == words[k + 1].role == "literal" for k in either
    )


def _asks_for_any(words: Sequence[Word]) -> bool:
    """Whether a list would answer: "are there …", "do we have any …", "any …?"; not "is there a …"."""
    table, keys = grammar().words, [w.key for w in words]
    if keys[:1] and keys[0] in table["some"]:
        return True
    for place, (one, other) in enumerate(pairwise(keys)):
        if one in table["having"] and other in table["some"]:
            return True
        if one in table["being"] and other in table["existing"]:
            after = next((k for k in keys[place + 2 :] if k not in table["being"]), "")
            return after not in table["one_of"]
    return False
