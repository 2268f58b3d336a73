"""What Korean hangs behind its words, and words that only say that something is asked. Pure."""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(words.split())


# A runbook that has them in it is no better for it.
STOP = listed(
    """a about after again all already also am an and any anyone are as at be been but by can cant could did do
    does doing dont for from get give had has have hey hi how i if im in into is it its just like lets me my
    need now of on or our out please pls procedure s should show so some someone t tell than that the their them
    then there these they this to up us very want was we were what whats when where which who whose why will
    with would you your
    가능한가요 가르쳐 거 거야 거죠 건가요 것 것은 것이 게 경우 경우에 그 그게 그냥 그럼 그리고 나는 나요 내가
    너무 대해 대해서 돼 돼요 되나 되나요 되는지 되죠 되지 된다 됩니까 됩니다 때 때는 때문에 또 무슨 무엇 무엇을
    무엇인가요 뭐 뭐가 뭐야 뭐예요 뭔가요 뭘 방법 법 보고 보여주세요 보여줘 봐줘 부탁 부탁드려요 부탁드립니다
    부탁해 수 싶습니다 싶어 싶어요 알려 알려주세요 알려줄래 알려줘 알려줘요 어디 어디서 어때 어떡해 어떤 어떻게
    언제 얼마 얼마나 우리 이 이거 이걸 이게 있나요 있는지 있습니까 있어 있어요 있을까요 저 저희 절차 제가 제발
    좀 좋을까요 주세요 주시겠어요 주실 줘 줘요 지금 하나 하나요 하는 하는지 하려면 하면 하죠 하지 할 할까요 할지
    합니까 합니다 해 해야 해요 해주세요 해줘 했는데 혹시"""
)
# The least length of the word that is left: `의` ends `주의` and `의의` too, hardly a noun of two ends in `를`.
_ENDINGS: dict[str, int] = (
    dict.fromkeys(
        listed("이라는 에서는 으로는 에서의 에서 으로 에게 까지 부터 처럼 보다 이나 이랑 에 의 도 로 와 과 만"), 2
    )
    | dict.fromkeys(
        listed(
            """하려면 하는데 했는데 하나요 할까요 인가요 인지 하고 하는 하면 했을 해야 해서 하기 되면 되는 됐을 할 한
            해도 했어 했다 해요 하세요 해주세요 해줘 합니다 합니까 됩니다 입니다 습니다 습니까 입니까 다는데 는데
            던데 다고 으면 어야 아야 여야 어요 아요 여요 네요 나요 까요 지요 려면 하죠 한다 된다
            됐어 돼요 되어 하여 하지 하게"""
        ),
        1,
    )
    | dict.fromkeys(listed("은 는 이 가 을 를"), 1)
)
_LONGEST = max(map(len, _ENDINGS))


def without_ending(word: str) -> str:
    """Return the Hangul `word` without its particle or the ending of its verb."""
    for length in range(min(_LONGEST, len(word) - 1), 0, -1):
        least = _ENDINGS.get(word[-length:])
        if least is not None and len(word) - length >= least:
            return word[:-length]
    return word
