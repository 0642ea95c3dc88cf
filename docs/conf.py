"""How Sphinx builds the site: `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_builder"))

from kapre_like._version import __version__  # noqa: E402

project = "kapre-like"
release = version = __version__
html_title = f"kapre-like {release}"
language = "en"

extensions = ["made_pages", "myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build", "_builder", "_made"]
source_suffix = {".md": "markdown"}

html_theme = "furo"
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]

# Links such as `augmentation.md#recipes` lead to headings.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# Prompts are shown, and left out of what the button copies.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Blocks of `calls.csv` and the like are no language that Pygments knows.
highlight_language = "none"
