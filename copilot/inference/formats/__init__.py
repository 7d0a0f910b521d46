"""The prompt formats of Mistral models, from v1 to v15, as token ids: text is tokenised apart from control tokens."""

from copilot.inference.formats.detection import MistralFormat, detect_format
from copilot.inference.formats.encoding import PromptEncoder, TextTokenizer, written_apart
from copilot.inference.formats.replies import parse_reply

__all__ = ["MistralFormat", "PromptEncoder", "TextTokenizer", "detect_format", "parse_reply", "written_apart"]
