"""Gold completions of the reuse benchmark as compile replies of seglam: the wrap of its replay server.

    python replay_server.py --data DIR --wrap benchmarks/reuse_reply.py

It does what a careful compiler would do with the same procedure: one function with named parameters, a slot for the
number inside a phrase, domains for values of a column, an example.
"""

from __future__ import annotations

import ast
import json
import re
from fractions import Fraction
from typing import Any

from seglam_magics.question import View, normalise, read
from seglam_magics.question.numerals import number_of

RETURNS = {"sql": "str", "set": "list", "number": "number", "list": "list", "str": "str", "bool": "bool"}
NUMBERS = ("int", "float", "fraction")
MOST_ROWS = 200

Json = dict[str, Any]


def render(completion: Json, row: Json, request: Json) -> str:  # noqa: ARG001 - the server's signature
    """The reply to a request for `row`, as JSON text."""
    return json.dumps(reply(completion, row), ensure_ascii=False)


def reply(completion: Json, row: Json) -> Json:
    """The same as an object."""
    name = re.sub(r"\W", "_", completion["name"].lower())
    parameters, template = _parameters(completion, row)
    return {
        "name": name,
        "summary": f"answers: {row['prompt'][:200]}",
        "parameters": parameters,
        "meaning": _meaning(completion.get("sql", "")),
        "templates": [{"lang": row.get("lang", "en"), "text": template}],
        "synonyms": [],
        "ignorable": [],
        "code": _code(completion, name, parameters),
        "returns": _returns(completion, row),
        "examples": _examples(completion, row, parameters),
        "properties": [],
        "effects": [],
        "open_questions": [],
    }


def _returns(completion: Json, row: Json) -> str:
    unknown = not completion["params"] and row.get("answer") is None  # a constant that says so
    return "str" if unknown else RETURNS.get(completion["returns"], "str")


# ---------------------------------------------------------------- parameters and wording


def _parameters(completion: Json, row: Json) -> tuple[list[Json], str]:
    template = _template(completion, row)
    columns = _columns(completion.get("sql", ""))
    parameters = []
    for given in completion["params"]:
        if not given.get("used", True) and "{" + given["name"] + "}" not in template:
            continue  # said nowhere, used nowhere
        if given["type"] == "table":
            table = {"name": given["name"], "type": "list", "description": "the rows", "domain": None, "example": "df"}
            parameters.append(table)
            continue
        parameter, wording = _parameter(given, columns)
        template = template.replace("{" + given["name"] + "}", wording)
        parameters.append(parameter)
    return parameters, template


def _template(completion: Json, row: Json) -> str:
    """The gold template; made anew from the prompt where its slots are broken or missing, escaped where it has none."""
    text: str = completion["prompt_template"]
    names = {p["name"] for p in completion["params"]}
    if not names:
        return text.replace("{", "{{").replace("}", "}}")
    bare = re.sub(r"\{(\w+)\}", lambda m: "" if m[1] in names else m[0], text)
    used = [p["name"] for p in completion["params"] if p["type"] != "table" and p.get("used", True)]
    whole = "{" not in bare and "}" not in bare and all("{" + name + "}" in text for name in used)
    return text if whole else _remade(row, names)


def _remade(row: Json, names: set[str]) -> str:
    text = normalise(row["prompt"])
    slots = [(name, normalise(str(slot["shown"]))) for name, slot in row["slots"].items() if name in names]
    slots.sort(key=lambda pair: -len(pair[1]))
    for k, (_, shown) in enumerate(slots):
        text = re.sub(rf"(?<![\w\x00]){re.escape(shown)}(?!\w)", f"\x00{k}\x00", text)
    return re.sub(r"\x00(\d+)\x00", lambda m: "{" + slots[int(m[1])][0] + "}", text)


def _parameter(given: Json, columns: dict[str, str]) -> tuple[Json, str]:
    """A parameter and what stands for it in the wording: its slot, within a phrase where a part of it is the number."""
    name, kind, shown = given["name"], given["type"], str(given.get("shown", given.get("example", "")))
    domain = {"column": columns[name]} if kind == "str" and name in columns else None
    slot = {"name": name, "description": f"as in {shown!r}", "domain": domain}
    if kind not in NUMBERS:
        used = given.get("used", True)
        return {**slot, "type": "str" if used else "text", "example": normalise(shown)}, "{" + name + "}"
    value, said = Fraction(str(given["example"])), number_of(shown)
    value = said if said is not None and abs(said - value) < 1e-4 else value  # two thirds, not 0.666667
    whole = kind == "int"
    typed = {**slot, "type": "int" if whole else "float", "example": int(value) if whole else float(value)}
    return typed, _phrase(name, shown, value)


