"""The scan that tells on which line of a TOML file a key stands."""

from __future__ import annotations

import tomllib
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from nrg_core.domain.catalogue.lines import TomlLines


def test_lines_of_keys_in_every_dress() -> None:
    text = dedent(
        '''\
        # a = 1
        a = 1
        "b.c" = 'x = [' # [[not]]
        d.e = """
        f = 1
        [g]\\""" """
        h = [
          "]",  # ]
          { i = 1 },
        ]
        [ j . k ]
        l = { m = "}" }
        [[n]]
        o = 1
        [n.p]
        q = 1
        [[n.r]]
        [[n]]
        [[n.r]]
        [[n.r]]
        s = 2
        t = """x"""" # "[
        u = 3
        '''
    )
    tomllib.loads(text)
    lines = TomlLines(text)
    assert {
        path: lines.find(path)
        for path in [
            ("a",),
            ("b.c",),
            ("d", "e"),
            ("h", 1, "i"),
            ("j",),
            ("j", "k", "l", "m"),
            ("n",),
            ("n", 0, "o"),
            ("n", 0, "p", "q"),
            ("n", 0, "r", 0),
            ("n", 1),
            ("n", 1, "r", 0),
            ("n", 1, "r", 1, "s"),
            ("n", 1, "r", 1, "u"),
            ("n", 1, "x"),
            ("f",),
            ("g",),
        ]
    } == {
        ("a",): 2,
        ("b.c",): 3,
        ("d", "e"): 4,
        ("h", 1, "i"): 7,
        ("j",): 11,
        ("j", "k", "l", "m"): 12,
        ("n",): 13,
        ("n", 0, "o"): 14,
        ("n", 0, "p", "q"): 16,
        ("n", 0, "r", 0): 17,
        ("n", 1): 18,
        ("n", 1, "r", 0): 19,
        ("n", 1, "r", 1, "s"): 21,
        ("n", 1, "r", 1, "u"): 23,
        ("n", 1, "x"): 18,
        ("f",): None,
        ("g",): None,
    }
    assert lines.find(("h",), "i") == 9
    assert lines.find(("h",), "absent") == 7


ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

values = st.one_of(
    st.integers().map(str),
    st.text("ab #[]{}=\"'\\\n", max_size=8).map(lambda text: f'"{text.translate(ESCAPES)}"'),
    st.text('ab #[]{}="\n', max_size=8).map(lambda text: f"'''{text}'''"),
    st.lists(st.integers(), max_size=3).map(lambda items: "[\n" + ",\n".join(map(str, items)) + "\n] # ]"),
)


@given(st.lists(values, max_size=8))
def test_any_value_is_stepped_over(written: list[str]) -> None:
    text = ""
    expected: dict[str, int] = {}
    for n, value in enumerate(written):
        expected[f"k{n}"] = text.count("\n") + 1
        text += f"k{n} = {value}\n"
    tomllib.loads(text)
    lines = TomlLines(text)
    assert {key: lines.find((key,)) for key in expected} == expected
