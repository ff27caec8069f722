"""What is wrong with a field in words of our own: a sentence and a way out for each kind of error pydantic knows.

The words name the rule alone (its limits, its list of values), never the value that broke it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_WHOLE: Final = ("This must be a whole number.", "Give digits alone, such as 12.")
_NUMBER: Final = ("This must be a number.", "Give digits, with a point where it needs one, such as 2.5.")
_TEXT: Final = ("This must be a text.", 'Give it in quotation marks, such as "good".')
_YES_NO: Final = ("This must be true or false.", "Give true or false, without quotation marks.")
_LIST: Final = ("This must be a list.", "Give its items in square brackets; [] where there is none.")
_OBJECT: Final = (
    "This must be an object of fields.",
    'Give its fields in curly brackets, such as {{"field": "value"}}.',
)
_DATE: Final = ("This must be a date, such as 2026-11-23.", "Write year, month and day with hyphens.")
_TIME: Final = ("This must be a time of day, such as 16:40.", "Write hours and minutes with a colon.")
_MOMENT: Final = (
    "This must be a time with its offset, such as 2026-11-23T16:40:00+00:00.",
    "Give the time with its offset, such as 2026-11-23T16:40:00+00:00.",
)
_DURATION: Final = ("This must be a length of time, such as P3D.", "Write it as ISO 8601 does, such as P3D or PT2H.")
_UUID: Final = ("This must be a UUID.", "Give a UUID, such as the id an earlier answer returned.")
_ADDRESS: Final = ("This must be a web address.", "Give it whole, such as https://example.org/page.")
_REQUIRED: Final = ("This field is required.", "Add the field.")
_UNKNOWN: Final = ("This field is not known here.", "Leave the field out; it is not part of this request.")
_ONE_OF: Final = ("This must be one of {expected}.", "Give one of these, spelt as they are here.")
_UNREADABLE: Final = ("This cannot be read.", "Send it as the API's description (/openapi.json) shows it.")
_FIXED: Final = ("This cannot be changed.", "Leave the field as it was.")
_SHORT: Final = ("This must be at least {min_length} characters long.", "Write more.")
_LONG: Final = ("This may be at most {max_length} characters long.", "Shorten it.")
_UTF8: Final = ("This holds characters that cannot be read.", "Send it in UTF-8.")

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(
        ("missing", "missing_argument", "missing_keyword_only_argument", "missing_positional_only_argument"), _REQUIRED
    ),
    **dict.fromkeys(
        ("extra_forbidden", "unexpected_keyword_argument", "unexpected_positional_argument", "no_such_attribute"),
        _UNKNOWN,
    ),
    **dict.fromkeys(("literal_error", "enum"), _ONE_OF),
    "union_tag_invalid": (
        "This object is of a kind not taken here: the kinds are {expected_tags}.",
        "Give one of these, spelt as they are here.",
    ),
    "union_tag_not_found": ("This object does not say which kind it is.", "Add the field that names its kind."),
    **dict.fromkeys(("string_type",), _TEXT),
    **dict.fromkeys(("string_unicode", "bytes_invalid_encoding"), _UTF8),
    **dict.fromkeys(("string_too_short", "bytes_too_short"), _SHORT),
    **dict.fromkeys(("string_too_long", "bytes_too_long", "url_too_long"), _LONG),
    "string_pattern_mismatch": (
        "This must be written as the pattern {pattern} says.",
        "Compare it with the examples in the API's description (/openapi.json).",
    ),
    "string_not_ascii": ("This may hold plain letters, digits and signs only.", "Leave accents and symbols out."),
    "bytes_type": _TEXT,
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _WHOLE),
    "int_parsing_size": ("This number is too large.", "Give a smaller number."),
    **dict.fromkeys(
        (
            "float_type", "float_parsing", "decimal_type", "decimal_parsing", "fraction_type", "fraction_parsing",
            "complex_type", "complex_str_parsing",
        ),
        _NUMBER,
    ),
    "finite_number": ("This must be a finite number.", "Give a number; infinity and NaN are none."),
    "decimal_max_digits": ("This has too many digits: {max_digits} at most.", "Round it."),
    "decimal_max_places": ("This may have at most {decimal_places} digits after the point.", "Round it."),
    "decimal_whole_digits": (
        "This may have at most {whole_digits} digits before the point.",
        "Give a smaller number.",
    ),
    "greater_than": ("This must be greater than {gt}.", "Give a larger number."),
    "greater_than_equal": ("This must be at least {ge}.", "Give {ge} or a larger number."),
    "less_than": ("This must be less than {lt}.", "Give a smaller number."),
    "less_than_equal": ("This may be at most {le}.", "Give a number up to {le}."),
    "multiple_of": ("This must be a multiple of {multiple_of}.", "Round it to one."),
    **dict.fromkeys(("bool_type", "bool_parsing"), _YES_NO),
    **dict.fromkeys(
        (
            "list_type", "tuple_type", "set_type", "frozen_set_type", "deque_type", "iterable_type", "iteration_error",
            "named_tuple_type",
        ),
        _LIST,
    ),
    "set_item_not_hashable": ("This list may hold plain values only.", "Give texts or numbers."),
    "too_short": ("This holds too few items: {min_length} at least.", "Add what is missing."),
    "too_long": ("This holds too many items: {max_length} at most.", "Leave some out, or send several requests."),
    **dict.fromkeys(
        (
            "dict_type", "frozen_dict_type", "ordered_dict_type", "counter_type", "mapping_type", "model_type",
            "model_attributes_type", "dataclass_type", "dataclass_exact_type", "arguments_type",
        ),
        _OBJECT,
    ),
    "invalid_key": ("The names of its fields must be texts.", "Give each name in quotation marks."),
    **dict.fromkeys(("date_type", "date_parsing"), _DATE),
    **dict.fromkeys(("date_from_datetime_parsing", "date_from_datetime_inexact"), _DATE),
    "date_past": ("This must be a date in the past.", "Give a day before today."),
    "date_future": ("This must be a date in the future.", "Give a day after today."),
    **dict.fromkeys(("time_type", "time_parsing"), _TIME),
    **dict.fromkeys(
        (
            "datetime_type", "datetime_parsing", "datetime_object_invalid", "datetime_from_date_parsing",
        ),
        _MOMENT,
    ),
    "datetime_past": ("This must be a time in the past.", "Give a time before now."),
    "datetime_future": ("This must be a time in the future.", "Give a time after now."),
    "timezone_aware": (
        "This time needs its offset.", "Give the time with its offset, such as 2026-11-23T16:40:00+00:00."
    ),
    "timezone_naive": ("This time must stand without an offset.", "Leave the offset out."),
    "timezone_offset": ("This time has another offset than the one asked for.", "Give the time with that offset."),
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), _DURATION),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), _UUID),
    "uuid_version": ("This must be a UUID of version {expected_version}.", "Give one of that version."),
    **dict.fromkeys(("url_type", "url_parsing", "url_syntax_violation"), _ADDRESS),
    "url_scheme": ("This web address must begin with {expected_schemes}.", "Give it whole."),
    "none_required": ("This must be empty.", "Give null, or leave the field out."),
    "json_type": ("This must be JSON in a text.", "Give one JSON document in quotation marks."),
    "json_invalid": ("This is not valid JSON.", "Give one JSON document."),
    "recursion_loop": ("This refers to itself.", "Write it without a loop."),
    "recursion_depth_exceeded": ("This is nested too deeply.", "Write it with fewer levels."),
    **dict.fromkeys(("frozen_field", "frozen_instance"), _FIXED),
    **dict.fromkeys(
        (
            "needs_python_object", "get_attribute_error", "default_factory_not_called", "is_instance_of",
            "is_subclass_of", "callable_type", "multiple_argument_values", "missing_sentinel_error", "ellipsis_error",
        ),
        _UNREADABLE,
    ),
}  # fmt: skip
"""By pydantic's own names; `value_error` and `assertion_error` are rules of ours, which word themselves."""


