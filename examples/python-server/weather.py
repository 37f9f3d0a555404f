"""The tools of the weather server, and the scopes that each needs."""

from __future__ import annotations

from typing import Any, NamedTuple


class ToolError(Exception):
    """What a tool says when it cannot do what it was asked."""


class Tool(NamedTuple):
    """A tool as clients see it, and what a caller needs beside the scope that every request needs."""

    description: dict[str, Any]
    scopes: list[str]


TEXT = {"type": "string", "minLength": 1, "maxLength": 100}


def _describe(title: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"title": title, "description": description, "inputSchema": schema}


TOOLS = {
    "get_weather": Tool(_describe("Get the weather", "The last report from a city", {"city": TEXT}), []),
    "report_weather": Tool(
        _describe("Report the weather", "Keeps a report from a city", {"city": TEXT, "weather": TEXT}),
        ["weather:write"],
    ),
}

_reports = {"Lisbon": "18 °C and sunny"}


def call_tool(name: str, arguments: dict[str, Any], subject: str) -> str:
    """What a tool of TOOLS says to somebody who may call it."""
    expected = TOOLS[name].description["inputSchema"]["required"]
    if set(arguments) != set(expected) or not all(_is_text(value) for value in arguments.values()):
        raise ToolError(f"{name} takes these texts: {', '.join(expected)}")
    city = arguments["city"]
    if name == "report_weather":
        _reports[city] = f"{arguments['weather']}, says {subject}"
        return f"Kept the report from {city}."
    if city not in _reports:
        raise ToolError(f"There is no report from {city}")
    return f"{city}: {_reports[city]}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and TEXT["minLength"] <= len(value) <= TEXT["maxLength"]
