import re

import pytest

from agent.tools import calculator, now


@pytest.mark.parametrize(
    ("expression", "result"), [("6 * 7", 42), ("-(1 + 2) / 4", -0.75), (" 7 % 4 ", 3)]
)
def test_calculator(expression: str, result: float):
    assert calculator(expression) == result


@pytest.mark.parametrize("expression", ["1 / 0", "6 *", "__import__('os')", "2 ** 9"])
def test_calculator_tells_the_model_what_is_wrong(expression: str):
    with pytest.raises(ValueError, match=r"cannot be worked out|only numbers"):
        calculator(expression)


def test_now():
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", now())
