"""The documentation: Markdown, the docstrings, and tables generated from the package. It needs no network."""

from querydsl import __version__

project = "querydsl"
copyright = "The querydsl authors"  # noqa: A001  # Sphinx calls it so
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = "querydsl"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

#: The docstrings mark code with single backticks.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
#: Names are shown as users import them: from the package itself, wherever they stand in it.
add_module_names = False
#: Narwhals belongs to the extra `frames`; to document our own functions it need not be there.
autodoc_mock_imports = ["narwhals"]
