"""Draw docs/pictures/lifecycle.svg: the way of a model, from a push through the pipelines and back."""

from __future__ import annotations

from docs.boxes import picture

__all__ = ["lifecycle_picture"]

# name: column, row, colour, title, lines
BOXES = """
branch   A 0 sand   a branch            | continuous-integration:     | test, lint, train
git      A 1 sand   Git                 | hooks and two YAML files;   | models, unless elsewhere
store    B 0 green  model store         | Git, or a URL such as       | s3://models/iris
train    B 1 blue   train-model         | test, check-hooks, train,   | test-model, model-card
registry C 0 green  registry            | one tag for each model,     | which no build moves
build    C 1 blue   build-image         | test, lint, image,          | image-test, scan, sbom
gate     D 0 sand   people              | who accept what breaks:     | ACCEPT_BREAKING
deploy   D 1 blue   deploy              | contract-gate, deploy-plan, | deploy, smoke
callers  E 0 green  callers             | POST /api/predictions       | POST /api/feedback
service  E 1 violet service             | in Kubernetes,              | upgraded without a gap
log      E 2 green  prediction log      | every answer, and           | what turned out to be true
"""
# from, to, how it is drawn, what it says
ARROWS = """
git      train    straight  a push
git      branch   straight  review
train    build    straight  success
train    store    straight  publish-model
build    registry straight  push
build    deploy   straight  success
gate     deploy   straight  a decision
deploy   service  straight  Helm
callers  service  straight  requests
service  log      straight  what was said
log      git      back      what was learned is the data of the next model
"""


def lifecycle_picture() -> str:
    """Return the picture as SVG."""
    label = "From a push through the pipelines to a running service, and back"
    return picture(boxes=BOXES, arrows=ARROWS, label=label, module="lifecycle_picture")