def _phrase(name: str, shown: str, value: Fraction) -> str:
    """`{n}`, or `{n}-sided` where the gold slot shows "six-sided"."""
    if not shown or number_of(shown) == value:
        return "{" + name + "}"
    view = View(read(shown, {}))
    for place in range(len(view.tokens)):
        for end, number in view.numbers(place, comma=False)[:1]:
            if number == value:
                start, stop = view.tokens[place].start, view.tokens[end - 1].end
                return shown[:start] + "{" + name + "}" + shown[stop:]
    return "{" + name + "}"


def _columns(sql: str) -> dict[str, str]:
    return {name: column for column, _, name in re.findall(r"(\S+) (=|<|>|<=|>=|!=) :(\w+)", sql)}


def _meaning(sql: str) -> Json:
    nothing: Json = {"aggregate": "", "target": "", "conditions": [], "grouping": [], "order": ""}
    found = re.fullmatch(r"SELECT (\w*) ?\((.*?)\)(?: WHERE (.*))?", sql)
    if found is None:
        return {**nothing, "aggregate": _listing(sql)}
    aggregate, target, where = found.groups()
    conditions = re.sub(r":(\w+)", r"\1", where).split(" AND ") if where else []
    return {**nothing, "aggregate": (aggregate or "").lower(), "target": target, "conditions": conditions}


def _listing(sql: str) -> str:
    """What a longer query gives: a list of rows, whether there are any, or one aggregate."""
    if re.match(r"SELECT COUNT ?\( ?\* ?\) > 0", sql):
        return "exists"
    aggregate = re.match(r"SELECT (?:DISTINCT )?(COUNT|MIN|MAX|AVG|SUM) ?\(", sql)
    return aggregate[1].lower() if aggregate else "list" if sql.startswith("SELECT DISTINCT") else ""


# ---------------------------------------------------------------- code


def _code(completion: Json, name: str, parameters: list[Json]) -> str:
    """One function; helpers go inside of it, leading underscores go away, fractions come back."""
    tree = ast.parse(completion["code"])
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    main = next((f for f in functions if f.name == completion["name"]), functions[-1])
    imports: list[ast.stmt] = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    fractions = [p["name"] for p in completion["params"] if p["type"] == "fraction"]
    if fractions or "Fraction" in completion["code"]:
        imports.append(ast.parse("from fractions import Fraction").body[0])
    restored = [ast.parse(f"{n} = Fraction({n}).limit_denominator(10000)").body[0] for n in fractions]
    main.name = name
    main.args = _signature(parameters)
    main.body = [*(f for f in functions if f is not main), *restored, *main.body]
    module = _Renamed().visit(ast.Module([*_once(imports), main], []))
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


class _Renamed(ast.NodeTransformer):
    """Names without a leading underscore."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(_bare(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(_bare(node.arg))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = _bare(node.name)
        return self.generic_visit(node)


def _bare(name: str) -> str:
    return f"inner{name}" if name.startswith("_") else name


def _once(imports: list[ast.stmt]) -> list[ast.stmt]:
    return list({ast.unparse(n): n for n in imports}.values())


def _signature(parameters: list[Json]) -> ast.arguments:
    first = [p["name"] for p in parameters if p["type"] == "list"]
    others = [p["name"] for p in parameters if p["type"] != "list"]
    text = ", ".join([*first, "*", *others] if others else first)
    function = ast.parse(f"def f({text}): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.args


# ---------------------------------------------------------------- examples


def _rounded(answer: Any) -> bool:
    """Whether an answer was cut to six digits on its way into the benchmark, so that no code gives it exactly."""
    return any(isinstance(v, float) and not v.is_integer() for v in (answer if isinstance(answer, list) else [answer]))


def _examples(completion: Json, row: Json, parameters: list[Json]) -> list[Json]:
    if row.get("answer") is None or row.get("answer_type") == "set" or _rounded(row["answer"]):
        return []
    # texts as they stand in the data; the wording has them as they stand in a question
    texts = {p["name"]: p.get("example") for p in completion["params"] if p["type"] not in NUMBERS}
    arguments = {p["name"]: texts.get(p["name"], p["example"]) for p in parameters}
    table = next((p["name"] for p in completion["params"] if p["type"] == "table"), None)
    if table is not None:
        frame = row["inputs"]["df"]
        if len(frame["rows"]) > MOST_ROWS:
            return []
        arguments[table] = [dict(zip(frame["columns"], cells, strict=True)) for cells in frame["rows"]]
    result = json.dumps(row["answer"], ensure_ascii=False)
    return [{"arguments": json.dumps(arguments, ensure_ascii=False), "result": result}]
