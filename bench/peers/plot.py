"""Bars with their minimum and maximum, as SVG that can be read on light and on dark."""
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LABELS, NUMBERS, MARGIN = 760, 190, 90, 16
BAR, GAP, GROUP = 18, 6, 34

STYLE = '''
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.page { fill: #ffffff }
.title { font-size: 15px; font-weight: 600 }
.group { font-weight: 600 }
.number { text-anchor: end; font-variant-numeric: tabular-nums }
.label { text-anchor: end }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.span { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.page { fill: #0d1117 }
.bar { fill: #6e7681 }
.ours { fill: #4493f8 }
.span { stroke: #e6edf3 }
}'''


@dataclass
class Bar:
    """One value with its span; ours stand out."""
    label: str
    value: float
    low: float
    high: float
    ours: bool


def bar(one, top, scale):
    left, middle = LABELS + MARGIN, top + BAR / 2
    low, high = left + one.low * scale, left + one.high * scale
    number = f'{one.value:,.0f}'.replace(',', ' ')
    return [f'<text class="label" x="{left - 8}" y="{middle + 4.5:.1f}">{escape(one.label)}</text>',
            f'<rect class="{"bar ours" if one.ours else "bar"}" x="{left}" y="{top}" '
            f'width="{max(1, one.value * scale):.1f}" height="{BAR}" rx="2"/>',
            f'<path class="span" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8'
            f'M{high:.1f} {middle - 4}v8"/>',
            f'<text class="number" x="{WIDTH - MARGIN}" y="{middle + 4.5:.1f}">{number}</text>']


def bars(title, groups):
    """`groups` of (title, bars); each has a scale of its own, from 0."""
    top, drawn = MARGIN + 12, []
    drawn.append(f'<text class="title" x="{MARGIN}" y="{top}">{escape(title)}</text>')
    top += 10
    for name, members in groups:
        scale = (WIDTH - LABELS - NUMBERS - 2 * MARGIN) / max(one.high for one in members)
        drawn.append(f'<text class="group" x="{MARGIN}" y="{top + 20}">{escape(name)}</text>')
        top += GROUP
        for one in members:
            drawn += bar(one, top, scale)
            top += BAR + GAP
    drawn.append(f'<text x="{MARGIN}" y="{top + 18}">Median of the rounds; the line spans lowest '
                 'to highest. Each group has its own scale.</text>')
    height = top + 18 + MARGIN
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">\n'
            f'<style>{STYLE}\n</style>\n<rect class="page" width="100%" height="100%" rx="6"/>\n'
            + '\n'.join(drawn) + '\n</svg>\n')
