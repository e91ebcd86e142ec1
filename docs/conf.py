"""Settings of the documentation: Markdown, docstrings, and tables generated from the package. It needs no network."""

from querydsl import __version__

project = "querydsl"
copyright = "The querydsl authors"  # noqa: A001  # Sphinx calls it so
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = "querydsl"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_logo = html_favicon = "_static/logo.svg"

#: The copy button copies only the typed text: no prompts, and no output.
copybutton_prompt_text = r">>> |\.\.\. |\$ |> "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

#: The docstrings mark code with single backticks.
default_role = "code"
#: Curly quotes and ellipses, but no dashes, since options start with two hyphens.
smartquotes_action = "qe"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
#: Names are shown as users import them: from the package itself, wherever they are defined.
add_module_names = False
#: Narwhals belongs to the extra `frames`; documenting our own functions does not need it.
autodoc_mock_imports = ["narwhals"]
