"""A badge for a README: an SVG that needs nothing from the network."""

from agentkit.check import Report
from agentkit.outputs.score import scores

COLOURS = ((100, "#2e7d32"), (80, "#558b2f"), (50, "#b26a00"), (0, "#b3261e"))
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="128" height="20" role="img" aria-label="{label}">
<title>{label}</title>
<rect width="78" height="20" rx="3" fill="#444"/>
<rect x="74" width="54" height="20" rx="3" fill="{colour}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="6" y="14">agent check</text>
<text x="101" y="14" text-anchor="middle">{share} %</text>
</g>
</svg>
"""


def render(report: Report) -> str:
    """The score of all families."""
    share = scores(report).get("all", 100)
    colour = next(colour for least, colour in COLOURS if share >= least)
    return SVG.format(label=f"agent check: {share} %", colour=colour, share=share)
