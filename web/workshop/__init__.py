"""流程工坊: where process owners edit, compare and carry along procedures. Each module is one family of pages."""

from flask import Blueprint

from web.workshop import (
    bundles,
    comparing,
    decisions,
    documents,
    drawing,
    examples,
    form_fields,
    forms,
    listing,
    outline,
    parameters,
    playback,
    publishing,
    rebasing,
    scenarios,
    writing,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    listing.blueprint,
    drawing.blueprint,
    decisions.blueprint,
    comparing.blueprint,
    bundles.blueprint,
    forms.blueprint,
    form_fields.blueprint,
    examples.blueprint,
    documents.blueprint,
    outline.blueprint,
    parameters.blueprint,
    publishing.blueprint,
    rebasing.blueprint,
    scenarios.blueprint,
    writing.blueprint,
    playback.blueprint,
)
