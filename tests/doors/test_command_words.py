import pytest

from deployments.words import refuse_half_characters
from mainstay.errors import BadInput


def test_bytes_that_are_no_text_are_refused_with_the_word_they_are_in() -> None:
    refuse_half_characters(["mainstay", "deploy", "größe", "Вперёд"])
    with pytest.raises(BadInput, match=r"v\\udcff1 is not text"):
        refuse_half_characters(["mainstay", "deploy", "v\udcff1"])
