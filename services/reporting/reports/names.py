"""What pages call things: units by the names of the authority's settings, codes in the field's own words."""

from __future__ import annotations

from collections.abc import Mapping

from shared.authority.settings import AuthoritySettings

_WORDS = {
    "inadequate": "Inadequate",
    "requires-improvement": "Requires improvement",
    "good": "Good",
    "outstanding": "Outstanding",
    "standard": "Standard case-file audit",
    "case-file": "Case-file audit",
    "coa": "COA sit-by audit",
    "practice": "Practice",
    "safeguarding": "Safeguarding",
    "both": "Worker and manager",
    "worker": "Worker",
    "manager": "Manager",
    "neither": "Neither",
    "all": "Every audit is moderated",
    "sample": "Drawn at random",
    "concern": "A concern was flagged",
    "not-said": "Not said",
    "none": "No component named",
    "family-solutions": "Family solutions",
    "healing-centred": "Healing-centred",
    "father-inclusive-practice": "Father-inclusive practice",
    "extra-familial-harm": "Extra-familial harm",
    "trauma-informed-practice": "Trauma-informed practice",
    "poverty-aware-practice": "Poverty-aware practice",
    "multi-agency-working": "Multi-agency working",
}


def words(code: str) -> str:
    """Return a code as a page writes it: `management-oversight` as `Management oversight`."""
    return _WORDS.get(code) or code.replace("-", " ").replace("_", " ").replace("/", ", ").capitalize()


class Names:
    """Names of an authority's units; a unit that its settings no longer have is called by its key in words.

    `say` says a sentence with the authority's words for roles and levels.
    """

    def __init__(self, settings: AuthoritySettings, themes: Mapping[str, str] | None = None) -> None:
        """Take the names from an authority's settings; `themes` are its tools' words for their codes."""
        self.say = settings.names.say
        self._themes = dict(themes or {})
        self._areas = {area.key: area.name for area in settings.areas}
        self._districts = {
            f"{area.key}/{district.key}": district.name for area in settings.areas for district in area.districts
        }
        self._services = {service.key: service.name for service in settings.services}
        self._kinds = {kind.key: kind.name for kind in settings.names.kinds}
        self._categories = {one.key: one.name for one in settings.recommendations.categories}

    def theme(self, code: str) -> str:
        """Return what the authority's tools call a theme; one that none of them names is called by its code."""
        return self._themes.get(code) or words(code)

    def of(self, dimension: str, key: str) -> str:
        """Return the name of an area, district (`area/district`), service, kind or category, or of a code."""
        known = {
            "area": self._areas,
            "district": self._districts,
            "service": self._services,
            "kind": self._kinds,
            "category": self._categories,
        }.get(dimension, {})
        return known.get(key) or words(key.rsplit("/", 1)[-1] if dimension == "district" else key)


def units_of(settings: AuthoritySettings) -> dict[str, list[str]]:
    """Return the keys of an authority's services, areas and districts, in its settings document's order."""
    return {
        "service": [service.key for service in settings.services],
        "area": [area.key for area in settings.areas],
        "district": [f"{area.key}/{district.key}" for area in settings.areas for district in area.districts],
    }
