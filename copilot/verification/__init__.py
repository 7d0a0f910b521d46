"""Whether an answer's claims stand in what they cite: quotes, figures, names and negations, looked up by rules.

No model judges here: the same draft and passages always give the same badge, and every doubt is a sentence in
`reasons`.
"""

from copilot.verification.cautions import warnings
from copilot.verification.claims import VerifiedClaims, overall_status, verify

__all__ = ["VerifiedClaims", "overall_status", "verify", "warnings"]
