"""The documentation: Markdown, the docstrings, and tables generated from the package. It needs no network."""

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

#: What is copied is what is typed: without the prompts, and without what was printed.
copybutton_prompt_text = r">>> |\.\.\. |\$ |> "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

#: The docstrings mark code with single backticks.
default_role = "code"
#: Curly quotes and ellipses, but no dashes: options begin with two hyphens.
smartquotes_action = "qe"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
#: Names are shown as users import them: from the package itself, wherever they stand in it.
add_module_names = False
#: Narwhals belongs to the extra `frames`; to document our own functions it need not be there.
autodoc_mock_imports = ["narwhals"]
