"""The six ways to ask, by key, in the order authors see them."""

from collections.abc import Mapping

from plugins.quiz.arranging import Matching, Ordering
from plugins.quiz.choosing import Multiple, Single
from plugins.quiz.entering import Numeric, ShortText
from plugins.quiz.questions import QuestionType

TYPES: Mapping[str, QuestionType] = {
    kind.key: kind for kind in (Single(), Multiple(), Ordering(), Matching(), Numeric(), ShortText())
}
