"""features/README.md lists exactly the sentences that exist, and every place in them is named in Chinese."""

from pathlib import Path

from features.sentences import as_markdown

README = Path(__file__).parents[1] / "features" / "README.md"


def test_the_list_of_sentences_is_up_to_date() -> None:
    assert README.read_text("utf-8") == as_markdown()


def test_every_place_is_named_in_chinese() -> None:
    assert "{" not in as_markdown().replace("{年}", "")
