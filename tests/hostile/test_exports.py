"""Words that a browser, a spreadsheet or a terminal would act on, in what is written."""

import io

import pandas as pd
import plotly.graph_objects as go
import pytest

from substrate.exhibits.exhibit import (
    Exhibit,
    Section,
)
from substrate.figures import export
from substrate.figures.theme import THEMES
from substrate.report.page import page
from substrate.ui.literal import literal

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://127.0.0.1:9")',
    "  =1",
    "＝1",
    "%0A=1",
    "=",
    "+",
    "@",
]
SCRIPTS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onload='alert(1)",
    "<!--",
    "-->",
    "<![CDATA[",
    "</style>",
    "</title>",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "<svg onload=alert(1)>",
    "<base href=//x>",
    "<iframe src=//x>",
    "<meta http-equiv=refresh content=0;url=//x>",
    "\u2028alert(1)",
]


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_of_an_export_is_a_formula(text):
    """Text that begins like a formula has an apostrophe before it; numbers stay numbers."""
    table = pd.DataFrame({text: [text, "plain"], "value": [-1.5, 2.0]}, index=[text, "b"])
    written = export.csv(table, {"study": f"a,{text}", text: text}).decode()
    *head, body = written.split("\n", 2)
    read = pd.read_csv(io.StringIO(body, newline=""))
    for cell in [*map(str, read.columns), *map(str, read.iloc[:, 0])]:
        assert cell.strip()[:1] not in tuple("=+-@＝"), cell
    assert read["value"].tolist() == [-1.5, 2.0]
    for line in head:
        assert line.startswith("# ")
        for cell in line.split(","):
            assert cell.strip()[:1] not in tuple("=+-@＝"), line


def test_plain_tables_are_written_as_they_are():
    table = pd.DataFrame({"encoder": ["vit-b", "a=b"], "value": [-1, 2], "share": [-0.5, 1e-9]})
    written = export.csv(table, {"n": 5}).decode()
    assert written == "# n: 5\nencoder,value,share\nvit-b,-1,-0.5\na=b,2,1e-09\n"


def figure(text):
    made = go.Figure(go.Scatter(x=[0], y=[1], name=text, text=[text], hovertext=[text]))
    return made.update_layout(title=text, xaxis_title=text)


@pytest.fixture
def run():
    from dataclasses import asdict

    from substrate.runs import DomainRecord, EncoderRecord, Run

    def make(text):
        encoder = EncoderRecord(
            name=text,
            title=text,
            source="timm",
            family=text,
            paradigm=text,
            layers=(),
            weights_digest="0" * 64,
            accuracy=text,
        )
        domain = DomainRecord(
            name=text,
            title=text,
            caption=text,
            samples_digest="0" * 64,
            entry="",
            n=1,
            photographs=1,
            skipped=((text, text),),
        )
        record = {
            "study": {"name": text, "components": 4, "seed": 0, "untrained": 0},
            "versions": {},
            "pairs": {},
            "encoders": [asdict(encoder)],
            "domains": [asdict(domain)],
        }
        return Run("0" * 16, None, record)

    return make


def markup(html):
    """Return every tag and attribute of a page, without the library of the figures."""
    from html.parser import HTMLParser

    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, sorted(name for name, _ in attrs)))

    Parser().feed(html)
    return found


@pytest.mark.parametrize("text", [*SCRIPTS, *FORMULAS[:2]], ids=ascii)
def test_a_report_has_the_same_markup_whatever_it_is_about(run, text):
    """Hostile words add no tag and no attribute to the page."""

    def made(words):
        item = Exhibit(
            key=words,
            title=words,
            sentence=words,
            context=words,
            figure=figure(words),
            read=words,
            table=pd.DataFrame({words: [words]}),
            trace={words: words},
            shown=pd.DataFrame({words: [words]}),
        )
        missing = Exhibit(key=words, title=words, sentence=words)
        return page(run(words), [Section("key", words, (item, missing))], THEMES["light"])

    assert markup(made(text)) == markup(made("plain"))


@pytest.mark.parametrize("text", SCRIPTS, ids=ascii)
def test_a_figure_has_the_same_markup_whatever_it_is_about(text):
    def made(words):
        return export.html(figure(words), {words: words}).decode()

    assert markup(made(text)) == markup(made("plain"))


MARKDOWN = [
    "![x](http://127.0.0.1:9/a.png)",
    "[x](http://127.0.0.1:9)",
    "<img src=x>",
    "`x`",
    "$x$",
    "**x**",
    ":red[x]",
    ":material/x:[y]",
    "~~x~~",
    "\\![x](y)",
    "a\n# b",
    "[a]: http://x",
    "![x][y]\n\n[y]: http://x",
    "<http://x>",
]


@pytest.mark.parametrize("text", MARKDOWN, ids=ascii)
def test_markdown_shows_it_as_it_is(text):
    """A parser of Markdown finds one paragraph of text in it, and nothing else."""
    markdown_it = pytest.importorskip("markdown_it")
    tokens = markdown_it.MarkdownIt("commonmark").enable("strikethrough").parse(literal(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children} <= {"text", "text_special"}
    shown = "".join(child.content for child in tokens[1].children)
    assert shown == " ".join(text.split())
