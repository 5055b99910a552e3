"""Drawings for reports: charts, Ishikawa, flow and timeline, as SVG without any script."""

from api.drawing.control_chart import draw_control_chart
from api.drawing.flow import draw_events, draw_flow
from api.drawing.ishikawa import draw_ishikawa
from api.drawing.pareto import draw_pareto

__all__ = ["draw_control_chart", "draw_events", "draw_flow", "draw_ishikawa", "draw_pareto"]
