"""Draw docs/pictures/deployment.svg from a table of boxes and arrows."""

from __future__ import annotations

from docs.boxes import picture

__all__ = ["deployment_picture"]

# name: column, row, colour, title, lines
BOXES = """
model     A 1 sand   model_bin/          | the current version,       | checksummed and proved
config    A 2 sand   config.yaml, helm/  | the only settings,         | and the chart they fill
image     B 1 blue   image               | service, model, contract,  | labels that name them
deploy    B 2 blue   hookline deploy     | plan, gate, upgrade,       | test request
registry  C 1 blue   registry            | one tag                    | for each model
service   D 0 violet Service             | only pods that say         | /health/ready
pods      D 1 violet pods                | workers and journal,       | read-only, no rights
release   D 2 violet release             | revisions: image, model,   | contract, values
callers   E 0 green  callers             | POST /api/predictions      | X-Model-Version
sinks     E 1 green  sinks               | SQLite, Fluentd, MongoDB   | /logs, Kibana
watch     E 2 green  monitoring          | Prometheus: alerts.yaml    | Grafana: dashboard
"""
# from, to, how it is drawn, what it says
ARROWS = """
model    image    straight  make image
image    registry straight  make push
registry pods     straight  nodes pull
config   deploy   straight  -f
deploy   release  straight  helm upgrade --install --wait
release  deploy   back      what fails goes back as one: hookline deploy rollback
release  pods     straight  new, then old
service  pods     straight
callers  service  straight  requests
pods     sinks    straight  every answer
pods     watch    bend      /metrics
"""
FRAME = ("Kubernetes", "service", "release")


def deployment_picture() -> str:
    """Return the picture as SVG."""
    label = "From a model to a running, upgradable deployment"
    return picture(boxes=BOXES, arrows=ARROWS, frame=FRAME, label=label, module="deployment_picture")
