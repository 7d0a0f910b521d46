"""Whether an answer's claims stand in what they cite: quotes, figures, names and negations, looked up by rules.

No model judges here: the same draft and passages always give the same badge, and every doubt is a sentence in
`reasons`.
"""

from copilot.verification.cautions import warnings, with_cautions
from copilot.verification.claims import (
    VerifiedClaims,
    cite_origins,
    cite_rivals,
    cite_span,
    openable,
    overall_status,
    verify,
)

__all__ = [
    "VerifiedClaims",
    "cite_origins",
    "cite_rivals",
    "cite_span",
    "openable",
    "overall_status",
    "verify",
    "warnings",
    "with_cautions",
]
