"""Drawings for quality reports: control chart, Pareto, Ishikawa, as SVG without any script."""

from api.drawing.control_chart import draw_control_chart
from api.drawing.ishikawa import draw_ishikawa
from api.drawing.pareto import draw_pareto

__all__ = ["draw_control_chart", "draw_ishikawa", "draw_pareto"]
