"""Your tools: plain functions. config/tools.yaml names them, config/agents.yaml hands them out.

The name, types and docstring of a function are what a model sees of it. A `ValueError` tells the
model what was wrong with its arguments, so that it can try again; anything else fails the run.
"""

import ast
import operator
from datetime import UTC, datetime
from typing import Any

_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
}


def calculator(expression: str) -> float:
    """Work out an arithmetic expression.

    Args:
        expression: Numbers, + - * / % and parentheses.
    """
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ZeroDivisionError) as e:
        raise ValueError(f"{expression!r} cannot be worked out: {e}") from e


def now() -> str:
    """The current date and time in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _value(node: ast.AST) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            result: float = _OPERATORS[type(op)](_value(left), _value(right))
            return result
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return -_value(operand)
    raise ValueError("only numbers, + - * / % and parentheses")
