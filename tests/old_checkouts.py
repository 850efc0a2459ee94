"""Old checkouts of Ralex, made up: every quirk that real ones have, and no real key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY = "sk-or-v1-" + "0123456789abcdef" * 4
"""Has the form of a key of OpenRouter."""
OTHER_KEY = "sk-ant-api03-" + "Ab1cD2eF3gH4" * 4

FIRST_ERA = {
    "config/settings.json": """{
    "default_model": "mistralai/mistral-7b-instruct-v0.2",
    "temperature": 0.7,
    "max_tokens": 1024,
    "daily_limit": 5.00
}""",
    "config/model_tiers.json": """{
    "tiers": {
        "cheap": [
            {"name": "mistralai/mistral-7b-instruct-v0.2", "cost_per_token": 0.00000015}
        ],
        "standard": [
            {"name": "google/gemini-1.5-flash", "cost_per_token": 0.0000005}
        ],
        ""premium": [
            {"name": "anthropic/claude-3-sonnet-20240229", "cost_per_token": 0.000003}
        ]
    }
}""",
    "config/intent_routes.json": """{
    "generate": "standard", "debug": "premium", "review": "premium", "explain": "cheap",
    "default": "standard"
}""",
    "config/pattern_rules.json": """{
  "pattern_classification_rules": {
    "explanation": {
      "priority": 70,
      "patterns": [
        {"regex": "(?i)(explain|describe)", "confidence": 0.8, "examples": ["explain it"]}
      ],
      "negative_patterns": ["(?i)(write|create)", "fix"]
    },
    "debugging": {
      "priority": 95,
      "patterns": [
        {"regex": "(?i)(error|bug)", "confidence": 0.8, "examples": ["a bug in my code"]},
        {"regex": "(?i)debug", "confidence": 0.95, "examples": ["debug this"]},
        {"regex": "(unclosed", "confidence": 0.9},
        {"regex": "(?=bug)", "confidence": 0.9}
      ]
    },
    "testing": {"priority": 75, "patterns": [{"regex": "pytest", "confidence": 0.9}]},
    "file_operations": {"priority": 65, "patterns": [{"regex": "read file", "confidence": 0.9}]}
  },
  "classification_logic": {"minimum_confidence": 0.5}
}""",
    "config/prompts.json": r"""{
  "intent_prompts": {
    "debugging": {
      "system": "You are a debugging expert.",
      "user_template": "Code:\n```{language}\n{code}\n```\n\nError: {error}\n\nGive:\n1. A cause",
      "examples": [{"input": "IndexError", "output": "check bounds"}]
    },
    "testing": {"system": "You write tests.", "user_template": "Test {code} for $1"}
  },
  "output_formatting": {"error_template": "{error}"}
}""",
    "agent_os/standards/python.md": "# Python\n\n- Use type hints\n",
    "agent_os/instructions/testing.md": "# Testing\n\n- Use pytest\n",
    "agent_os/instructions/continuous-push.md": (
        "# Push\n\nEvery 5 minutes:\n\n```bash\ngit add -A\ngit commit -m wip\ngit push\n```\n"
    ),
    "agent_os/standards/git-workflow.md": "# Git\n\nCommit and push changes every 5 minutes.\n",
    "agent_os/README.md": "# About the old project\n",
    "ralex.py": "print('code')\n",
}

LITELLM_ERA = {
    "litellm_budget_config.yaml": """general_settings:
  budget_manager: true
  max_budget: 5.00
  budget_duration: "1d"
  budget_alerts:
    - threshold: 2.50
      action: "log"
model_list:
  - model_name: "cheap"
    litellm_params:
      model: "openrouter/google/gemini-flash-1.5"
      api_base: "https://openrouter.ai/api/v1"
      api_key: "os.environ/OPENROUTER_API_KEY"
      max_tokens: 1000
      temperature: 0.3
    model_info: {mode: chat, cost_per_token: 0.000001}
  - model_name: "smart"
    litellm_params:
      model: "anthropic/claude-3.5-sonnet"
      api_base: "https://openrouter.ai/api/v1"
      temperature: 0.1
    model_info: {mode: chat, cost_per_token: 0.000015}
  - model_name: "yolo"
    litellm_params: {model: "openrouter/qwen/qwen3-coder:free", max_tokens: 9000}
