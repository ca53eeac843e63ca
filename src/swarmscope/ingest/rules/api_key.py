"""Keys of vendors, known by their prefixes."""

from __future__ import annotations

from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import EDGE, Rule

VENDORS = "|".join(
    (
        r"sk-[A-Za-z0-9_\-]{16,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse
        r"pk-lf-[A-Za-z0-9\-]{16,}",
        r"[spr]k_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe
        r"sk_[a-f0-9]{32,}",
        r"whsec_[A-Za-z0-9+/]{16,}=*",
        r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ABIA|ACCA)[A-Z0-9]{16}",  # AWS
        r"AIza[A-Za-z0-9_\-]{30,}",  # Google
        r"ya29\.[A-Za-z0-9_\-]{16,}",
        r"GOCSPX-[A-Za-z0-9_\-]{16,}",
        r"gh[pousr]_[A-Za-z0-9]{20,}",  # GitHub
        r"github_pat_[A-Za-z0-9_]{20,}",
        r"glpat-[A-Za-z0-9_\-]{16,}",  # GitLab
        r"xox[abeoprs]-[A-Za-z0-9\-]{12,}",  # Slack
        r"xapp-[A-Za-z0-9\-]{16,}",
        r"hf_[A-Za-z0-9]{20,}",  # Hugging Face
        r"gsk_[A-Za-z0-9]{20,}",  # Groq
        r"xai-[A-Za-z0-9]{20,}",
        r"r8_[A-Za-z0-9]{20,}",  # Replicate
        r"nvapi-[A-Za-z0-9_\-]{20,}",
        r"pplx-[A-Za-z0-9]{20,}",
        r"fw_[A-Za-z0-9]{20,}",
        r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}",  # SendGrid
        r"npm_[A-Za-z0-9]{30,}",
        r"pypi-[A-Za-z0-9_\-]{16,}",
        r"dop_v1_[a-f0-9]{32,}",
        r"lsv2_[a-z]{2}_[A-Za-z0-9_]{20,}",  # LangSmith
        r"pcsk_[A-Za-z0-9_]{20,}",  # Pinecone
        r"tvly-[A-Za-z0-9\-]{16,}",
        r"e2b_[a-f0-9]{20,}",
        r"dckr_pat_[A-Za-z0-9_\-]{16,}",
        r"shpat_[a-fA-F0-9]{16,}",
        r"key-[a-f0-9]{32}",
        r"hvs\.[A-Za-z0-9_\-]{16,}",
    )
)
PREFIXES = [
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk_",
    "whse",
    "AKIA",
    "ASIA",
    "AGPA",
    "AIDA",
    "AROA",
    "ANPA",
    "ABIA",
    "ACCA",
    "AIza",
    "ya29",
    "GOCS",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "gith",
    "glpa",
    "xox",
    "xapp",
    "hf_",
    "gsk_",
    "xai-",
    "r8_",
    "nvap",
    "pplx",
    "fw_",
    "SG.",
    "npm_",
    "pypi",
    "dop_",
    "lsv2",
    "pcsk",
    "tvly",
    "e2b_",
    "dckr",
    "shpa",
    "key-",
    "hvs.",
]


class ApiKey(Rule):
    """Keys of vendors, known by their prefixes."""

    name = "api_key"
    order = 30
    hints = kernels.HINT_TOKEN
    patterns = ((EDGE + f"(?:{VENDORS})", r"\1{}"),)
    examples = ((f"use sk-proj-{'a1B2' * 6}", "use {}"), ("ask-me-anything-about-whales",) * 2)