_CODE: Final = (
    "This must be a code: lower-case letters, digits, and . _ / - between them, 80 at most.",
    "Write it like annual-leave: without capitals and spaces.",
)
PATTERNS: Final[Mapping[str, tuple[str, str]]] = {r"^[a-z0-9][a-z0-9._/-]{0,79}$": _CODE}
"""Patterns that callers meet often, in words in place of signs."""
_WORDS: Final = re.compile(r"\^\(([a-z-]+(?:\|[a-z-]+)+)\)\$")
"""A pattern that is a list of words and no more."""


def words_for(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Give what is wrong and the way out for a kind of error; a kind unknown to us is named by its own words."""
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        if pattern in PATTERNS:
            return PATTERNS[pattern]
        if (listed := _WORDS.fullmatch(pattern)) is not None:
            *others, last = (f"'{word}'" for word in listed[1].split("|"))
            return words_for("literal_error", {"expected": f"{', '.join(others)} or {last}"})
    message, way_out = WORDS.get(kind, (f"Not valid ({kind.replace('_', ' ')}).", _UNREADABLE[1]))
    limits = _Limits(context)
    return message.format_map(limits), way_out.format_map(limits)


class _Limits(dict[str, Any]):
    """What a rule says of itself; where it says nothing of a limit, the sentence still stands."""

    def __missing__(self, key: str) -> str:
        return "what is allowed"
