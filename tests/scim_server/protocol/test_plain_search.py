"""The searches that are read without building a model mean exactly what the library reads from the same parameters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import Context, SearchRequest
from scim2_server.utils import parametrize

from scim_server.protocol.plain_search import plain_search
from tests.support.schools import STORED_TYPES
from tests.support.scim_strategies import filters

DEFAULT, MOST = 100, 200
USER = STORED_TYPES["User"].model
_NUMBERS = st.sampled_from(["0", "1", "007", "200", "201", "-1", "1.5", " 2", "", 0, 3, -4, 10**9, True])
_NAMES = st.sampled_from(
    ["userName", "USERNAME", "externalId", "id", "emails", "emails.value", "active", "password", "name", "unknown", "é"]
)
_VALUES = st.sampled_from(['"Asha"', '""', '"a b"', '"\\""', '"\\u0041"', '"É"', '"]["', "true", "null", "7", "'x'"])
_EQUALITIES = st.builds("{} {} {}".format, _NAMES, st.sampled_from(["eq", "EQ", "co", " eq"]), _VALUES)
_PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "filter": _EQUALITIES | filters(USER),
        "startIndex": _NUMBERS,
        "count": _NUMBERS,
        "sortBy": st.just("userName"),
        "attributes": st.just("userName"),
        "cursor": st.just(""),
    },
)


def _as_the_library_reads(parameters: dict[str, Any]) -> SearchRequest[Any]:
    found: SearchRequest[Any] = parametrize(SearchRequest, USER).model_validate(
        parameters, scim_ctx=Context.SEARCH_REQUEST
    )
    return found


@given(_PARAMETERS)
def test_a_plain_search_means_what_the_library_reads(parameters: dict[str, Any]) -> None:
    plain = plain_search(USER, parameters, DEFAULT, MOST)
    if plain is None:
        return
    read = _as_the_library_reads(parameters)
    assert (plain.filter and plain.filter.ast) == (read.filter and read.filter.ast)
    assert (plain.filter and plain.filter.model) == (read.filter and read.filter.model)
    assert plain.start_index == (read.start_index or 1)
    assert plain.count == min(MOST, DEFAULT if read.count is None else read.count)
    assert (plain.cursor, plain.sort_by, plain.attributes, plain.excluded_attributes) == (None, None, None, None)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"filter": 'userName eq "asha@school.example"'},
        {"filter": 'externalId eq "7"'},
        {"startIndex": "1", "count": "9"},
    ],
)
def test_what_providers_send_most_is_plain(parameters: dict[str, str]) -> None:
    assert plain_search(USER, parameters, DEFAULT, MOST) is not None


@pytest.mark.parametrize("filter_text", ['unknown eq "a"', 'password eq "a"', 'userName eq "É"', 'userName co "a"'])
def test_what_the_library_may_refuse_or_prepare_is_left_to_it(filter_text: str) -> None:
    assert plain_search(USER, {"filter": filter_text}, DEFAULT, MOST) is None
