"""流程工坊: where process owners edit, compare and carry along procedures. Each module is one family of pages."""

from flask import Blueprint

from web.workshop import bundles, comparing, decisions, drawing, listing, publishing

BLUEPRINTS: tuple[Blueprint, ...] = (
    listing.blueprint,
    drawing.blueprint,
    decisions.blueprint,
    comparing.blueprint,
    bundles.blueprint,
    publishing.blueprint,
)