router_settings:
  routing_strategy: "cost-based-routing"
  routing_rules:
    - pattern: "fix|typo"
      model: "cheap"
      description: Simple: fixes
    - pattern: "refactor"
      model: "smart"
      max_cost_per_request: 0.01
  fallbacks:
    - ["cheap", "smart"]
  budget_based_routing:
    - budget_remaining: "> 2.00"
litellm_settings:
  success_callback: ["budget_tracker"]
proxy_settings:
  port: 4100
  host: "127.0.0.1"
EOF < /dev/null
""",
    "Old Ralex/litellm_config.yaml": """model_list:
  - model_name: "cheap"
    litellm_params:
      model: "openrouter/google/gemini-2.5-flash-lite"
      api_key: "${OPENROUTER_API_KEY}"
      temperature: 0.3
router_settings:
  budget_manager:
    daily_limit: 7.50
    alert_threshold: 4.00
""",
    ".env": f"""# keys
export OPENROUTER_API_KEY="{KEY}"
WEBUI_SECRET_KEY=correct-horse-battery-9
COST_TIER_CHEAP=gpt-3.5-turbo,claude-3-haiku
COST_TIER_MEDIUM=gpt-4o-mini, claude-3.5-sonnet  \t
DAILY_COST_BUDGET=5.00
WEEKLY_COST_BUDGET=25.00
PORT=8000
this line assigns nothing
BROKEN="never closed
""",
    ".env.example": (
        "OPENROUTER_API_KEY=your_openrouter_api_key_here\nDAILY_COST_BUDGET=3.00\n"
        "DEFAULT_MODEL=z-ai/glm-4.6\nFALLBACK_MODEL=anthropic/claude-3.5-sonnet\n"
    ),
    "docs/notes.txt": f"my key is {OTHER_KEY}\n",
}

LATER_ERA = {
    "claude-functions.sh": """claude-cheap() {
    export ANTHROPIC_API_KEY="$OPENROUTER_API_KEY"
    claude --model "openai/gpt-5-nano" "$@"
}
alias fast='claude --model google/gemini-2.5-flash-lite'
claude-model() {
    echo "  claude-model 'openai/gpt-4'"
    claude --model "$model" "$@"
}
""",
    "config/ccr.config.template.json": """{
  "Providers": [
    {"name": "openrouter", "api_key": "__OPENROUTER_API_KEY__", "models": ["qwen/qwen-coder"]},
    {"name": "local", "api_base_url": "http://localhost:11434/v1/chat/completions",
     "models": ["qwen3:8b"]}
  ],
  "Router": {
    "default": "openrouter,z-ai/glm-4.6",
    "background": "openrouter,qwen/qwen-coder",
    "think": "openrouter,anthropic/claude-sonnet-4.5"
  },
  "LOG": true
}""",
    ".k83/config.yaml": """models:
  rotation:
    - "claude-3-5-sonnet"
    - "z-ai/glm-4.6"
    - "somebody/unheard-of"
memory:
  persistent: true
""",
    ".claude/mcp_config.json": f"""{{
  "mcpServers": {{
    "files": {{"command": "node", "args": ["/Users/somebody/server.js"], "description": "files"}},
    "github": {{
      "command": "npx", "args": ["gh"], "env": {{"GITHUB_TOKEN": "{OTHER_KEY}", "MODE": "ro"}}
    }}
  }}
}}""",
    ".ralex/intelligence-config.yaml": """model_tiers:
  cheap: ["openrouter/z-ai/glm-4.6"]
cost_limits:
  daily_budget: 2.0
performance: {routing_time_max: 3.0}
""",
}

ERAS: Mapping[str, Mapping[str, str]] = {
    "first": FIRST_ERA,
    "litellm": LITELLM_ERA,
    "later": LATER_ERA,
    "all": {**FIRST_ERA, **LITELLM_ERA, **LATER_ERA},
}


def encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    """The files as they are on a disk."""
    return {path: text.encode() for path, text in files.items()}


def write_checkout(root: Path, files: Mapping[str, str]) -> Path:
    """The files below a directory."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
